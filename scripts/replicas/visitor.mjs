// A visitor without a browser that behaves like a good client: retries what may be retried, and
// resumes a run after a lost connection.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** Longest wait for an answer, and for a retried request. */
const answerWithin = 20_000;
const retriedWithin = 60_000;
/** Statuses after which a retry may succeed. */
const passing = new Set([502, 503, 504]);

/** An error response. */
export class Refused extends Error {
  constructor(status, body) {
    super(`${status}: ${body}`);
    this.status = status;
  }
}

/** Whether a request failed to connect, rather than getting a wrong answer. */
function isLost(error) {
  return error.name === "TimeoutError" || (error instanceof TypeError && "cause" in error) ||
    error.message === "terminated";
}

/** Retries `work` until it succeeds; `failed` is called for each failed attempt. */
export async function retried(work, failed = () => {}) {
  const deadline = Date.now() + retriedWithin;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const again = isLost(error) || (error instanceof Refused && passing.has(error.status));
      if (!again || Date.now() > deadline) throw error;
      failed(error);
      // pause: a good client does not retry at once
      await pause(200);
    }
  }
}

/** The numbered events of a stream, until it ends or breaks. */
async function* eventsOf(response) {
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const messages = text.split("\n\n");
    text = messages.pop();
    for (const message of messages) {
      const match = /^id: (\d+)\ndata: (.*)$/.exec(message);
      if (match) yield { number: Number(match[1]), ...JSON.parse(match[2]) };
      else assert.match(message, /^:/, "a message is an event or a comment");
    }
  }
}

export class Visitor {
  /** @param {string} origin nginx, or one replica */
  constructor(origin, { cookies = new Map(), headers = {} } = {}) {
    this.origin = origin;
    this.cookies = cookies;
    this.headers = headers;
  }

  /** The same visitor at another origin. */
  at(origin) {
    return new Visitor(origin, { cookies: this.cookies, headers: this.headers });
  }

  /** One request without retries; returns any response. */
  async ask(method, path, { body, headers, signal = AbortSignal.timeout(answerWithin) } = {}) {
    const cookie = [...this.cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(`${this.origin}${path}`, {
      method,
      signal,
      headers: {
        ...(body ? { "content-type": "application/json" } : {}),
        ...(cookie ? { cookie } : {}),
        ...this.headers,
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return response;
  }

  /** One request without retries; returns its JSON, or throws Refused. */
  async json(method, path, options) {
    const response = await this.ask(method, path, options);
    const text = await response.text();
    if (!response.ok) throw new Refused(response.status, text);
    return text ? JSON.parse(text) : undefined;
  }

  get(path) {
    return retried(() => this.json("GET", path));
  }

  async signIn({ passcode, apiKey }) {
    const session = await this.json("POST", "/api/login", { body: { passcode } });
    if (apiKey) await this.json("POST", "/api/settings", { body: { api_key: apiKey } });
    return session;
  }

  /** All threads, with their messages. */
  async threads() {
    const threads = [];
    let next = "";
    do {
      const page = await this.get(`/api/threads?limit=100${next}`);
      for (const { id } of page.items) threads.push(await this.get(`/api/threads/${id}`));
      next = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : null;
    } while (next);
    return threads;
  }

  /** Sends a message, or follows `run`; returns a reader of its events. */
  chat(body) {
    return new Reader(this, { body });
  }
  follow(run, after = 0) {
    return new Reader(this, { run, after });
  }
}

/** Reads a run, over as many connections as needed. */
export class Reader {
  events = [];
  /** When each event arrived. */
  times = [];
  /** Lost or refused connections. */
  lost = 0;
  /** Whether the run had ended and its events were gone before all were read. */
  isGone = false;

  constructor(visitor, { body, run, after = 0 }) {
    this.visitor = visitor;
    this.body = body;
    this.key = randomUUID();
    this.run = run;
    this.last = after;
    this.stream = this.#read();
  }

  get text() {
    return textOf(this.events);
  }
  get thread() {
    return this.events[0].thread_id;
  }
  get done() {
    return this.events.at(-1);
  }

  /** Reads until an event for which `wanted` is true, and returns it. */
  async until(wanted) {
    for (;;) {
      const { value, done } = await this.stream.next();
      assert(!done, `the stream ended before that: ${JSON.stringify(this.events.at(-1))}`);
      if (wanted(value)) return value;
    }
  }

  /** Reads to the end. */
  async rest() {
    for await (const _ of this.stream);
    return this;
  }

  async *#read() {
    while (this.events.at(-1)?.type !== "done" && !this.isGone) {
      try {
        const response = await retried(() => this.#open(), () => {
          this.lost += 1;
        });
        this.isGone = response.status === 204;
        if (this.isGone) return;
        for await (const event of eventsOf(response)) {
          assert.equal(event.number, this.last + 1, "no event is missing or doubled");
          this.last = event.number;
          if (event.run_id) this.run = event.run_id;
          this.events.push(event);
          this.times.push(Date.now());
          yield event;
        }
        if (this.events.at(-1)?.type !== "done") this.lost += 1;
      } catch (error) {
        if (!isLost(error)) throw error;
        this.lost += 1;
      }
    }
  }

  async #open() {
    const response = this.run
      ? await this.visitor.ask("GET", `/api/runs/${this.run}/events`, {
          headers: { "last-event-id": `${this.last}` },
          signal: null,
        })
      : await this.visitor.ask("POST", "/api/chat", {
          body: this.body,
          headers: { "idempotency-key": this.key },
          signal: null,
        });
    if (response.status !== 200 && response.status !== 204) throw new Refused(response.status, await response.text());
    return response;
  }
}

/** The text of the answer. */
export function textOf(events) {
  return events.map((event) => event.delta ?? "").join("");
}
