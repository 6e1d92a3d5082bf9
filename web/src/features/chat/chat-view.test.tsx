import { act, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/http";
import { ChatEvents } from "./chat-events";
import { ChatStore } from "./chat-store";
import { ChatView, type ChatViewProps } from "./chat-view";
import { forgetDrafts, writeDraft } from "./drafts";
import { NO_PAGE_TOOLS } from "./page-tools";
import {
  agent,
  aMessage,
  aThread,
  call,
  delta,
  done,
  failure,
  result,
  TestRun,
  TestServer,
} from "./test-server";

const NAMES: Record<string, string> = { concierge: "Concierge", archivist: "Archivist" };
const nameOf = (id: string | null) => NAMES[id ?? ""] ?? "Assistant";

function setUp(props: Partial<ChatViewProps> = {}) {
  const server = new TestServer();
  const store = new ChatStore({
    server,
    events: new ChatEvents(),
    page: NO_PAGE_TOOLS,
    notify: () => undefined,
    onFrame: (run) => {
      queueMicrotask(run);
      return () => undefined;
    },
    newId: () => "key",
  });
  render(
    <MemoryRouter>
      <ChatView
        chat={store}
        aiNotice=""
        showUsage
        nameOf={nameOf}
        greeting=""
        starters={[]}
        ownKey
        from="/chat"
        onNewChat={() => undefined}
        {...props}
      />
    </MemoryRouter>,
  );
  return { server, store };
}

const log = () => within(screen.getByRole("log", { name: "Conversation" }));
const box = () => screen.getByRole("textbox", { name: "Message" });

async function ask(server: TestServer, text: string) {
  await userEvent.type(box(), `${text}{Enter}`);
  await waitFor(() => expect(server.runs.size).toBe(1));
  act(() => server.next.begin("m1", text));
  return server.next;
}

describe("ChatView", () => {
  it("greets with messages to start with, and sends the chosen one", async () => {
    const { server } = setUp({ starters: ["Where is my parcel?"] });
    expect(screen.getByRole("heading", { name: "How can I help?" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Where is my parcel?" }));
    expect(server.requests[0]?.message).toBe("Where is my parcel?");
    expect(document.activeElement).toBe(box());
  });

  it("greets in the site's words", () => {
    setUp({ greeting: "Welcome to the shop", starters: ["Where is my parcel?"] });
    expect(screen.getByRole("heading", { name: "Welcome to the shop" })).toBeTruthy();
    expect(screen.getByRole("button", { name: "Where is my parcel?" })).toBeTruthy();
  });

  it("shows messages, the handoff, the call and the answer by their names", async () => {
    const { server } = setUp();
    const run = await ask(server, "Keep a note");
    act(() =>
      run.send(
        agent("concierge"),
        delta("Let me hand over."),
        call("c1", "handoff_to_archivist"),
        result("c1", "handoff_to_archivist", { agent: "archivist" }),
        agent("archivist"),
        call("c2", "save_note", { title: "Demo", content: "Friday" }),
      ),
    );
    expect(await log().findByRole("button", { name: "Saving note “Demo”…" })).toBeTruthy();
    act(() => run.send(result("c2", "save_note", { success: true }), delta("Kept."), done()));
    const tool = await log().findByRole("button", { name: "Saved note “Demo”" });
    expect(log().getByRole("article", { name: "You" }).textContent).toContain("Keep a note");
    expect(log().getByRole("article", { name: "Concierge" }).textContent).toContain("hand over");
    const separator = log().getByRole("separator", { name: "Concierge handed over to Archivist" });
    expect(separator.textContent).toBe("Concierge handed over to Archivist");
    const answer = within(log().getByRole("article", { name: "Archivist" }));
    expect(await answer.findByText("Kept.")).toBeTruthy();
    expect(answer.getByText("10 tokens in, 5 out")).toBeTruthy();
    expect(screen.getByText("This conversation: 10 tokens in, 5 out")).toBeTruthy();
    expect(log().queryByRole("button", { name: /[Hh]anded over/ })).toBeNull();

    expect(tool.getAttribute("aria-expanded")).toBe("false");
    await userEvent.click(tool);
    expect(tool.getAttribute("aria-expanded")).toBe("true");
    expect(answer.getByText("Friday")).toBeTruthy();
  });

  it("marks a failed call in words", async () => {
    const { server } = setUp();
    const run = await ask(server, "Read it");
    act(() =>
      run.send(
        agent("archivist"),
        call("c1", "get_note", { title: "Old" }),
        result("c1", "get_note", { error: "There is none." }, true),
        done(),
      ),
    );
    expect(await log().findByRole("button", { name: "Reading note “Old” failed" })).toBeTruthy();
  });

  it("says what went wrong and what can be done", async () => {
    const { server } = setUp();
    const run = await ask(server, "Hello");
    act(() => run.send(agent("concierge"), delta("We"), failure("provider_auth"), done("failed")));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The provider is away.");
    expect(within(alert).getByRole("link", { name: "Change key" })).toBeTruthy();
    expect(log().getByText("This answer failed")).toBeTruthy();
    server.next = new TestRun("r2", "t1");
    await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
    expect(server.requests[1]).toMatchObject({ message: "Hello", replace_from: "m1" });
    expect(document.activeElement).toBe(box());
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("does not offer to change a key that the site brings", async () => {
    const { server } = setUp({ ownKey: false });
    const run = await ask(server, "Hello");
    act(() => run.send(failure("provider_auth"), done("failed")));
    const alert = await screen.findByRole("alert");
    expect(within(alert).queryByRole("link", { name: "Change key" })).toBeNull();
    expect(alert.textContent).toContain("Please tell the site's owner.");
    expect(within(alert).getByRole("button", { name: "Try again" })).toBeTruthy();
  });

  it("puts a refused message back into the box", async () => {
    const { server } = setUp();
    server.refusal = new ApiError(503, "overloaded", "Busy. Try again in a moment.");
    await userEvent.type(box(), "Hello{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("Busy.");
    expect((box() as HTMLTextAreaElement).value).toBe("Hello");
  });

  it("stops on Escape and marks the answer", async () => {
    const { server } = setUp();
    const run = await ask(server, "Hello");
    act(() => run.send(agent("concierge"), delta("We")));
    expect(screen.getByRole("button", { name: "Stop" })).toBeTruthy();
    const press = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
    act(() => {
      document.body.dispatchEvent(press);
    });
    expect(press.defaultPrevented).toBe(true);
    expect(screen.getByRole("button", { name: "Send" })).toBeTruthy();
    await waitFor(() => expect(run.cancelled).toBe(true));
    act(() => run.send(done("cancelled")));
    expect(await log().findByText("Stopped")).toBeTruthy();
    const free = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
    document.body.dispatchEvent(free);
    expect(free.defaultPrevented).toBe(false);
  });

  it("edits the user's message and regenerates the last answer", async () => {
    const { server, store } = setUp();
    server.threads.set(
      "t1",
      aThread("t1", [
        aMessage({ id: "m1", role: "user", content: "One" }),
        aMessage({ id: "m2", role: "assistant", content: "Answer" }),
      ]),
    );
    act(() => store.open("t1"));
    await log().findByText("Answer");
    await userEvent.click(log().getByRole("button", { name: "Edit" }));
    const edit = screen.getByRole("textbox", { name: "Edit message" });
    expect(document.activeElement).toBe(edit);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("textbox", { name: "Edit message" })).toBeNull();

    await userEvent.click(log().getByRole("button", { name: "Edit" }));
    await userEvent.clear(screen.getByRole("textbox", { name: "Edit message" }));
    await userEvent.keyboard("Changed{Enter}");
    expect(server.requests[0]).toMatchObject({ message: "Changed", replace_from: "m1" });
    expect(document.activeElement).toBe(box());
    act(() => {
      server.next.begin("m3", "Changed");
      server.next.send(agent("concierge"), delta("Other"), done());
    });
    await log().findByText("Other");
    await userEvent.click(log().getByRole("button", { name: "Regenerate" }));
    expect(server.requests[1]).toMatchObject({ message: "Changed", replace_from: "m3" });
    expect(document.activeElement).toBe(box());
  });

  it("says when a conversation is not there", async () => {
    const { store } = setUp();
    act(() => store.open("strange"));
    expect(await screen.findByText("This conversation was not found")).toBeTruthy();
    expect((box() as HTMLTextAreaElement).disabled).toBe(true);
  });

  it("keeps what was typed when the conversation is gone", async () => {
    writeDraft("strange", "half a thought");
    const opened: { store?: ChatStore } = {};
    const { store } = setUp({ onNewChat: () => opened.store?.open(null) });
    opened.store = store;
    act(() => store.open("strange"));
    await userEvent.click(await screen.findByRole("button", { name: "Start a new chat" }));
    expect((box() as HTMLTextAreaElement).value).toBe("half a thought");
    expect((box() as HTMLTextAreaElement).disabled).toBe(false);
    forgetDrafts();
  });

  it("marks an answer that was cut off", async () => {
    const { server } = setUp();
    const run = await ask(server, "Hello");
    act(() =>
      run.send(agent("concierge"), delta("We"), {
        type: "done",
        status: "completed",
        truncated: true,
        usage: null,
      }),
    );
    expect(await log().findByText(/length limit/)).toBeTruthy();
  });
});
