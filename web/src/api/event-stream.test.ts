import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../protocol/types";
import { backoff, type ReadRunOptions, readRun, SILENCE_MS } from "./event-stream";
import { ApiError } from "./http";

class FakeResponse {
  readonly response: Response;
  private control!: ReadableStreamDefaultController<Uint8Array>;

  constructor() {
    const body = new ReadableStream<Uint8Array>({
      start: (control) => {
        this.control = control;
      },
    });
    this.response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  send(id: number, event: RunEvent): this {
    return this.text(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  text(text: string): this {
    this.control.enqueue(new TextEncoder().encode(text));
    return this;
  }

  cut(): this {
    this.control.error(new TypeError("network error"));
    return this;
  }

  close(): this {
    this.control.close();
    return this;
  }
}

const user: RunEvent = {
  type: "user_message",
  run_id: "r1",
  thread_id: "t1",
  message: { id: "m1", role: "user", content: "hi", created_at: "2026-01-01T00:00:00Z" },
};
const delta = (text: string): RunEvent => ({ type: "content_delta", delta: text });
const done: RunEvent = { type: "done", status: "completed", truncated: false, usage: null };
const offline = () => new ApiError(0, "offline", "No network.");

interface Reading {
  events: RunEvent[];
  states: string[];
  page: EventTarget;
  stop: AbortController;
  end: Promise<string>;
}

function read(options: Partial<ReadRunOptions>): Reading {
  const events: RunEvent[] = [];
  const states: string[] = [];
  const page = new EventTarget();
  const stop = new AbortController();
  const end = readRun({
    resume: () => Promise.reject(new Error("not expected to resume")),
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    signal: stop.signal,
    environment: { random: () => 1, page },
    ...options,
  });
  end.catch(() => undefined);
  return { events, states, page, stop, end };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("readRun", () => {
  it("delivers the events of a started run and ends at done", async () => {
    const answer = new FakeResponse().send(1, user).send(2, delta("a")).send(3, done);
    const reading = read({ start: async () => answer.response });
    await expect(reading.end).resolves.toBe("done");
    expect(reading.events).toEqual([user, delta("a"), done]);
  });

  it("resumes after the last event when the connection breaks, and drops repeated events", async () => {
    const first = new FakeResponse().send(1, user).send(2, delta("a"));
    const second = new FakeResponse().send(2, delta("a")).send(3, delta("b")).send(4, done);
    const resume = vi.fn(async () => second.response);
    const reading = read({ start: async () => first.response, resume });
    await settle();
    first.cut();
    await settle();
    expect(reading.states.at(-1)).toBe("reconnecting");
    expect(resume).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(500);
    await expect(reading.end).resolves.toBe("done");
    expect(resume).toHaveBeenCalledWith("r1", 2, expect.any(AbortSignal));
    expect(reading.events).toEqual([user, delta("a"), delta("b"), done]);
    expect(reading.states.at(-1)).toBe("open");
  });

  it("resumes when the response ends without done", async () => {
    const first = new FakeResponse().send(1, user).close();
    const second = new FakeResponse().send(2, done);
    const reading = read({
      start: async () => first.response,
      resume: async () => second.response,
    });
    await vi.advanceTimersByTimeAsync(500);
    await expect(reading.end).resolves.toBe("done");
  });

  it("reconnects after 25 s of silence; heartbeats keep it open", async () => {
    const first = new FakeResponse().send(1, user);
    const second = new FakeResponse().send(2, done);
    const resume = vi.fn(async () => second.response);
    const reading = read({ start: async () => first.response, resume });
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    first.text(": beat\n\n");
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(reading.states).not.toContain("reconnecting");
    await vi.advanceTimersByTimeAsync(1 + 500);
    await expect(reading.end).resolves.toBe("done");
    expect(resume).toHaveBeenCalledTimes(1);
  });

  it("repeats a request that has no answer after 25 s", async () => {
    const second = new FakeResponse().send(1, done);
    const resume = vi
      .fn()
      .mockImplementationOnce(
        (_run: string, _after: number, signal: AbortSignal) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
          }),
      )
      .mockImplementationOnce(async () => second.response);
    const reading = read({ runId: "r1", resume });
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 500);
    await expect(reading.end).resolves.toBe("done");
  });

  it("drops a resume without an answer after 5 s, then 10 and 20 s", async () => {
    const first = new FakeResponse().send(1, user);
    const asked: number[] = [];
    const began = Date.now();
    const resume = vi.fn(
      (_run: string, _after: number, signal: AbortSignal) =>
        new Promise<Response>((_, reject) => {
          asked.push(Date.now() - began);
          signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        }),
    );
    const reading = read({ start: async () => first.response, resume });
    await settle();
    first.cut();
    await vi.advanceTimersByTimeAsync(80_000);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    // Each gap is the wait for a response and the pause after it (0.5, 1, 2, 4 s).
    expect(gaps.slice(0, 3)).toEqual([6_000, 12_000, 24_000]);
    const answer = new FakeResponse().send(2, done);
    resume.mockImplementation(async () => answer.response);
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(reading.end).resolves.toBe("done");
  });

  it("repeats a message whose answer was lost before its first event", async () => {
    const answer = new FakeResponse().send(1, user).send(2, done);
    const start = vi
      .fn()
      .mockRejectedValueOnce(offline())
      .mockImplementationOnce(async () => answer.response);
    const reading = read({ start });
    await vi.advanceTimersByTimeAsync(500);
    await expect(reading.end).resolves.toBe("done");
    expect(start).toHaveBeenCalledTimes(2);
  });

  it("fails when a message cannot be delivered", async () => {
    const start = vi.fn().mockImplementation(() => Promise.reject(offline()));
    const reading = read({ start });
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(reading.end).rejects.toMatchObject({ code: "offline" });
    expect(start).toHaveBeenCalledTimes(6);
  });

  it.each([
    [401, "not_signed_in"],
    [409, "run_in_progress"],
    [503, "overloaded"],
  ])("does not repeat a message that was refused with %i %s", async (status, code) => {
    const start = vi.fn(() => Promise.reject(new ApiError(status, code, "No.")));
    await expect(read({ start }).end).rejects.toMatchObject({ code });
    expect(start).toHaveBeenCalledTimes(1);
  });

  it("keeps trying to resume through server errors, for as long as the server asks", async () => {
    const answer = new FakeResponse().send(1, done);
    const resume = vi
      .fn()
      .mockRejectedValueOnce(new ApiError(503, "shutting_down", "Wait.", 3))
      .mockRejectedValueOnce(offline())
      .mockImplementationOnce(async () => answer.response);
    const reading = read({ runId: "r1", resume });
    await vi.advanceTimersByTimeAsync(2999);
    expect(resume).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(resume).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1000);
    await expect(reading.end).resolves.toBe("done");
  });

  it("tries at once when the network comes back", async () => {
    const answer = new FakeResponse().send(1, done);
    const resume = vi
      .fn()
      .mockRejectedValueOnce(offline())
      .mockImplementationOnce(async () => answer.response);
    const reading = read({ runId: "r1", resume });
    await settle();
    reading.page.dispatchEvent(new Event("online"));
    await settle();
    await expect(reading.end).resolves.toBe("done");
  });

  it("recognises a run that has ended", async () => {
    const nothing = new Response(null, { status: 204 });
    await expect(read({ runId: "r1", resume: async () => nothing }).end).resolves.toBe("gone");
    const forgotten = new ApiError(404, "run_not_found", "Gone.");
    const reading = read({ runId: "r1", resume: () => Promise.reject(forgotten) });
    await expect(reading.end).resolves.toBe("gone");
  });

  it("lets the page leave for the back/forward cache and resumes on its return", async () => {
    const first = new FakeResponse().send(1, user).send(2, delta("a"));
    const second = new FakeResponse().send(3, done);
    let aborted = false;
    const resume = vi.fn(async () => second.response);
    const reading = read({
      start: async (signal) => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        return first.response;
      },
      resume,
    });
    await settle();
    reading.page.dispatchEvent(new Event("pagehide"));
    expect(aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(resume).not.toHaveBeenCalled();
    expect(reading.states).not.toContain("reconnecting");
    reading.page.dispatchEvent(new Event("pageshow"));
    await settle();
    await expect(reading.end).resolves.toBe("done");
    expect(resume).toHaveBeenCalledWith("r1", 2, expect.any(AbortSignal));
  });

  it("stops reading when aborted, also while it waits", async () => {
    const open = read({ start: async () => new FakeResponse().send(1, user).response });
    await settle();
    open.stop.abort();
    await expect(open.end).resolves.toBe("aborted");
    const waiting = read({ runId: "r1", resume: () => Promise.reject(offline()) });
    await settle();
    waiting.stop.abort();
    await expect(waiting.end).resolves.toBe("aborted");
  });

  it("rejects a response that is not an event stream", async () => {
    const portal = () => new Response("<p>Sign in to the hotel</p>", { status: 200 });
    const start = vi.fn(async () => portal());
    const reading = read({ start });
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(reading.end).rejects.toMatchObject({ code: "offline" });
    expect(reading.events).toEqual([]);
  });
});

describe("backoff", () => {
  it("doubles up to 10 s, half of it random", () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((n) => backoff(n, () => 1))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
    expect(backoff(1, () => 0)).toBe(250);
  });
});
