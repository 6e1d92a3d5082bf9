// An embedding for tests, which act as the host page and the app's stores.
import { afterEach, beforeEach, vi } from "vitest";
import type { FrameMessage } from "../../protocol/widget-messages";
import type { EmbedParams } from "./embed-params";
import type { EmbedParts } from "./embed-parts";
import { EmbedStore } from "./embed-store";
import { HostPage } from "./host-page";

export const HOST = "https://shop.example";
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

export interface Setup {
  params?: Partial<EmbedParams>;
  init?: object;
  site?: Site;
  /** The browser's report of the page around; undefined for a browser without one. */
  ancestors?: string[];
  path?: string;
  threads?: string[];
  apiAllowed?: boolean;
  draft?: string;
}

export function embed(setup: Setup = {}) {
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
export function giveSecrets(
  theirs: MessagePort,
  heard: FrameMessage[],
  secrets: (string | null)[],
) {
  theirs.onmessage = ({ data }: MessageEvent<FrameMessage>) => {
    heard.push(data);
    if (data.type !== "secret") return;
    const secret = secrets.shift();
    theirs.postMessage({ type: "secret", id: data.id, secret });
  };
}
