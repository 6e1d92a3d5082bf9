import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageTool } from "../../api/chat";
import { ApiError } from "../../api/http";
import { announcement } from "./announcement";
import { forgetRequests } from "./outbox";
import { forgetPageTools, pageToolMark } from "./page-tool-marks";
import type { PageTools } from "./page-tools";
import {
  agent,
  aMessage,
  anInterrupt,
  aThread,
  call,
  delta,
  done,
  interrupted,
  TestRun,
} from "./test-server";
import { sendHello, settle, setUp } from "./test-store";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  forgetRequests();
  forgetPageTools();
});

const ADD_TO_CART: PageTool = {
  name: "add_to_cart",
  description: "Puts a product into the cart",
  parameters: { type: "object" },
  read_only: false,
};

function aPage(over: Partial<PageTools> = {}) {
  const run = vi.fn<PageTools["run"]>(async () => ({ result: { ok: true } }));
  return { list: () => [ADD_TO_CART], context: async () => "Fern, 12 cm", run, ...over };
}

const pageTool = (over = {}) =>
  anInterrupt({
    id: "i2",
    reason: "page_tool",
    tool: "page__add_to_cart",
    tool_call_id: "c2",
    read_only: false,
    ...over,
  });

async function waiting(
  interrupts: ReturnType<typeof anInterrupt>[],
  page: PageTools | undefined = undefined,
) {
  const all = setUp(page);
  const run = await sendHello(all);
  run.send(agent("clerk"));
  for (const { tool_call_id, tool } of interrupts) run.send(call(tool_call_id, tool));
  all.server.next = new TestRun("r2", "t1");
  run.send(interrupted(...interrupts));
  await settle();
  const steps = () => all.store.getState().interrupts.map(({ step }) => step);
  const resumes = () => all.server.requests.slice(1).map(({ resume }) => resume);
  return { ...all, steps, resumes };
}

const allow = { type: "allow", remember: false } as const;

describe("an approval", () => {
  it("is sent with the visitor's choice, and the run goes on", async () => {
    const all = await waiting([anInterrupt()]);
    expect(all.steps()).toEqual(["open"]);
    all.store.choose("i1", allow);
    await settle();
    expect(all.server.requests[1]).toEqual({
      thread_id: "t1",
      resume: [{ interrupt_id: "i1", status: "resolved", payload: { approved: true } }],
      key: "key-2",
    });
    all.server.next.resume();
    all.server.next.send(agent("clerk"), delta("Ordered."), done());
    await settle();
    expect(all.contents()).toEqual(["Hello", "", "Ordered."]);
    expect(all.steps()).toEqual([]);
  });

  it.each([
    [
      "remembered for the conversation",
      { type: "allow", remember: true } as const,
      { approved: true, remember: "thread" },
    ],
    ["refused", { type: "refuse" } as const, { approved: false }],
  ])("can be %s", async (_, choice, payload) => {
    const all = await waiting([anInterrupt()]);
    all.store.choose("i1", choice);
    await settle();
    expect(all.resumes()).toEqual([[{ interrupt_id: "i1", status: "resolved", payload }]]);
  });

  it("waits until every card is decided, and sends all answers at once", async () => {
    const question = anInterrupt({ id: "i3", reason: "question", schema: {} });
    const all = await waiting([anInterrupt(), question]);
    all.store.choose("i1", allow);
    await settle();
    expect(all.resumes()).toEqual([]);
    all.store.choose("i3", { type: "skip" });
    await settle();
    expect(all.resumes()).toMatchObject([
      [{ interrupt_id: "i1" }, { interrupt_id: "i3", status: "cancelled" }],
    ]);
    expect(JSON.stringify(all.resumes())).not.toContain('"payload":{}');
  });

  it("keeps its bytes and its key until the server has taken it, also over a reload", async () => {
    const all = await waiting([anInterrupt()]);
    const bodies: string[] = [];
    const start = vi.spyOn(all.server, "startRun").mockImplementation(async (body, key) => {
      bodies.push(`${key} ${body}`);
      throw new ApiError(0, "offline", "No network.");
    });
    all.store.choose("i1", allow);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.store.getState()).toMatchObject({ run: null, error: { retryable: true } });
    all.store.retry();
    await vi.advanceTimersByTimeAsync(60_000);
    start.mockRestore();

    const after = setUp();
    const taken = vi.spyOn(after.server, "startRun").mockImplementation(async (body, key) => {
      bodies.push(`${key} ${body}`);
      return all.server.next.read(0, new AbortController().signal);
    });
    after.server.threads.set("t1", aThread("t1", [], { interrupts: [anInterrupt()] }));
    after.store.open("t1");
    await settle();
    expect(taken).toHaveBeenCalledTimes(1);
    expect(new Set(bodies).size).toBe(1);
  });

  it("opens its card again when the server refuses the answer", async () => {
    const all = await waiting([anInterrupt()]);
    all.server.refusal = new ApiError(422, "invalid_request", "The answer does not fit.");
    all.store.choose("i1", allow);
    await settle();
    expect(all.steps()).toEqual(["open"]);
    expect(all.store.getState()).toMatchObject({ run: null, error: { code: "invalid_request" } });
  });

  it("that was answered elsewhere goes away", async () => {
    const all = await waiting([anInterrupt()]);
    all.server.refusal = new ApiError(409, "interrupt_not_open", "It was answered.");
    all.server.threads.set("t1", aThread("t1", []));
    all.store.choose("i1", allow);
    await settle();
    expect(all.steps()).toEqual([]);
  });

  it("is cancelled by a new message", async () => {
    const all = await waiting([anInterrupt()]);
    expect(all.store.send("Never mind")).toBe(true);
    await settle();
    expect(all.steps()).toEqual([]);
    expect(all.resumes()).toEqual([undefined]);
  });

  it("is announced with the name of who asks", async () => {
    const all = setUp();
    const said: string[] = [];
    all.store.subscribe((after, before) => {
      const sentence = announcement(before, after, () => "Clerk");
      if (sentence) said.push(sentence);
    });
    const run = await sendHello(all);
    run.send(agent("clerk"), call("c1", "shop__order"), interrupted(anInterrupt()));
    await settle();
    expect(said).toEqual(["Clerk is answering", "Clerk asks for your permission"]);
  });
});

describe("a page tool", () => {
  it("is offered with each request, together with what the page says", async () => {
    const all = setUp(aPage());
    await sendHello(all);
    expect(all.server.requests[0]).toMatchObject({
      page_tools: [ADD_TO_CART],
      page_context: "Fern, 12 cm",
    });
  });

  it("that only reads runs by itself and sends its result", async () => {
    const page = aPage();
    const all = await waiting([pageTool({ read_only: true })], page);
    await settle();
    expect(page.run).toHaveBeenCalledWith("add_to_cart", { sku: "F12" }, expect.anything());
    expect(all.resumes()).toEqual([
      [{ interrupt_id: "i2", status: "resolved", payload: { result: { ok: true } } }],
    ]);
  });

  it("that returns nothing has a result all the same", async () => {
    const all = await waiting(
      [pageTool({ read_only: true })],
      aPage({ run: async () => ({ result: undefined }) }),
    );
    await settle();
    expect(all.resumes()).toMatchObject([[{ payload: { result: null } }]]);
  });

  it("that changes something asks first, and is cancelled when it is refused", async () => {
    const page = aPage();
    const all = await waiting([pageTool()], page);
    expect(all.steps()).toEqual(["open"]);
    all.store.choose("i2", { type: "refuse" });
    await settle();
    expect(page.run).not.toHaveBeenCalled();
    expect(all.resumes()).toEqual([[{ interrupt_id: "i2", status: "cancelled" }]]);
  });

  it("runs only when every other card is decided", async () => {
    const page = aPage();
    const all = await waiting([anInterrupt(), pageTool({ read_only: true })], page);
    await settle();
    expect(page.run).not.toHaveBeenCalled();
    expect(all.steps()).toEqual(["open", "queued"]);
    all.store.choose("i1", allow);
    await settle();
    expect(page.run).toHaveBeenCalledTimes(1);
    expect(all.resumes()[0]).toHaveLength(2);
  });

  it.each([
    ["throws", async () => Promise.reject(new Error("no")), 0, "The page's tool failed."],
    ["never ends", () => new Promise<never>(() => undefined), 60_000, /60 seconds/],
    ["is gone", async () => ({ error: "There is no such tool." }), 0, "There is no such tool."],
  ])("that %s gives an error", async (_, run, ms, error) => {
    const all = await waiting([pageTool({ read_only: true })], aPage({ run }));
    await vi.advanceTimersByTimeAsync(ms);
    const matching = typeof error === "string" ? error : expect.stringMatching(error);
    expect(all.resumes()).toEqual([
      [{ interrupt_id: "i2", status: "resolved", payload: { error: matching } }],
    ]);
  });

  it("that was begun before a reload asks whether to run it again", async () => {
    const first = await waiting(
      [pageTool({ read_only: true })],
      aPage({
        run: () => new Promise<never>(() => undefined),
      }),
    );
    expect(first.steps()).toEqual(["running"]);
    expect(pageToolMark("i2")).toBe("begun");
    first.store.reset();

    const page = aPage();
    const after = setUp(page);
    const thread = aThread("t1", [aMessage({ id: "m1", role: "user", content: "Hello" })], {
      interrupts: [pageTool({ read_only: true })],
    });
    after.server.threads.set("t1", thread);
    after.store.open("t1");
    await settle();
    expect(after.store.getState().interrupts).toMatchObject([{ step: "unsure" }]);
    expect(page.run).not.toHaveBeenCalled();
    after.store.choose("i2", { type: "run" });
    await settle();
    expect(page.run).toHaveBeenCalledTimes(1);
    expect(after.server.requests).toMatchObject([{ resume: [{ interrupt_id: "i2" }] }]);
  });

  it("that a duplicate of this tab runs is left to it", async () => {
    const names: string[] = [];
    const request = async (name: string, _: object, grant: (lock: null) => unknown) => {
      names.push(name);
      return grant(null);
    };
    vi.stubGlobal("navigator", { ...navigator, locks: { request } });
    const page = aPage();
    const all = await waiting([pageTool()], page);
    all.store.choose("i2", allow);
    await settle();
    expect(names).toEqual(["so.page-tool.i2"]);
    expect(page.run).not.toHaveBeenCalled();
    expect(all.steps()).toEqual(["elsewhere"]);
    expect(pageToolMark("i2")).toBeNull();
    vi.unstubAllGlobals();
  });

  it("holds its lock until the server has the result", async () => {
    let isReleased = false;
    const request = async (name: string, _: object, grant: (lock: object) => unknown) => {
      await grant({ name });
      isReleased = true;
    };
    vi.stubGlobal("navigator", { ...navigator, locks: { request } });
    const all = await waiting([pageTool({ read_only: true })], aPage());
    await settle();
    expect(all.resumes()).toHaveLength(1);
    expect(isReleased).toBe(false);
    all.server.next.resume();
    await settle();
    expect(isReleased).toBe(true);
    vi.unstubAllGlobals();
  });

  it("of another tab is waited for, and offered here after a minute", async () => {
    const page = aPage();
    const all = setUp(page);
    all.server.threads.set("t1", aThread("t1", [], { interrupts: [pageTool()] }));
    all.store.open("t1");
    await settle();
    const step = () => all.store.getState().interrupts[0]?.step;
    expect(step()).toBe("elsewhere");
    await vi.advanceTimersByTimeAsync(59_000);
    expect(step()).toBe("elsewhere");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(step()).toBe("claimable");
    all.store.choose("i2", { type: "run" });
    await settle();
    expect(page.run).toHaveBeenCalledTimes(1);
  });

  it("is not offered here by a page that does not have it", async () => {
    const all = setUp(aPage({ list: () => [] }));
    all.server.threads.set("t1", aThread("t1", [], { interrupts: [pageTool()] }));
    all.store.open("t1");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(all.store.getState().interrupts[0]?.step).toBe("elsewhere");
  });
});
