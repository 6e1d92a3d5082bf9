// An embedding from the handshake on. The tests act as the host page and the app's stores.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import { bearerToken, setBearerToken, setEmbedContext } from "../../api/transport";
import type { FrameMessage } from "../../protocol/widget-messages";
import type { EmbedParams } from "./embed-params";
import type { EmbedParts } from "./embed-parts";
import { EmbedStore } from "./embed-store";
import { HostPage } from "./host-page";

const HOST = "https://shop.example";
type Auth = ReturnType<EmbedParts["auth"]["getState"]>;
type Site = ReturnType<EmbedParts["site"]["getState"]>;
type ChatListener = Parameters<EmbedParts["chat"]["on"]>[0];

let ports: MessagePort[] = [];
beforeEach(() => {
  ports = [];
  sessionStorage.clear();
});
afterEach(() => {
  for (const port of ports) port.close();
});

interface Setup {
  params?: Partial<EmbedParams>;
  init?: object;
  site?: Site;
  /** The browser's report of the page around; undefined for a browser without one. */
  ancestors?: string[];
  path?: string;
  threads?: string[];
  apiAllowed?: boolean;
  /** The drafts. */
  draft?: string;
}

function embed(setup: Setup = {}) {
  const params = { loader: true, siteId: "shop", apiUrl: null, ...setup.params };
  const { port1: theirs, port2: ours } = new MessageChannel();
  ports.push(theirs, ours);
  const heard: FrameMessage[] = [];
  theirs.onmessage = ({ data }) => heard.push(data);

  let auth: Auth = { status: "loading" };
  const authListeners: (() => void)[] = [];
  const setAuth = (next: Auth) => {
    auth = next;
    for (const listener of authListeners) listener();
  };
  const signIn = vi.fn(async (_credentials: { client_secret: string }) =>
    setAuth({ status: "signed-in" }),
  );
  const chatListeners: ChatListener[] = [];
  const command = vi.fn();
  const overlay = vi.fn();
  const drafts = { take: vi.fn((_threadId: string | null) => setup.draft ?? ""), carry: vi.fn() };
  const page = new HostPage();
  const clock = { now: 0 };
  const parts: EmbedParts = {
    auth: { getState: () => auth, subscribe: listenIn(authListeners), signIn },
    site: {
      getState: () => setup.site ?? { status: "ready", origins: [] },
      load: async () => {},
      overlay,
    },
    chat: { on: listenIn(chatListeners), command },
    drafts,
    page,
  };
  const greeted = params.loader
    ? Promise.resolve({
        init: { so: 1, type: "init", ...setup.init } as never,
        port: ours,
        origin: HOST,
      })
    : null;
  const location = {
    origin: "https://chat.example",
    ancestorOrigins: setup.ancestors,
    pathname: setup.path ?? "/chat",
    search: "?embed=1",
  };
  const replaceState = vi.fn((_state: unknown, _title: string, url: string) => {
    location.pathname = url.split("?")[0] ?? "";
  });
  const frame = Object.assign(new EventTarget(), {
    parent: {},
    location,
    history: { replaceState },
  }) as unknown as Window;
  const store = new EmbedStore(params, greeted, parts, {
    frame,
    chooseApi: async () =>
      setup.apiAllowed === false
        ? { allowed: false, code: "api_not_listed", reason: "not listed", error: null }
        : { allowed: true, baseUrl: "" },
    threadExists: async (id) => setup.threads?.includes(id) ?? false,
    now: () => clock.now,
  });
  return {
    store,
    theirs,
    heard,
    phase: () => store.getState().phase,
    say: (event: Parameters<ChatListener>[0]) => {
      for (const listener of chatListeners) listener(event);
    },
    setAuth,
    signIn,
    command,
    overlay,
    drafts,
    page,
    replaceState,
    location,
    clock,
  };
}

function listenIn<L>(listeners: L[]): (listener: L) => () => void {
  return (listener) => {
    listeners.push(listener);
    return () => {};
  };
}

/** Acts as a host page with a backend. */
function giveSecrets(theirs: MessagePort, heard: FrameMessage[], secrets: (string | null)[]) {
  theirs.onmessage = ({ data }: MessageEvent<FrameMessage>) => {
    heard.push(data);
    if (data.type !== "secret") return;
    const secret = secrets.shift();
    theirs.postMessage({ type: "secret", id: data.id, secret });
  };
}

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

it("signs in with the host's secret before it opens", async () => {
  const { store, theirs, heard, phase, signIn } = embed({ init: { getClientSecret: true } });
  giveSecrets(theirs, heard, ["cs_1"]);
  await store.start();
  expect(signIn).toHaveBeenCalledWith({ client_secret: "cs_1" });
  expect(phase()).toEqual({ name: "open" });
});

it.each([
  ["an earlier load of the page", 1, "theirs"],
  ["this load of it, by a sibling", 2, null],
])("leaves the token of %s to be ended or not", async (_name, page, expected) => {
  setEmbedContext(true);
  sessionStorage.setItem("so.page", String(page));
  setBearerToken("theirs");
  const { store, theirs, heard, signIn } = embed({ init: { getClientSecret: true, page: 2 } });
  giveSecrets(theirs, heard, ["cs_1"]);
  let found: string | null = null;
  signIn.mockImplementationOnce(async () => {
    found = bearerToken();
  });
  await store.start();
  expect(found).toBe(expected);
  expect(sessionStorage.getItem("so.page")).toBe("2");
  setBearerToken(null);
  setEmbedContext(false);
});

it("reports a missing secret, and tries again on request", async () => {
  const { store, theirs, heard, phase } = embed({ init: { getClientSecret: true } });
  giveSecrets(theirs, heard, [null, "cs_2"]);
  await store.start();
  expect(phase()).toEqual({ name: "failed", error: null });
  await store.retry();
  expect(phase()).toEqual({ name: "open" });
});

it("tells the owner, not the visitor, why a secret was refused", async () => {
  const { store, theirs, heard, phase, signIn } = embed({ init: { getClientSecret: true } });
  giveSecrets(theirs, heard, ["used"]);
  signIn.mockRejectedValueOnce(new ApiError(401, "invalid_client_secret", "It was used before."));
  await store.start();
  expect(phase()).toEqual({ name: "failed", error: null });
  await vi.waitFor(() =>
    expect(heard).toContainEqual({
      type: "error",
      code: "sign_in_failed",
      message: "It was used before.",
      fatal: false,
    }),
  );
});

it("shows the server's sentence when it is unavailable", async () => {
  const { store, theirs, heard, phase, signIn } = embed({ init: { getClientSecret: true } });
  giveSecrets(theirs, heard, ["cs_1"]);
  const error = new ApiError(503, "overloaded", "The server is busy.");
  signIn.mockRejectedValueOnce(error);
  await store.start();
  expect(phase()).toEqual({ name: "failed", error });
});

it("renews a session that ended, and keeps a conversation that is still the visitor's", async () => {
  const setup = embed({ init: { getClientSecret: true }, path: "/chat/t1", threads: ["t1"] });
  giveSecrets(setup.theirs, setup.heard, ["cs_1", "cs_2"]);
  await setup.store.start();
  setup.clock.now = 3_600_000;
  setup.setAuth({ status: "signed-out", reason: "ended" });
  expect(setup.phase()).toEqual({ name: "waiting" });
  await vi.waitFor(() => expect(setup.phase()).toEqual({ name: "open" }));
  expect(setup.signIn).toHaveBeenLastCalledWith({ client_secret: "cs_2" });
  expect(setup.drafts.carry).not.toHaveBeenCalled();
  expect(setup.replaceState).not.toHaveBeenCalled();
});

it("starts a new conversation otherwise, with what was typed", async () => {
  const setup = { init: { getClientSecret: true }, path: "/chat/t1", threads: ["t1"] };
  const { store, theirs, heard, clock, setAuth, phase, drafts, replaceState } = embed(setup);
  giveSecrets(theirs, heard, ["cs_1", "cs_2"]);
  await store.start();
  setup.threads.pop();
  clock.now = 3_600_000;
  setAuth({ status: "signed-out", reason: "ended" });
  await vi.waitFor(() => expect(phase()).toEqual({ name: "open" }));
  expect(drafts.carry).toHaveBeenCalledWith("t1");
  expect(replaceState).toHaveBeenCalledWith(null, "", "/chat?embed=1");
  expect(store.getState().hasLostThread).toBe(true);
  store.dismissNotice();
  expect(store.getState().hasLostThread).toBe(false);
});

describe("a message that met an ended session", () => {
  async function endWhileSending(threads: string[], threadsAfter: string[]) {
    const setup: Setup = {
      init: { getClientSecret: true },
      path: "/chat/t1",
      threads,
      draft: "Typed meanwhile",
    };
    const made = embed(setup);
    giveSecrets(made.theirs, made.heard, ["cs_1", "cs_2"]);
    await made.store.start();
    setup.threads = threadsAfter;
    made.clock.now = 3_600_000;
    return made;
  }

  it("is sent by itself where the conversation goes on", async () => {
    const { say, setAuth, command, drafts, phase, heard } = await endWhileSending(["t1"], ["t1"]);
    say({ type: "error", code: "not_signed_in", message: "Sign in first." });
    setAuth({ status: "signed-out", reason: "ended" });
    await vi.waitFor(() =>
      expect(command).toHaveBeenCalledWith({ type: "send", text: "Typed meanwhile" }),
    );
    expect(phase()).toEqual({ name: "open" });
    expect(drafts.take).toHaveBeenLastCalledWith("t1");
    expect(heard).not.toContainEqual(expect.objectContaining({ type: "error" }));
  });

  it("waits in the box of a new conversation otherwise", async () => {
    const { say, setAuth, command, phase } = await endWhileSending(["t1"], []);
    say({ type: "error", code: "not_signed_in", message: "Sign in first." });
    setAuth({ status: "signed-out", reason: "ended" });
    await vi.waitFor(() => expect(phase()).toEqual({ name: "open" }));
    expect(command).not.toHaveBeenCalled();
  });

  it("is not sent when it was only typed", async () => {
    const { setAuth, command, phase } = await endWhileSending(["t1"], ["t1"]);
    setAuth({ status: "signed-out", reason: "ended" });
    await vi.waitFor(() => expect(phase()).toEqual({ name: "open" }));
    expect(command).not.toHaveBeenCalled();
  });
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

it("stops renewing where the browser keeps no session", async () => {
  const { store, theirs, heard, phase, signIn, setAuth } = embed({
    init: { getClientSecret: true },
  });
  giveSecrets(theirs, heard, ["cs_1", "cs_2"]);
  await store.start();
  setAuth({ status: "signed-out", reason: "ended" });
  expect(phase().name).toBe("not-kept");
  expect(signIn).toHaveBeenCalledTimes(1);
});

it("leaves a visitor signed out who signed out", async () => {
  const { store, theirs, heard, phase, signIn, setAuth } = embed({
    init: { getClientSecret: true },
  });
  giveSecrets(theirs, heard, ["cs_1", "cs_2"]);
  await store.start();
  setAuth({ status: "signed-out", reason: "here" });
  expect(phase().name).toBe("signed-out");
  expect(signIn).toHaveBeenCalledTimes(1);
  await store.retry();
  expect(phase().name).toBe("open");
});
