import { act, cleanup, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ChatContext, ChatKeeper } from "./chat-keeper";
import { ChatRoute } from "./chat-route";
import { createChatStores } from "./chat-stores";
import { createAuthStore, type SessionApi } from "./features/auth/auth-store";
import { RequireSession } from "./features/auth/guards";
import { AuthContext } from "./features/auth/use-auth";
import { readDraft, writeDraft } from "./features/chat/drafts";
import { SiteGate } from "./features/site/site-gate";
import { createSiteStore } from "./features/site/site-store";
import type { RunEvent, SignedInSession } from "./protocol/types";
import { StatusRegion } from "./ui/status-region";

const SESSION: SignedInSession = {
  signed_in: true,
  has_api_key: true,
  key_source: "user",
  model: "test",
  site_id: null,
  expires_at: "2099-01-01T00:00:00Z",
  agents: [
    { id: "concierge", name: "Concierge" },
    { id: "archivist", name: "Archivist" },
  ],
};

const EVENTS: RunEvent[] = [
  {
    type: "user_message",
    run_id: "r1",
    thread_id: "t1",
    message: { id: "m1", role: "user", content: "Hello", created_at: "2026-01-01T00:00:00Z" },
  },
  { type: "agent_updated", agent: "concierge" },
  { type: "content_delta", delta: "Hi there." },
  {
    type: "tool_call",
    id: "c1",
    tool: "save_note",
    arguments: { title: "Demo", content: "x" },
    origin: "server",
  },
  { type: "tool_result", id: "c1", tool: "save_note", result: { success: true }, is_error: false },
  { type: "done", status: "completed", truncated: false, usage: null },
];

let notes: { title: string; content: string; updated_at: string }[];
let threads: { id: string; title: string; created_at: string; updated_at: string }[];
let asked: string[];

const at = "2026-01-01T00:00:00Z";

beforeEach(() => {
  notes = [];
  threads = [];
  asked = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    const call = `${init?.method ?? "GET"} ${path}`;
    asked.push(call);
    if (call === "GET /api/threads") return Response.json({ items: threads, next_cursor: null });
    if (call === "GET /api/notes") return Response.json({ items: notes });
    if (call === "POST /api/chat") {
      threads = [{ id: "t1", title: "Hello", created_at: at, updated_at: at }];
      notes = [{ title: "Demo", content: "x", updated_at: at }];
      const text = EVENTS.map((event, n) => `id: ${n + 1}\ndata: ${JSON.stringify(event)}\n\n`);
      return new Response(text.join(""), { headers: { "Content-Type": "text/event-stream" } });
    }
    if (call === "GET /api/threads/t1") {
      const messages = EVENTS.flatMap((event) =>
        event.type === "user_message"
          ? {
              ...event.message,
              agent: null,
              reasoning: null,
              tool_calls: [],
              status: "complete",
              usage: null,
              truncated: false,
              error: null,
            }
          : [],
      );
      return Response.json({
        ...threads[0],
        agent: "concierge",
        active_run_id: null,
        interrupts: [],
        next_before: null,
        messages,
      });
    }
    const problem = { status: 404, code: "thread_not_found", detail: "There is none." };
    return Response.json(problem, { status: 404 });
  });
});

function Address() {
  const { pathname, search } = useLocation();
  return <p data-address>{pathname + search}</p>;
}

const api = {
  signOut: async () => undefined,
} as Partial<SessionApi> as SessionApi;

async function open(path: string, session: Partial<SignedInSession> = {}) {
  const getSession = async () => ({ ...SESSION, ...session });
  const auth = createAuthStore({ ...api, getSession });
  await auth.refresh();
  const keeper = new ChatKeeper(auth);
  render(
    <AuthContext value={auth}>
      <ChatContext value={keeper}>
        <SiteGate store={createSiteStore(null)}>
          <MemoryRouter initialEntries={[path]}>
            <StatusRegion />
            <Routes>
              <Route element={<RequireSession />}>
                <Route path="/chat/:threadId?" element={<ChatRoute />} />
              </Route>
              <Route path="/login" element={<p>Sign in here</p>} />
            </Routes>
            <Address />
          </MemoryRouter>
        </SiteGate>
      </ChatContext>
    </AuthContext>,
  );
  return { auth, keeper };
}

const box = () => screen.getByRole("textbox", { name: "Message" });
const address = () => document.querySelector("[data-address]")?.textContent;
const log = () => within(screen.getByRole("log", { name: "Conversation" }));

describe("ChatPage", () => {
  it("suggests notes to start with only to those whose agents keep them", async () => {
    await open("/chat");
    expect(await screen.findByRole("button", { name: /keep a note/ })).toBeTruthy();
    cleanup();
    await open("/chat", { agents: [{ id: "clerk", name: "Clerk" }] });
    expect(screen.getByRole("heading", { name: "How can I help?" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: /keep a note/ })).toBeNull();
  });

  it("gives a new conversation its address, its place in the list and its note", async () => {
    await open("/chat?embed=1&site=shop");
    await userEvent.type(box(), "Hello{Enter}");
    expect(await log().findByText("Hi there.")).toBeTruthy();
    await waitFor(() => expect(address()).toBe("/chat/t1?embed=1&site=shop"));
    const nav = await screen.findByRole("navigation", { name: "Conversations" });
    const link = await within(nav).findByRole("link", { name: "Hello" });
    expect(link.getAttribute("aria-current")).toBe("page");
    const region = within(await screen.findByRole("region", { name: "Notes" }));
    expect(await region.findByRole("button", { name: /Demo/ })).toBeTruthy();
    // In a frame the site's title is in the header.
    expect(screen.getByRole("heading", { level: 1, name: "SmoothOperator" })).toBeTruthy();
    expect(document.title).toBe("Hello · SmoothOperator");
    // The change of address did not restart the stream.
    expect(asked.filter((call) => call === "POST /api/chat")).toHaveLength(1);
    expect(asked).not.toContain("GET /api/threads/t1");
    expect(screen.getByRole("status").textContent).toBe("Answer complete");
  });

  it("opens the thread of its address", async () => {
    threads = [{ id: "t1", title: "Kept", created_at: at, updated_at: at }];
    await open("/chat/t1");
    expect(await log().findByRole("article", { name: "You" })).toBeTruthy();
    expect(screen.getByRole("heading", { level: 1, name: "Kept" })).toBeTruthy();
  });

  it("says when there is no such thread, and begins a new one", async () => {
    await open("/chat/strange");
    await userEvent.click(await screen.findByRole("button", { name: "Start a new chat" }));
    expect(address()).toBe("/chat");
    expect(screen.getByRole("heading", { name: "How can I help?" })).toBeTruthy();
  });

  it("does what the widget around it says", async () => {
    const { keeper } = await open("/chat");
    act(() => keeper.events.command({ type: "send", text: "Hello" }));
    expect(await log().findByText("Hi there.")).toBeTruthy();
    act(() => keeper.events.command({ type: "newThread" }));
    expect(await screen.findByRole("heading", { name: "How can I help?" })).toBeTruthy();
    expect(address()).toBe("/chat");
  });

  it("forgets at signing out what was typed and what was shown", async () => {
    threads = [{ id: "t1", title: "Kept", created_at: at, updated_at: at }];
    const { auth, keeper } = await open("/chat/t1");
    await log().findByText("Hello");
    const before = keeper.stores(createChatStores);
    writeDraft("t1", "mine");
    await act(() => auth.signOut());
    expect(await screen.findByText("Sign in here")).toBeTruthy();
    expect(readDraft("t1")).toBe("");
    expect(before.chat.getState().messages).toEqual([]);
    expect(keeper.stores(createChatStores)).not.toBe(before);
  });
});
