import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import { announcement } from "./announcement";
import { isAnswering } from "./chat-state";
import { readDraft } from "./drafts";
import {
  agent,
  aMessage,
  aThread,
  call,
  delta,
  done,
  failure,
  result,
  TestRun,
} from "./test-server";
import { sendHello, settle, setUp } from "./test-store";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("sending", () => {
  it("shows a run from the message to its end, and emits its events", async () => {
    const all = setUp();
    const run = await sendHello(all);
    expect(all.server.requests).toEqual([{ message: "Hello", key: "key-1" }]);
    run.send(agent("concierge"), delta("Hi"), delta(" there"), done());
    await settle();
    expect(all.contents()).toEqual(["Hello", "Hi there"]);
    expect(all.store.getState()).toMatchObject({ threadId: "t1", run: null });
    expect(all.heard).toEqual([
      { type: "threadchange", threadId: "t1" },
      { type: "runstart", threadId: "t1", runId: "r1" },
      { type: "agent", agent: "concierge" },
      { type: "runend", threadId: "t1", runId: "r1", status: "completed" },
    ]);
    expect(all.notified).toEqual([
      { type: "run_started", threadId: "t1", runId: "r1" },
      { type: "threads_changed" },
      { type: "run_ended", threadId: "t1" },
    ]);
    expect(JSON.stringify([all.heard, all.notified])).not.toMatch(/Hello|there/);
  });

  it("gathers text until the next paint", async () => {
    const all = setUp();
    const run = await sendHello(all);
    run.send(agent("concierge"));
    await settle();
    let drawn = 0;
    all.store.subscribe(() => {
      drawn += 1;
    });
    for (let n = 0; n < 100; n += 1) run.send(delta("x"));
    await settle();
    expect(drawn).toBe(0);
    expect(all.frames()).toBe(1);
    all.paint();
    expect(drawn).toBe(1);
    expect(all.contents().at(-1)).toBe("x".repeat(100));
  });

  it("is refused during a run, and for blank text", async () => {
    const all = setUp();
    expect(all.store.send("  \n")).toBe(false);
    await sendHello(all);
    expect(all.store.send("Another")).toBe(false);
    expect(all.server.requests).toHaveLength(1);
  });

  it("gives the text back when the server refuses it, also after a redirect", async () => {
    const all = setUp();
    all.server.refusal = new ApiError(401, "not_signed_in", "Sign in first.");
    all.store.send("Hello");
    await settle();
    expect(all.store.getState()).toMatchObject({
      messages: [],
      run: null,
      error: { code: "not_signed_in" },
      returned: { text: "Hello" },
    });
    expect(readDraft(null)).toBe("Hello");
  });

  it("repeats an undelivered message under the same key", async () => {
    const all = setUp();
    const offline = () => new ApiError(0, "offline", "No network.");
    const start = vi.spyOn(all.server, "startRun").mockImplementation(async () => {
      throw offline();
    });
    all.store.send("Hello");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.store.getState().messages).toMatchObject([{ status: "undelivered" }]);
    expect(all.store.getState().error?.code).toBe("offline");
    start.mockRestore();
    all.store.retry();
    await settle();
    expect(all.contents()).toEqual(["Hello"]);
    expect(all.server.requests).toEqual([{ message: "Hello", key: "key-1" }]);
    all.server.next.begin("m1", "Hello");
    await settle();
    expect(all.store.getState()).toMatchObject({ error: null, messages: [{ id: "m1" }] });
  });

  it("shows the other tab's run that is in the way", async () => {
    const all = setUp();
    const other = new TestRun("r9", "t1");
    other.begin("m5", "From the other tab");
    all.server.runs.set("r9", other);
    const messages = [aMessage({ id: "m5", role: "user", content: "From the other tab" })];
    all.server.threads.set("t1", aThread("t1", []));
    all.store.open("t1");
    await settle();
    all.server.threads.set("t1", aThread("t1", messages, { active_run_id: "r9" }));
    all.server.refusal = new ApiError(409, "run_in_progress", "An answer is under way.");
    all.store.send("Mine");
    await settle();
    other.send(agent("concierge"), delta("Yes"), done());
    await settle();
    expect(all.contents()).toEqual(["From the other tab", "Yes"]);
    expect(all.store.getState().returned?.text).toBe("Mine");
  });
});

describe("a broken connection", () => {
  it("is resumed without losing or doubling a word", async () => {
    const all = setUp();
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("one "));
    await settle();
    run.lose();
    await settle();
    expect(all.store.getState().reconnecting).toBe(true);
    run.send(delta("two "), delta("three"));
    await vi.advanceTimersByTimeAsync(500);
    expect(all.store.getState().reconnecting).toBe(false);
    run.send(done());
    await settle();
    expect(all.contents()).toEqual(["Hello", "one two three"]);
    expect(run.readers).toBe(2);
  });

  it("shows the stored thread when the run is gone", async () => {
    const all = setUp();
    const follow = vi.spyOn(all.server, "followRun");
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("one "));
    await settle();
    all.server.runs.clear();
    all.server.threads.set(
      "t1",
      aThread(
        "t1",
        [
          aMessage({ id: "m1", role: "user", content: "Hello" }),
          aMessage({ id: "m2", role: "assistant", content: "one two", status: "cancelled" }),
        ],
        // A replica that has not noticed yet must not be asked repeatedly.
        { active_run_id: "r1" },
      ),
    );
    run.lose();
    await vi.advanceTimersByTimeAsync(500);
    expect(all.contents()).toEqual(["Hello", "one two"]);
    expect(isAnswering(all.store.getState())).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(follow).toHaveBeenCalledTimes(1);
  });
});

describe("stopping", () => {
  it("stops at once for the reader, cancels the run and keeps the text", async () => {
    const all = setUp();
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("Well"));
    await settle();
    all.store.stop();
    expect(isAnswering(all.store.getState())).toBe(false);
    expect(all.contents()).toEqual(["Hello", "Well"]);
    expect(run.cancelled).toBe(true);
    run.send(done("cancelled"));
    await settle();
    expect(all.store.getState().messages.at(-1)?.status).toBe("cancelled");
  });

  it("cancels a run as soon as it has a name", async () => {
    const all = setUp();
    all.store.send("Hello");
    await settle();
    all.store.stop();
    expect(isAnswering(all.store.getState())).toBe(false);
    all.server.next.begin("m1", "Hello");
    await settle();
    expect(all.server.next.cancelled).toBe(true);
    expect(isAnswering(all.store.getState())).toBe(false);
  });

  it("makes the next message wait for the end of the stopped run", async () => {
    const all = setUp();
    const first = await sendHello(all);
    first.send(agent("concierge"), delta("We"));
    await settle();
    all.store.stop();
    all.server.next = new TestRun("r2", "t1");
    expect(all.store.send("Next")).toBe(true);
    await settle();
    expect(all.server.requests).toHaveLength(1);
    first.send(done("cancelled"));
    await settle();
    expect(all.server.requests).toHaveLength(2);
    all.server.next.begin("m2", "Next");
    all.server.next.send(agent("concierge"), delta("Yes"), done());
    await settle();
    expect(all.contents()).toEqual(["Hello", "We", "Next", "Yes"]);
  });
});

describe("notes", () => {
  it("are reported as changed when one was saved, and not when saving failed", async () => {
    const all = setUp();
    const run = await sendHello(all);
    const saved = () => all.notified.filter(({ type }) => type === "notes_changed").length;
    run.send(agent("archivist"), call("c1", "save_note"), result("c1", "save_note", {}, true));
    await settle();
    expect(saved()).toBe(0);
    run.send(call("c2", "save_note"), result("c2", "save_note", { success: true }));
    await settle();
    expect(saved()).toBe(1);
  });
});

describe("announcements", () => {
  it("name who answers, handoffs, the end and reconnecting, never the text", async () => {
    const all = setUp();
    const said: string[] = [];
    let before = all.store.getState();
    all.store.subscribe(() => {
      const after = all.store.getState();
      const words = announcement(before, after, (id) => `<${id}>`);
      before = after;
      if (words) said.push(words);
    });
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("text"), call("c1", "handoff_to_archivist"));
    run.send(result("c1", "handoff_to_archivist", { agent: "archivist" }), agent("archivist"));
    await settle();
    run.lose();
    run.send(delta("more"));
    await vi.advanceTimersByTimeAsync(500);
    run.send(done());
    await settle();
    expect(said).toEqual([
      "<concierge> is answering",
      "Handed over to <archivist>",
      "Reconnecting…",
      "<archivist> is answering",
      "Answer complete",
    ]);
  });

  it("are withdrawn when the answer failed or is out of view", async () => {
    const all = setUp();
    const name = (id: string | null) => `<${id}>`;
    const run = await sendHello(all);
    run.send(agent("concierge"), delta("text"));
    await settle();
    const answering = all.store.getState();
    run.send(failure("provider_unavailable"), done("failed"));
    await settle();
    expect(announcement(answering, all.store.getState(), name)).toBe("");
    all.store.open(null);
    expect(announcement(answering, all.store.getState(), name)).toBe("");
  });
});
