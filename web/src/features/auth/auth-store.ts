// The session as this tab knows it. No React here. Other tabs hear of every change and ask the
// server, since only it knows which of several cookies and tokens is valid.
import { createStore, type StoreApi } from "zustand/vanilla";
import { type ApiError, onSignedOut, toApiError } from "../../api/http";
import * as meApi from "../../api/me";
import type { Credentials } from "../../api/session";
import * as sessionApi from "../../api/session";
import type { Session, SignedInSession } from "../../protocol/types";

export type AuthState =
  | { status: "loading" }
  | { status: "unreachable"; error: ApiError }
  | { status: "signed-out"; reason: SignedOutReason }
  /** `generation` counts sign-ins, each of which may be by another owner. */
  | { status: "signed-in"; session: SignedInSession; generation: number };

/** Why there is no session: never signed in, signed out here or in another tab, or expired. */
export type SignedOutReason = "new" | "here" | "elsewhere" | "ended";

type News = "signed-in" | "signed-out" | "changed";

export interface AuthStore extends Omit<StoreApi<AuthState>, "setState"> {
  /** Asks the server once, then follows other tabs. */
  start(): () => void;
  /** A failure changes nothing. */
  refresh(): Promise<void>;
  signIn(credentials: Credentials): Promise<void>;
  signOut(): Promise<void>;
  /** Returns the updated session, for which the server may have chosen another model. */
  saveSettings(settings: { api_key?: string; model?: string }): Promise<SignedInSession>;
  forgetKey(): Promise<void>;
  deleteData(): Promise<void>;
}

export type SessionApi = Pick<
  typeof sessionApi & typeof meApi,
  "getSession" | "signIn" | "signOut" | "saveSettings" | "forgetKey" | "deleteMyData"
>;

export function createAuthStore(api: SessionApi = { ...sessionApi, ...meApi }): AuthStore {
  const store = createStore<AuthState>(() => ({ status: "loading" }));
  let generation = 0;
  // Counts changes of the session, so that responses to earlier requests are ignored.
  let epoch = 0;
  // Whether another tab has signed out. This one may notice the end of the session before it hears
  // of that.
  let leftElsewhere = false;
  let channel: BroadcastChannel | null = null;

  function set(next: AuthState): void {
    // Replaced as a whole, since each status has its own fields.
    store.setState(next, true);
  }

  function tell(news: News): void {
    channel?.postMessage(news);
  }

  function isKnown(): boolean {
    const { status } = store.getState();
    return status === "signed-in" || status === "signed-out";
  }

  function know(session: SignedInSession): void {
    leftElsewhere = false;
    set({ status: "signed-in", session, generation });
  }

  function lose(): void {
    set({ status: "signed-out", reason: leftElsewhere ? "elsewhere" : "ended" });
  }

  async function ask(anotherSignedIn = false): Promise<void> {
    const asked = ++epoch;
    let session: Session;
    try {
      session = await api.getSession();
    } catch (error) {
      if (asked !== epoch || isKnown()) return;
      set({ status: "unreachable", error: toApiError(error) });
      return;
    }
    if (asked !== epoch) return;
    const { status } = store.getState();
    if (session.signed_in) {
      if (anotherSignedIn || status !== "signed-in") generation++;
      know(session);
    } else if (status === "signed-in") {
      lose();
    } else if (status !== "signed-out") {
      set({ status: "signed-out", reason: "new" });
    }
  }

  async function change<T>(work: () => Promise<T>): Promise<T> {
    epoch++;
    const result = await work();
    epoch++;
    return result;
  }

  async function leave(work: () => Promise<void>): Promise<void> {
    await change(work);
    set({ status: "signed-out", reason: "here" });
    tell("signed-out");
  }

  function listen(): void {
    try {
      channel = new BroadcastChannel("so-auth");
    } catch {
      // Some frames have no access; there a tab asks the server when it becomes visible.
      return;
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data === "signed-out") hearSignOut();
      else if (data === "signed-in") void ask(true);
      else if (data === "changed") void ask();
    };
  }

  function hearSignOut(): void {
    const state = store.getState();
    leftElsewhere = true;
    if (state.status === "signed-out" && state.reason === "ended") lose();
    else void ask();
  }

  return {
    ...store,

    start() {
      listen();
      const look = () => {
        if (document.visibilityState === "visible" && store.getState().status !== "loading")
          void ask();
      };
      document.addEventListener("visibilitychange", look);
      window.addEventListener("online", look);
      const stopListening = onSignedOut(() => void ask());
      void ask();
      return () => {
        stopListening();
        document.removeEventListener("visibilitychange", look);
        window.removeEventListener("online", look);
        channel?.close();
        channel = null;
      };
    },

    async refresh() {
      if (store.getState().status === "unreachable") set({ status: "loading" });
      await ask();
    },

    async signIn(credentials) {
      const session = await change(() => api.signIn(credentials));
      generation++;
      know(session);
      tell("signed-in");
    },

    signOut: () => leave(api.signOut),

    deleteData: () => leave(api.deleteMyData),

    async saveSettings(settings) {
      const session = await change(() => api.saveSettings(settings));
      know(session);
      tell("changed");
      return session;
    },

    async forgetKey() {
      await change(() => api.forgetKey());
      const state = store.getState();
      if (state.status === "signed-in") {
        know({ ...state.session, has_api_key: false, key_source: null });
      }
      tell("changed");
    },
  };
}
