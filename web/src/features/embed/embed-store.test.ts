// An embedding from the handshake on, with the host page and the app's stores played by the test.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import { bearerToken, setBearerToken, setEmbedContext } from "../../api/transport";
import type { FrameMessage } from "../../protocol/widget-messages";
import type { EmbedParams } from "./embed-params";
import { type EmbedParts, EmbedStore } from "./embed-store";

const HOST = "https://shop.example";
type Auth = ReturnType<EmbedParts["auth"]["getState"]>;
type Site = ReturnType<EmbedParts["site"]["getState"]>;
type ChatListener = Parameters<EmbedParts["chat"]["on"]>[0];

let ports: MessagePort[] = [];
beforeEach(() => {
  ports = [];
});
afterEach(() => {
  for (const port of ports) port.close();
});

interface Setup {
  params?: Partial<EmbedParams>;
  init?: object;
  site?: Site;
  /** What the browser says of the page around; undefined: a browser that says nothing. */
  ancestors?: string[];
  path?: string;
  threads?: string[];
  apiAllowed?: boolean;
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
  const carryDraft = vi.fn();
  const replaceState = vi.fn();
  const clock = { now: 0 };
  const parts: EmbedParts = {
    auth: { getState: () => auth, subscribe: listenIn(authListeners), signIn },
    site: {
      getState: () => setup.site ?? { status: "ready", origins: [] },
      load: async () => {},
      overlay,
    },
    chat: { on: listenIn(chatListeners), command },
    carryDraft,
  };
  const greeted = params.loader
    ? Promise.resolve({
        init: { so: 1, type: "init", ...setup.init } as never,
        port: ours,
        origin: HOST,
      })
    : null;
  const frame = {
    parent: {},
    location: {
      origin: "https://chat.example",
      ancestorOrigins: setup.ancestors,
      pathname: setup.path ?? "/chat",
      search: "?embed=1",
    },
    history: { replaceState },
  } as unknown as Window;
  const store = new EmbedStore(params, greeted, parts, {
    frame,
    chooseApi: async () =>
      setup.apiAllowed === false
        ? { allowed: false, reason: "This chat may not talk to that server.", retryable: false }
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
    carryDraft,
    replaceState,
    clock,
  };
}

function listenIn<L>(listeners: L[]): (listener: L) => () => void {
  return (listener) => {
    listeners.push(listener);
    return () => {};
  };
}

/** Plays a host page that has a backend. */
function giveSecrets(theirs: MessagePort, heard: FrameMessage[], secrets: (string | null)[]) {
  theirs.onmessage = ({ data }: MessageEvent<FrameMessage>) => {
    heard.push(data);
    if (data.type !== "secretRequest") return;
    const secret = secrets.shift();
    theirs.postMessage(
      secret ? { type: "secret", id: data.id, secret } : { type: "secretFailed", id: data.id },
    );
  };
}

it("opens after the handshake, with the host's look, and says it is ready", async () => {
  const { store, phase, heard, overlay } = embed({ init: { title: "Help", mode: "bubble" } });
  await store.start();
  expect(phase()).toEqual({ name: "open" });
  expect(store.getState().isBubble).toBe(true);
  expect(overlay).toHaveBeenCalledWith(expect.objectContaining({ title: "Help" }));
  await vi.waitFor(() => expect(heard).toEqual([{ type: "ready" }]));
});

it.each<[string, Setup]>([
  ["a site that is not on the operator's list", { site: { status: "unknown" } }],
  [
    "a page that is not in the site's origins",
    { site: { status: "ready", origins: ["https://other.example"] } },
  ],
])("refuses %s", async (_name, setup) => {
  const { store, phase, heard, signIn } = embed({ ...setup, init: { hasClientSecret: true } });
  await store.start();
  const reason = "This chat is not set up for this page.";
  expect(phase()).toEqual({ name: "refused", reason });
  await vi.waitFor(() => expect(heard).toEqual([{ type: "refused", reason }]));
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

it("refuses an API that is not listed, before anything is asked of it", async () => {
  const { store, phase, heard } = embed({ apiAllowed: false, site: { status: "loading" } });
  await store.start();
  expect(phase().name).toBe("refused");
  await vi.waitFor(() => expect(heard).toMatchObject([{ type: "refused" }]));
});

it("tries a server again that could not be reached", async () => {
  const setup: Setup = { site: { status: "unreachable", error: { message: "Offline." } } };
  const { store, phase } = embed(setup);
  await store.start();
  expect(phase()).toEqual({ name: "failed", reason: "Offline." });
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
  expect(store.getState().isRunning).toBe(true);
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
    { type: "event", name: "error", detail: { code: "x", message: "Sorry." }, state: {} },
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
  theirs.postMessage({ type: "newThread" });
  theirs.postMessage({ type: "layout", open: true, covering: true });
  await vi.waitFor(() => expect(store.getState().isCovering).toBe(true));
  expect(command.mock.calls).toEqual([[{ type: "send", text: "Hello" }], [{ type: "newThread" }]]);
});

it("signs in with the host's secret before it opens", async () => {
  const { store, theirs, heard, phase, signIn } = embed({ init: { hasClientSecret: true } });
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
  const { store, theirs, heard, signIn } = embed({ init: { hasClientSecret: true, page: 2 } });
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

it("says so when the host has no secret, and tries again when told to", async () => {
  const { store, theirs, heard, phase } = embed({ init: { hasClientSecret: true } });
  giveSecrets(theirs, heard, [null, "cs_2"]);
  await store.start();
  expect(phase().name).toBe("failed");
  await store.retry();
  expect(phase()).toEqual({ name: "open" });
});

it("shows the server's sentence when it refuses the secret", async () => {
  const { store, theirs, heard, phase, signIn } = embed({ init: { hasClientSecret: true } });
  giveSecrets(theirs, heard, ["used"]);
  signIn.mockRejectedValueOnce(new ApiError(401, "invalid_client_secret", "It was used before."));
  await store.start();
  expect(phase()).toEqual({ name: "failed", reason: "It was used before." });
});

it.each([
  ["keeps the conversation when it is still the visitor's", ["t1"], 0],
  ["begins a new one otherwise, with what was typed", [], 1],
])("renews a session that ended, and %s", async (_name, threads, moved) => {
  const setup = embed({ init: { hasClientSecret: true }, path: "/chat/t1", threads });
  giveSecrets(setup.theirs, setup.heard, ["cs_1", "cs_2"]);
  await setup.store.start();
  setup.carryDraft.mockClear();
  setup.replaceState.mockClear();
  setup.clock.now = 3_600_000;
  setup.setAuth({ status: "signed-out", reason: "ended" });
  expect(setup.phase()).toEqual({ name: "waiting" });
  await vi.waitFor(() => expect(setup.phase()).toEqual({ name: "open" }));
  expect(setup.signIn).toHaveBeenLastCalledWith({ client_secret: "cs_2" });
  expect(setup.carryDraft).toHaveBeenCalledTimes(moved);
  expect(setup.replaceState).toHaveBeenCalledTimes(moved);
  if (moved) {
    expect(setup.carryDraft).toHaveBeenCalledWith("t1");
    expect(setup.replaceState).toHaveBeenCalledWith(null, "", "/chat?embed=1");
    expect(setup.store.getState().notice).toContain("new conversation");
  }
});

it("does not renew for ever where the browser keeps no session", async () => {
  const { store, theirs, heard, phase, signIn, setAuth } = embed({
    init: { hasClientSecret: true },
  });
  giveSecrets(theirs, heard, ["cs_1", "cs_2"]);
  await store.start();
  setAuth({ status: "signed-out", reason: "ended" });
  expect(phase().name).toBe("failed");
  expect(signIn).toHaveBeenCalledTimes(1);
});

it("leaves signed out who signed out", async () => {
  const { store, theirs, heard, phase, signIn, setAuth } = embed({
    init: { hasClientSecret: true },
  });
  giveSecrets(theirs, heard, ["cs_1", "cs_2"]);
  await store.start();
  setAuth({ status: "signed-out", reason: "here" });
  expect(phase().name).toBe("signed-out");
  expect(signIn).toHaveBeenCalledTimes(1);
  await store.retry();
  expect(phase().name).toBe("open");
});
