import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../protocol/types";
import { type ChatAction, reduceChat } from "./chat-reducer";
import {
  type ChatState,
  EMPTY_CHAT,
  handedOverBy,
  isAnswering,
  isBareHandoff,
  threadUsage,
} from "./chat-state";
import {
  agent,
  aMessage,
  anInterrupt,
  aThread,
  call,
  delta,
  done,
  failure,
  interrupted,
  result,
} from "./test-server";

const sent = (text: string, before: ChatState, replaceFrom: string | null = null): ChatAction => ({
  type: "sent",
  key: `key-${text}`,
  text,
  before: before.messages,
  replaceFrom,
});
const user = (id: string, content: string): RunEvent => ({
  type: "user_message",
  run_id: "r1",
  thread_id: "t1",
  message: { id, role: "user", content, created_at: "2026-01-01T00:00:00Z" },
});

const context = { now: 0, markOf: () => null };

function play(state: ChatState, events: RunEvent[]): ChatState {
  return events.reduce((now, event) => reduceChat(now, { type: "event", event, context }), state);
}

const hello = reduceChat(EMPTY_CHAT, sent("Hello", EMPTY_CHAT));

describe("a run", () => {
  it("keeps the message's key when the server names it", () => {
    expect(hello.messages).toMatchObject([{ key: "key-Hello", id: null, status: "sending" }]);
    const state = play(hello, [user("m1", "Hello")]);
    expect(state.messages).toMatchObject([{ key: "key-Hello", id: "m1", status: "complete" }]);
    expect(state).toMatchObject({ threadId: "t1", run: { id: "r1", phase: "running" } });
  });

  it("becomes one message per segment of an agent, with its calls", () => {
    const state = play(hello, [
      user("m1", "Hello"),
      agent("concierge"),
      call("c1", "handoff_to_archivist"),
      result("c1", "handoff_to_archivist", { agent: "archivist" }),
      agent("archivist"),
      call("c2", "save_note", { title: "Demo" }),
      result("c2", "save_note", { success: true }),
      delta("Kept "),
      delta("it."),
      done(),
    ]);
    const [, concierge, archivist] = state.messages;
    expect(concierge).toMatchObject({ agent: "concierge", status: "complete", content: "" });
    expect(archivist).toMatchObject({
      agent: "archivist",
      content: "Kept it.",
      status: "complete",
    });
    expect(archivist?.toolCalls).toMatchObject([{ tool: "save_note", result: { success: true } }]);
    expect(archivist?.usage).toEqual({ input_tokens: 10, output_tokens: 5 });
    expect(state.agent).toBe("archivist");
    expect(isAnswering(state)).toBe(false);
    expect(isBareHandoff(concierge as NonNullable<typeof concierge>)).toBe(true);
    expect([0, 1, 2].map((at) => handedOverBy(state.messages, at))).toEqual([
      null,
      null,
      "concierge",
    ]);
  });

  it("gives every message a key of its own", () => {
    const state = play(hello, [
      user("m1", "Hello"),
      agent("concierge"),
      delta("a"),
      agent("archivist"),
      delta("b"),
      agent("concierge"),
      delta("c"),
      done(),
    ]);
    expect(new Set(state.messages.map(({ key }) => key)).size).toBe(4);
  });

  it("drops empty segments", () => {
    const state = play(hello, [user("m1", "Hello"), agent("concierge"), agent("archivist")]);
    expect(state.messages.map((message) => message.agent)).toEqual([null, "archivist"]);
  });

  it.each(["cancelled", "failed"] as const)("that is %s keeps what was said", (status) => {
    const state = play(hello, [
      user("m1", "Hello"),
      agent("concierge"),
      delta("Well"),
      done(status),
    ]);
    expect(state.messages.at(-1)).toMatchObject({ content: "Well", status });
  });

  it("keeps the sentence of its error, also when nothing was said", () => {
    const state = play(hello, [user("m1", "Hello"), failure("provider_auth"), done("failed")]);
    expect(state.error).toEqual({
      code: "provider_auth",
      message: "The provider is away.",
      retryable: false,
    });
    expect(state.messages).toHaveLength(1);
    expect(state.run).toBeNull();
  });

  it("marks a failed call without failing the answer", () => {
    const state = play(hello, [
      user("m1", "Hello"),
      agent("archivist"),
      call("c1", "get_note", { title: "x" }),
      result("c1", "get_note", { error: "no" }, true),
    ]);
    expect(state.messages.at(-1)?.toolCalls).toMatchObject([{ is_error: true }]);
    expect(state.messages.at(-1)?.status).toBe("streaming");
  });

  it("leaves messages alone that it does not change", () => {
    const before = play(hello, [user("m1", "Hello"), agent("concierge"), delta("a")]);
    const after = play(before, [delta("b")]);
    expect(after.messages[0]).toBe(before.messages[0]);
  });
});

const stored = reduceChat(
  { ...EMPTY_CHAT, threadId: "t1", load: "loading" },
  {
    type: "loaded",
    markOf: () => null,
    thread: aThread("t1", [
      aMessage({ id: "m1", role: "user", content: "One" }),
      aMessage({
        id: "m2",
        role: "assistant",
        content: "Answer one",
        usage: { input_tokens: 3, output_tokens: 2 },
      }),
      aMessage({ id: "m3", role: "user", content: "Two" }),
      aMessage({ id: "m4", role: "assistant", content: "Half of ans" }),
    ]),
  },
);

const think = (delta: string): RunEvent => ({ type: "reasoning_delta", delta });
const at = (now: number, state: ChatState, event: RunEvent) =>
  reduceChat(state, { type: "event", event, context: { ...context, now } });

describe("a thought", () => {
  it("is kept apart from the text, with the time it took", () => {
    let state = play(hello, [user("m1", "Hello"), agent("concierge")]);
    state = at(1_000, state, think("Let me "));
    state = at(3_000, state, think("see."));
    expect(state.messages.at(-1)?.thought).toMatchObject({ text: "Let me see.", seconds: null });
    state = at(9_000, state, delta("Yes."));
    expect(state.messages.at(-1)).toMatchObject({
      content: "Yes.",
      thought: { text: "Let me see.", seconds: 8 },
    });
    expect(at(60_000, state, delta(" No."))?.messages.at(-1)?.thought?.seconds).toBe(8);
  });

  it("comes back from the server, and keeps the time where it was watched", () => {
    const message = aMessage({ id: "m2", role: "assistant", content: "Yes.", reasoning: "Hm." });
    const thread = aThread("t1", [aMessage({ id: "m1", role: "user", content: "Hello" }), message]);
    const fresh = reduceChat(EMPTY_CHAT, { type: "loaded", thread, markOf: () => null });
    expect(fresh.messages.at(-1)?.thought).toEqual({ text: "Hm.", since: null, seconds: null });
    let live = play(hello, [user("m1", "Hello"), agent("concierge")]);
    live = at(5_000, at(0, live, think("Hm.")), delta("Yes."));
    live = at(5_000, live, done());
    const again = reduceChat(live, { type: "loaded", thread, markOf: () => null });
    expect(again.messages.at(-1)?.thought?.seconds).toBe(5);
  });
});

describe("a notice", () => {
  it("is shown once by its code, and leaves with the next message", () => {
    const notice: RunEvent = { type: "notice", code: "model_without_tools", message: "No tools." };
    const state = play(hello, [user("m1", "Hello"), notice, notice, agent("concierge")]);
    expect(state.notices).toEqual([{ code: "model_without_tools", message: "No tools." }]);
    expect(reduceChat(state, sent("Next", state)).notices).toEqual([]);
  });
});

describe("a resumed run", () => {
  const waiting = play(hello, [
    user("m1", "Hello"),
    agent("clerk"),
    call("c1", "shop__order", { sku: "F12" }),
    interrupted(anInterrupt()),
  ]);

  it("begins where the interrupted one ended, and gives the call its result", () => {
    expect(waiting.interrupts).toMatchObject([{ step: "open", answer: null }]);
    expect(waiting.messages.at(-1)?.status).toBe("interrupted");
    const state = play(waiting, [
      { type: "resumed", run_id: "r2", thread_id: "t1" },
      result("c1", "shop__order", { text: "Ordered" }),
      agent("clerk"),
      delta("Done."),
      done(),
    ]);
    expect(state.interrupts).toEqual([]);
    expect(state.messages.map(({ content }) => content)).toEqual(["Hello", "", "Done."]);
    expect(state.messages[1]?.toolCalls[0]?.result).toEqual({ text: "Ordered" });
  });

  it("repeats nothing that the thread has of it", () => {
    const stored = reduceChat(EMPTY_CHAT, {
      type: "loaded",
      markOf: () => null,
      thread: aThread("t1", [
        aMessage({ id: "m1", role: "user", content: "Hello" }),
        aMessage({ id: "m2", role: "assistant", agent: "clerk", status: "interrupted" }),
        aMessage({ id: "m3", role: "assistant", agent: "clerk", content: "Do" }),
      ]),
    });
    const state = play(stored, [
      { type: "resumed", run_id: "r2", thread_id: "t1" },
      agent("clerk"),
      delta("Done."),
      done(),
    ]);
    expect(state.messages.map(({ content }) => content)).toEqual(["Hello", "", "Done."]);
  });
});

describe("attaching to a run", () => {
  it("replaces what the thread keeps of it by its events: nothing is lost or doubled", () => {
    const attached = reduceChat(stored, { type: "attached", runId: "r1" });
    const state = play(attached, [
      user("m3", "Two"),
      agent("concierge"),
      delta("Half of answer two"),
      done(),
    ]);
    expect(state.messages.map(({ content }) => content)).toEqual([
      "One",
      "Answer one",
      "Two",
      "Half of answer two",
    ]);
    expect(state.messages[2]?.key).toBe("m3");
  });
});

describe("edit and regenerate", () => {
  it("cut the conversation at the message they replace, before and after the server agrees", () => {
    const edited = reduceChat(stored, sent("Changed", stored, "m1"));
    expect(edited.messages.map(({ content }) => content)).toEqual(["Changed"]);
    const state = play(edited, [user("m9", "Changed"), agent("concierge"), delta("New"), done()]);
    expect(state.messages.map(({ id, content }) => [id, content])).toEqual([
      ["m9", "Changed"],
      [null, "New"],
    ]);
  });

  it("give everything back when the server refuses", () => {
    const edited = reduceChat(stored, sent("Changed", stored, "m1"));
    const error = { code: "overloaded", message: "Busy.", retryable: true };
    const state = reduceChat(edited, {
      type: "refused",
      before: stored.messages,
      key: "k",
      text: "Changed",
      error,
    });
    expect(state.messages).toEqual(stored.messages);
    expect(state).toMatchObject({ run: null, error, returned: { text: "Changed" } });
  });
});

describe("loading again", () => {
  it("keeps keys and unchanged messages, so that nothing open on the page closes", () => {
    const live = play(hello, [user("m1", "Hello"), agent("concierge"), delta("Hi"), done()]);
    const thread = aThread("t1", [
      aMessage({ id: "m1", role: "user", content: "Hello" }),
      aMessage({
        id: "m2",
        role: "assistant",
        content: "Hi",
        usage: { input_tokens: 10, output_tokens: 5 },
      }),
    ]);
    const once = reduceChat(live, { type: "loaded", thread, markOf: () => null });
    expect(once.messages.map(({ key }) => key)).toEqual(live.messages.map(({ key }) => key));
    expect(once.messages.map(({ id }) => id)).toEqual(["m1", "m2"]);
    const twice = reduceChat(once, { type: "loaded", thread, markOf: () => null });
    expect(twice.messages[1]).toBe(once.messages[1]);
  });

  it("says again why the last answer failed", () => {
    const error = { code: "provider_quota", message: "No credit.", retryable: false } as const;
    const thread = aThread("t1", [
      aMessage({ id: "m1", role: "user", content: "Hello" }),
      aMessage({ id: "m2", role: "assistant", status: "failed", error }),
    ]);
    expect(reduceChat(EMPTY_CHAT, { type: "loaded", thread, markOf: () => null }).error).toEqual(
      error,
    );
  });
});

describe("a stopped run", () => {
  it("is over for the reader, and closed by the next message", () => {
    const running = play(hello, [user("m1", "Hello"), agent("concierge"), delta("We")]);
    const stopping = reduceChat(running, { type: "stopping" });
    expect(isAnswering(stopping)).toBe(false);
    const next = reduceChat(stopping, sent("Again", stopping));
    expect(next.messages.map(({ status }) => status)).toEqual(["complete", "cancelled", "sending"]);
  });
});

describe("threadUsage", () => {
  it("sums what the provider counted, and is null where it never did", () => {
    expect(threadUsage(stored.messages)).toEqual({ input_tokens: 3, output_tokens: 2 });
    expect(threadUsage(hello.messages)).toBeNull();
  });
});
