import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAnswering } from "./chat-state";
import { agent, aMessage, aThread, delta, done, failure, TestRun } from "./test-server";
import { sendHello, settle, setUp, twoMessages } from "./test-store";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("opening a thread", () => {
  it("shows it", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", twoMessages));
    all.store.open("t1");
    expect(all.store.getState().load).toBe("loading");
    await settle();
    expect(all.contents()).toEqual(["One", "Answer"]);
    expect(all.store.getState()).toMatchObject({ load: "ready", title: "Thread t1" });
  });

  it("says when it does not exist", async () => {
    const all = setUp();
    all.store.open("strange");
    await settle();
    expect(all.store.getState().load).toBe("missing");
  });

  it("attaches to its run from the first event", async () => {
    const all = setUp();
    const run = new TestRun("r1", "t1");
    run.begin("m3", "Two");
    run.send(agent("concierge"), delta("Answer "));
    all.server.runs.set("r1", run);
    const messages = [
      ...twoMessages,
      aMessage({ id: "m3", role: "user", content: "Two" }),
      aMessage({ id: "m4", role: "assistant", content: "Ans" }),
    ];
    all.server.threads.set("t1", aThread("t1", messages, { active_run_id: "r1" }));
    all.store.open("t1");
    await settle();
    run.send(delta("two"), done());
    await settle();
    expect(all.contents()).toEqual(["One", "Answer", "Two", "Answer two"]);
  });

  it("keeps reading a run that is left, and finds it again", async () => {
    const all = setUp();
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("a"));
    await settle();
    all.server.threads.set("t2", aThread("t2", twoMessages));
    all.store.open("t2");
    await settle();
    run.send(delta("b"));
    await settle();
    all.paint();
    expect(all.contents()).toEqual(["One", "Answer"]);
    const stored = [aMessage({ id: "m1", role: "user", content: "Hello" })];
    all.server.threads.set("t1", aThread("t1", stored, { active_run_id: "r1" }));
    all.store.open("t1");
    await settle();
    run.send(delta("c"), done());
    await settle();
    expect(all.contents()).toEqual(["Hello", "abc"]);
    const runs = all.notified.filter(({ type }) => type.startsWith("run_"));
    expect(runs.map(({ type }) => type)).toEqual(["run_started", "run_started", "run_ended"]);
    expect(all.store.getState().messages.at(-1)?.status).toBe("complete");
  });

  it("drops the late answer to an earlier opening", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", twoMessages));
    all.server.threads.set("t2", aThread("t2", []));
    all.store.open("t1");
    all.store.open("t2");
    await settle();
    expect(all.store.getState()).toMatchObject({ threadId: "t2", messages: [] });
  });

  it("follows another tab's run in it", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", twoMessages));
    all.store.open("t1");
    await settle();
    const run = new TestRun("r5", "t1");
    run.begin("m3", "From there");
    all.server.runs.set("r5", run);
    const messages = [...twoMessages, aMessage({ id: "m3", role: "user", content: "From there" })];
    all.server.threads.set("t1", aThread("t1", messages, { active_run_id: "r5" }));
    all.store.hear({ type: "run_started", threadId: "t1", runId: "r5" });
    await settle();
    run.send(agent("archivist"), delta("Live"));
    await settle();
    all.paint();
    expect(all.contents()).toEqual(["One", "Answer", "From there", "Live"]);
    expect(isAnswering(all.store.getState())).toBe(true);
    run.send(done());
    await settle();
    expect(isAnswering(all.store.getState())).toBe(false);
  });
});

describe("another tab", () => {
  it("that deletes the thread in view removes it here too", async () => {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", twoMessages));
    all.store.open("t1");
    await settle();
    all.server.threads.clear();
    all.store.hear({ type: "threads_changed" });
    await settle();
    expect(all.store.getState()).toMatchObject({ load: "missing", messages: [] });
  });

  it("does not disturb a run that this tab reads", async () => {
    const all = setUp();
    await sendHello(all);
    const get = vi.spyOn(all.server, "getThread");
    all.store.hear({ type: "threads_changed" });
    all.store.hear({ type: "run_started", threadId: "t1", runId: "r1" });
    await settle();
    expect(get).not.toHaveBeenCalled();
  });
});

describe("changing what was said", () => {
  async function opened() {
    const all = setUp();
    all.server.threads.set("t1", aThread("t1", twoMessages));
    all.store.open("t1");
    await settle();
    return all;
  }

  it("edits by replacing from the message", async () => {
    const all = await opened();
    expect(all.store.edit("m1", "Changed")).toBe(true);
    await settle();
    expect(all.server.requests).toEqual([
      { message: "Changed", thread_id: "t1", replace_from: "m1", key: "key-1" },
    ]);
    expect(all.contents()).toEqual(["Changed"]);
  });

  it("regenerates by asking the same again", async () => {
    const all = await opened();
    all.store.regenerate();
    await settle();
    expect(all.server.requests).toEqual([
      { message: "One", thread_id: "t1", replace_from: "m1", key: "key-1" },
    ]);
    all.server.next.begin("m7", "One");
    all.server.next.send(agent("concierge"), delta("Better"), done());
    await settle();
    expect(all.contents()).toEqual(["One", "Better"]);
  });

  it("tries a failed answer again", async () => {
    const all = setUp();
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("Well"), failure("provider_unavailable"), done("failed"));
    await settle();
    expect(all.store.getState().error?.retryable).toBe(true);
    all.server.next = new TestRun("r2", "t1");
    all.store.retry();
    await settle();
    expect(all.store.getState().error).toBeNull();
    expect(all.server.requests[1]).toMatchObject({ message: "Hello", replace_from: "m1" });
  });
});
