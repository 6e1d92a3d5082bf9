import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import { forgetRequests } from "./outbox";
import { aMessage, aThread, done } from "./test-server";
import { settle, setUp, twoMessages } from "./test-store";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  forgetRequests();
});

async function notSent(threadId: string | null) {
  const all = setUp();
  all.server.threads.set("t1", aThread("t1", twoMessages));
  all.store.open(threadId);
  await settle();
  const start = vi.spyOn(all.server, "startRun").mockImplementation(async () => {
    throw new ApiError(0, "offline", "No network.");
  });
  all.store.send("Lost");
  await vi.advanceTimersByTimeAsync(60_000);
  start.mockRestore();
  return all;
}

describe("a message that was not sent", () => {
  it.each([["t1"], [null]])("survives a reload of %s and is sent under its key", async (id) => {
    await notSent(id);
    const after = setUp();
    after.server.threads.set("t1", aThread("t1", twoMessages));
    after.store.open(id);
    await settle();
    expect(after.store.getState()).toMatchObject({ error: { retryable: true } });
    expect(after.store.getState().messages.at(-1)).toMatchObject({
      content: "Lost",
      status: "undelivered",
    });
    after.store.retry();
    await settle();
    expect(after.server.requests).toMatchObject([{ message: "Lost", key: "key-1" }]);
    after.server.next.begin("m3", "Lost");
    after.server.next.send(done());
    await settle();
    after.store.open(null);
    after.store.open(id);
    await settle();
    expect(after.contents()).not.toContain("Lost");
  });

  it("of a new conversation is not shown by another site of the deployment", async () => {
    history.replaceState(null, "", "/chat?embed=1&site=shop");
    await notSent(null);
    history.replaceState(null, "", "/chat?embed=1&site=bank");
    const bank = setUp();
    bank.store.open(null);
    await settle();
    expect(bank.contents()).toEqual([]);
    history.replaceState(null, "", "/chat?embed=1&site=shop");
    const shop = setUp();
    shop.store.open(null);
    await settle();
    expect(shop.contents()).toEqual(["Lost"]);
    history.replaceState(null, "", "/");
  });

  it("is there again after a look at another thread", async () => {
    const all = await notSent("t1");
    all.server.threads.set("t2", aThread("t2", [aMessage({ id: "m9", role: "user" })]));
    all.store.open("t2");
    await settle();
    expect(all.contents()).not.toContain("Lost");
    all.store.open("t1");
    await settle();
    expect(all.contents().at(-1)).toBe("Lost");
    expect(all.store.retry()).toBe(true);
  });

  it("goes back to the message box when another one is sent", async () => {
    const all = await notSent("t1");
    all.store.send("Other");
    await settle();
    expect(all.contents()).toEqual(["One", "Answer", "Other"]);
    expect(all.store.getState().returned?.text).toBe("Lost");
  });
});

describe("half an emoji", () => {
  it("is sent as a character that JSON can carry", async () => {
    const all = setUp();
    all.store.send("cut \ud83d");
    await settle();
    expect(all.server.requests[0]?.message).toBe("cut \ufffd");
  });
});

describe("a long thread", () => {
  const many = Array.from({ length: 250 }, (_, n) =>
    aMessage({ id: `m${n}`, role: n % 2 ? "assistant" : "user", content: `${n}` }),
  );

  it("shows its last messages, and older ones page by page", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", many));
    all.store.open("t1");
    await settle();
    expect(all.contents()).toHaveLength(100);
    all.store.loadOlder();
    all.store.loadOlder();
    await settle();
    expect(all.contents()).toHaveLength(200);
    // They survive a refresh.
    all.store.refresh();
    await settle();
    expect(all.contents()).toHaveLength(200);
    all.store.loadOlder();
    await settle();
    expect(all.contents()).toEqual(many.map(({ content }) => content));
    expect(all.store.getState().nextBefore).toBeNull();
  });

  it("says when older messages could not be loaded", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", many));
    all.store.open("t1");
    await settle();
    all.server.threads.clear();
    all.store.loadOlder();
    await settle();
    expect(all.store.getState()).toMatchObject({ older: "failed", load: "ready" });
  });
});
