import { describe, expect, it, vi } from "vitest";
import type { FrameMessage } from "../../protocol/widget-messages";
import { embed, HOST, type Setup } from "./test-embed";

it("opens after the handshake, with the host's look, and says it is ready", async () => {
  const { store, phase, heard, overlay } = embed({ init: { title: "Help", mode: "bubble" } });
  await store.start();
  expect(phase()).toEqual({ name: "open" });
  expect(store.getState().isBubble).toBe(true);
  expect(overlay).toHaveBeenCalledWith(expect.objectContaining({ title: "Help" }), ["usage"]);
  await vi.waitFor(() => expect(heard).toEqual([{ type: "ready" }]));
});

it.each<[string, Setup, string]>([
  ["a site that is not on the operator's list", { site: { status: "unknown" } }, "site_not_found"],
  [
    "a page that is not in the site's origins",
    { site: { status: "ready", origins: ["https://other.example"] } },
    "origin_not_listed",
  ],
  [
    "an API that is not listed",
    { apiAllowed: false, site: { status: "loading" } },
    "api_not_listed",
  ],
])("refuses %s, and tells the page's owner why", async (_name, setup, code) => {
  const { store, phase, heard, signIn } = embed({ ...setup, init: { getClientSecret: true } });
  await store.start();
  expect(phase()).toEqual({ name: "refused" });
  await vi.waitFor(() => expect(heard).toMatchObject([{ type: "error", code, fatal: true }]));
  expect(signIn).not.toHaveBeenCalled();
});

it("opens on a page that is in the site's origins", async () => {
  const { store, phase } = embed({ site: { status: "ready", origins: [HOST] } });
  await store.start();
  expect(phase()).toEqual({ name: "open" });
});

it.each<[string, string[] | undefined, string]>([
  ["listed", [HOST], "open"],
  ["not listed", ["https://other.example"], "refused"],
  ["unknown", undefined, "refused"],
])("a bare frame whose page is %s: %s → %s", async (_name, ancestors, expected) => {
  const { store, phase } = embed({
    params: { loader: false },
    ancestors,
    site: { status: "ready", origins: [HOST] },
  });
  await store.start();
  expect(phase().name).toBe(expected);
});

it("tries a server again that could not be reached", async () => {
  const setup: Setup = {
    site: { status: "unreachable", error: { code: "offline", message: "Offline." } },
  };
  const { store, phase } = embed(setup);
  await store.start();
  expect(phase()).toEqual({ name: "failed", error: { code: "offline", message: "Offline." } });
  setup.site = { status: "ready", origins: [] };
  await store.retry();
  expect(phase()).toEqual({ name: "open" });
});

it("tells the host page what happens, and never what is said", async () => {
  const { store, say, heard, setAuth } = embed();
  await store.start();
  setAuth({ status: "signed-in" });
  setAuth({ status: "signed-in" });
  say({ type: "runstart", threadId: "t1", runId: "r1" });
  say({ type: "agent", agent: "archivist" });
  const secretive = { type: "error", code: "x", message: "Sorry.", text: "private" } as const;
  say(secretive);
  say({ type: "runend", threadId: "t1", runId: "r1", status: "completed" });
  say({ type: "threadchange", threadId: "t1" });
  setAuth({ status: "signed-out", reason: "here" });
  await vi.waitFor(() => expect(heard).toHaveLength(8));
  expect(heard.slice(1)).toEqual([
    { type: "event", name: "signedin", detail: {}, state: { signedIn: true } },
    {
      type: "event",
      name: "runstart",
      detail: { threadId: "t1", runId: "r1" },
      state: { running: true },
    },
    {
      type: "event",
      name: "agent",
      detail: { agent: "archivist" },
      state: { agent: "archivist" },
    },
    { type: "error", code: "x", message: "Sorry.", fatal: false },
    {
      type: "event",
      name: "runend",
      detail: { threadId: "t1", runId: "r1", status: "completed" },
      state: { running: false },
    },
    { type: "event", name: "threadchange", detail: { threadId: "t1" }, state: { threadId: "t1" } },
    { type: "event", name: "signedout", detail: {}, state: { signedIn: false, running: false } },
  ]);
});

it("passes the host's commands on, and drops what it does not know", async () => {
  const { store, theirs, command } = embed();
  await store.start();
  theirs.postMessage({ type: "send", text: 5 });
  theirs.postMessage({ type: "eval", code: "1" });
  theirs.postMessage(null);
  theirs.postMessage({ type: "send", text: "Hello" });
  theirs.postMessage({ type: "openThread", threadId: "../x" });
  theirs.postMessage({ type: "openThread", threadId: "t1" });
  theirs.postMessage({ type: "newThread" });
  theirs.postMessage({ type: "layout", open: true, covering: true, focus: true });
  await vi.waitFor(() => expect(store.getState().isCovering).toBe(true));
  expect(store.getState().openings).toBe(1);
  expect(command.mock.calls).toEqual([
    [{ type: "send", text: "Hello" }],
    [{ type: "openThread", threadId: "t1" }],
    [{ type: "newThread" }],
  ]);
});

describe("another page of the site", () => {
  let page = 0;
  async function visit(setup: Setup) {
    page += 1;
    const made = embed({ ...setup, init: { page, ...setup.init } });
    await made.store.start();
    return made;
  }

  it("goes on with the conversation in view", async () => {
    (await visit({})).say({ type: "threadchange", threadId: "t1" });
    const { location } = await visit({ threads: ["t1"] });
    expect(location.pathname).toBe("/chat/t1");
  });

  it.each<[string, Setup, string]>([
    ["of another site", { params: { siteId: "blog" }, threads: ["t1"] }, "/chat"],
    ["that names a conversation", { init: { threadId: "t2" }, threads: ["t1", "t2"] }, "/chat/t2"],
    ["that names a stranger's", { init: { threadId: "t9" }, threads: ["t1"] }, "/chat"],
    ["that names none", { init: { threadId: "../settings" }, threads: ["t1"] }, "/chat/t1"],
    ["reloaded elsewhere", { path: "/settings", threads: ["t1"] }, "/settings"],
  ])("%s", async (_name, setup, expected) => {
    (await visit({})).say({ type: "threadchange", threadId: "t1" });
    const { location } = await visit(setup);
    expect(location.pathname).toBe(expected);
  });

  it("leaves a second chat on the same page its own conversation", async () => {
    (await visit({ init: { page: 100 } })).say({ type: "threadchange", threadId: "t1" });
    const { location, drafts } = await visit({ init: { page: 100 }, threads: ["t1"] });
    expect(location.pathname).toBe("/chat");
    expect(drafts.take).not.toHaveBeenCalled();
  });

  it("starts a new conversation after an hour", async () => {
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now);
    (await visit({})).say({ type: "threadchange", threadId: "t1" });
    clock.mockReturnValue(now + 3_600_001);
    const { location, drafts } = await visit({ threads: ["t1"] });
    expect(location.pathname).toBe("/chat");
    expect(drafts.take).toHaveBeenCalledWith(null);
    clock.mockRestore();
  });
});

it("counts the answers since the chat was closed", async () => {
  const { store, say, theirs, heard } = embed({ init: { mode: "bubble" } });
  await store.start();
  const end = (status: string) => say({ type: "runend", threadId: "t1", runId: "r1", status });
  const layout = async (open: boolean) => {
    theirs.postMessage({ type: "layout", open, covering: open, focus: open });
    await vi.waitFor(() => expect(store.getState().isCovering).toBe(open));
  };
  const counts = () =>
    heard.flatMap((message) =>
      message.type === "event" && message.name === "unread" ? [message.state.unread] : [],
    );
  await layout(true);
  end("completed");
  await layout(false);
  end("completed");
  end("cancelled");
  end("failed");
  end("interrupted");
  await layout(true);
  await vi.waitFor(() => expect(counts()).toEqual([1, 2, 0]));
});

describe("what the page offers", () => {
  it("is known to the chat, and run over the port alone", async () => {
    const { store, theirs, heard, page } = embed();
    await store.start();
    expect(page.list()).toEqual([]);
    expect(await page.context()).toBeNull();
    theirs.onmessage = ({ data }: MessageEvent<FrameMessage>) => {
      heard.push(data);
      if (data.type === "context") {
        theirs.postMessage({ type: "context", id: data.id, context: { sku: "F12" } });
      }
      if (data.type === "toolCall") {
        theirs.postMessage({ type: "toolResult", id: data.id, result: { ok: data.args } });
      }
    };
    const tool = { name: "add", description: "Adds", parameters: '{"type":"object"}' };
    theirs.postMessage({ type: "page", tools: [tool], hasContext: true });
    await vi.waitFor(() => expect(page.list()).toHaveLength(1));
    expect(page.list()[0]).toMatchObject({ name: "add", read_only: false });
    expect(await page.context()).toBe('{"sku":"F12"}');
    const run = page.run("add", { sku: "F12" }, new AbortController().signal);
    expect(await run).toEqual({ result: { ok: { sku: "F12" } } });
  });

  it("is aborted when the chat gives up, and after 60 s", async () => {
    const { store, heard, page, theirs } = embed();
    await store.start();
    theirs.postMessage({ type: "page", tools: [], hasContext: false });
    const controller = new AbortController();
    const run = page.run("slow", {}, controller.signal);
    controller.abort();
    expect(await run).toMatchObject({ error: expect.stringContaining("60 s") });
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "toolAbort", id: 1 }));

    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const late = page.run("slow", {}, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await late).toHaveProperty("error");
    vi.useRealTimers();
  });

  it("a bare frame has none", async () => {
    const { store, page } = embed({ params: { loader: false }, ancestors: [HOST] });
    await store.start();
    expect(page.list()).toEqual([]);
    expect(await page.run("add", {}, new AbortController().signal)).toHaveProperty("error");
  });
});
