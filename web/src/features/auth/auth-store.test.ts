import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Session, SignedInSession } from "../../protocol/types";
import { type AuthStore, createAuthStore, type SessionApi } from "./auth-store";

const SIGNED_IN = {
  signed_in: true,
  has_api_key: true,
  key_source: "user",
  model: "m",
  site_id: null,
  expires_at: "2026-11-23T12:00:00Z",
  agents: [],
} as SignedInSession;
const STRANGER = { signed_in: false } as Session;
const OFFLINE = new ApiError(0, "offline", "No network.");

function server(session: Session) {
  const state = { session, failing: false, asked: 0 };
  const api: SessionApi = {
    getSession: async () => {
      state.asked++;
      if (state.failing) throw OFFLINE;
      return state.session;
    },
    signIn: async () => {
      state.session = SIGNED_IN;
      return SIGNED_IN;
    },
    signOut: async () => {
      state.session = STRANGER;
    },
    saveSettings: async (settings) => {
      state.session = { ...SIGNED_IN, model: settings.model ?? SIGNED_IN.model };
      return state.session as SignedInSession;
    },
    deleteMyData: async () => {
      state.session = STRANGER;
    },
    forgetKey: async () => {
      state.session = { ...SIGNED_IN, has_api_key: false, key_source: null };
    },
  };
  return { state, api };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function open(api: SessionApi): AuthStore {
  const store = createAuthStore(api);
  stops.push(store.start());
  return store;
}

const settled = (store: AuthStore, status: string) =>
  vi.waitFor(() => expect(store.getState().status).toBe(status));

function becomeVisible() {
  document.dispatchEvent(new Event("visibilitychange"));
}

describe("the auth store", () => {
  it("asks once at the start", async () => {
    const { api, state } = server(STRANGER);
    const store = open(api);
    expect(store.getState()).toEqual({ status: "loading" });
    await settled(store, "signed-out");
    expect(store.getState()).toEqual({ status: "signed-out", reason: "new" });
    expect(state.asked).toBe(1);
  });

  it("says when the server cannot be reached, and asks again when told", async () => {
    const { api, state } = server(SIGNED_IN);
    state.failing = true;
    const store = open(api);
    await settled(store, "unreachable");
    state.failing = false;
    await store.refresh();
    expect(store.getState().status).toBe("signed-in");
  });

  it("keeps what it knows while the network is away", async () => {
    const { api, state } = server(SIGNED_IN);
    const store = open(api);
    await settled(store, "signed-in");
    state.failing = true;
    await store.refresh();
    expect(store.getState().status).toBe("signed-in");
  });

  it("sees a session that ended by itself when the tab is looked at", async () => {
    const { api, state } = server(SIGNED_IN);
    const store = open(api);
    await settled(store, "signed-in");
    state.session = STRANGER;
    becomeVisible();
    await settled(store, "signed-out");
    expect(store.getState()).toMatchObject({ reason: "ended" });
  });

  it("sees a sign-out in another tab at once, and the sign-in after it", async () => {
    const { api } = server(SIGNED_IN);
    const [here, there] = [open(api), open(api)];
    await settled(here, "signed-in");
    await settled(there, "signed-in");
    await there.signOut();
    expect(there.getState()).toEqual({ status: "signed-out", reason: "here" });
    await settled(here, "signed-out");
    expect(here.getState()).toMatchObject({ reason: "elsewhere" });
    await there.signIn({ passcode: "p" });
    await settled(here, "signed-in");
  });

  it("tells a sign-out in another tab from an expiry, whichever it notices first", async () => {
    const { api, state } = server(SIGNED_IN);
    const [here, there] = [open(api), open(api)];
    await settled(here, "signed-in");
    await settled(there, "signed-in");
    state.session = STRANGER;
    await here.refresh();
    expect(here.getState()).toMatchObject({ reason: "ended" });
    await there.signOut();
    await vi.waitFor(() => expect(here.getState()).toMatchObject({ reason: "elsewhere" }));

    // It hears of the sign-out, and becomes visible before the server has answered.
    await there.signIn({ passcode: "p" });
    await settled(here, "signed-in");
    let answer: (session: Session) => void = () => {};
    const slow = vi.spyOn(api, "getSession").mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    await there.signOut();
    await vi.waitFor(() => expect(slow).toHaveBeenCalled());
    becomeVisible();
    answer(STRANGER);
    await settled(here, "signed-out");
    expect(here.getState()).toMatchObject({ reason: "elsewhere" });

    // The next session ends by itself.
    await there.signIn({ passcode: "p" });
    await settled(here, "signed-in");
    state.session = STRANGER;
    await here.refresh();
    expect(here.getState()).toMatchObject({ reason: "ended" });
  });

  it("counts sign-ins, since another one may be another owner's", async () => {
    const { api } = server(SIGNED_IN);
    const [here, there] = [open(api), open(api)];
    await settled(here, "signed-in");
    await settled(there, "signed-in");
    const before = here.getState();
    await there.signIn({ passcode: "p" });
    await vi.waitFor(() => expect(here.getState()).not.toBe(before));
    const generation = (store: AuthStore) => {
      const state = store.getState();
      return state.status === "signed-in" ? state.generation : -1;
    };
    expect(generation(here)).toBe(2);
    await there.saveSettings({ model: "other" });
    await vi.waitFor(() => expect(here.getState()).toMatchObject({ session: { model: "other" } }));
    expect(generation(here)).toBe(2);
  });

  it("does not believe an answer that was asked for before signing in", async () => {
    const { api, state } = server(STRANGER);
    const store = open(api);
    await settled(store, "signed-out");
    let resolve: (session: Session) => void = () => {};
    const promise = new Promise<Session>((done) => {
      resolve = done;
    });
    const slow = vi.spyOn(api, "getSession").mockReturnValueOnce(promise);
    becomeVisible();
    expect(slow).toHaveBeenCalledTimes(1);
    await store.signIn({ passcode: "p" });
    resolve(STRANGER);
    await promise;
    await Promise.resolve();
    expect(store.getState().status).toBe("signed-in");
    expect(state.session).toBe(SIGNED_IN);
  });

  it("stays signed in when signing out fails", async () => {
    const { api } = server(SIGNED_IN);
    const store = open(api);
    await settled(store, "signed-in");
    vi.spyOn(api, "signOut").mockRejectedValueOnce(OFFLINE);
    await expect(store.signOut()).rejects.toBe(OFFLINE);
    expect(store.getState().status).toBe("signed-in");
  });

  it("is signed out once everything was deleted", async () => {
    const { api } = server(SIGNED_IN);
    const [here, there] = [open(api), open(api)];
    await settled(here, "signed-in");
    await settled(there, "signed-in");
    await here.deleteData();
    expect(here.getState()).toEqual({ status: "signed-out", reason: "here" });
    await settled(there, "signed-out");
  });

  it("works where the browser denies tabs to talk", async () => {
    vi.stubGlobal("BroadcastChannel", function denied() {
      throw new DOMException("denied", "SecurityError");
    });
    const { api } = server(SIGNED_IN);
    const store = open(api);
    await settled(store, "signed-in");
    await store.signOut();
    expect(store.getState().status).toBe("signed-out");
  });

  it("knows that a forgotten key is gone", async () => {
    const { api } = server(SIGNED_IN);
    const store = open(api);
    await settled(store, "signed-in");
    await store.forgetKey();
    expect(store.getState()).toMatchObject({ session: { has_api_key: false, key_source: null } });
  });

  it("hears nothing more once stopped", async () => {
    const { api, state } = server(SIGNED_IN);
    const store = createAuthStore(api);
    const stop = store.start();
    await settled(store, "signed-in");
    stop();
    becomeVisible();
    expect(state.asked).toBe(1);
  });
});
