// Sessions that a host page signs in, and how they end and are renewed.
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import { bearerToken, setBearerToken, setEmbedContext } from "../../api/transport";
import { embed, giveSecrets, type Setup } from "./test-embed";

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
