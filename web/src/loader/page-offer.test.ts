import { afterEach, expect, it, vi } from "vitest";
import type { WidgetOptions } from "../protocol/widget-api";
import type { LoaderMessage } from "../protocol/widget-messages";
import { offerPage, type PageOffer } from "./page-offer";

let offers: PageOffer[] = [];
afterEach(() => {
  for (const offer of offers) offer.stop();
  offers = [];
  Reflect.deleteProperty(document, "modelContext");
});

function offer(options: WidgetOptions) {
  const posted: LoaderMessage[] = [];
  const page = offerPage(options, (message) => posted.push(structuredClone(message)));
  offers.push(page);
  const call = async (name: string, args = {}) => {
    page.receive({ type: "toolCall", id: 1, name, args });
    await vi.waitFor(() => expect(posted.at(-1)).toMatchObject({ id: 1 }));
    return posted.at(-1);
  };
  return { page, posted, call };
}

const add = {
  description: "Adds",
  parameters: { type: "object" },
  run: ({ sku }: { sku: string }) => ({ added: sku }),
};

it("announces names, descriptions and schemas, never functions", () => {
  const { page, posted } = offer({ tools: { add }, context: () => "Fern" });
  page.receive({ type: "ready" });
  const announced = {
    type: "page",
    tools: [{ name: "add", description: "Adds", parameters: { type: "object" } }],
    hasContext: true,
  };
  expect(posted).toEqual([announced, announced]);
});

it("runs a tool and gives back its result", async () => {
  const { call } = offer({ tools: { add } });
  expect(await call("add", { sku: "F12" })).toEqual({
    type: "toolResult",
    id: 1,
    result: { added: "F12" },
  });
});

it("gives back plain data of results with functions and proxies in them", async () => {
  const run = () => new Proxy({ ok: true, retry() {}, list: new Proxy([1], {}) }, {});
  const { call } = offer({ tools: { add: { ...add, run } } });
  expect(await call("add")).toMatchObject({ result: { ok: true, list: [1] } });
});

it.each([
  ["throws", () => Promise.reject(new Error("sold out")), "sold out"],
  ["throws no error", () => Promise.reject("sold out"), "sold out"],
  ["throws null", () => Promise.reject(null), "null"],
  ["throws a symbol", () => Promise.reject(Symbol("sold out")), "Symbol(sold out)"],
])("a tool that %s is an error", async (_name, run, message) => {
  const { call } = offer({ tools: { add: { ...add, run } } });
  expect(await call("add")).toEqual({ type: "toolFailed", id: 1, message });
});

it("leaves out tools that cannot be read, and tells the owner", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const parameters: Record<string, unknown> = { type: "object" };
  parameters.properties = parameters;
  const tools = { loop: { ...add, parameters }, none: null as never, add };
  const { posted } = offer({ tools });
  expect(posted).toMatchObject([{ tools: [{ name: "add" }] }]);
  expect(warn).toHaveBeenCalledTimes(2);
});

it.each(["gone", "constructor", "__proto__"])("a tool that is not there, as %s", async (name) => {
  const { call } = offer({ tools: { add } });
  expect(await call(name)).toMatchObject({ type: "toolFailed" });
});

it("aborts the tool that the frame gives up, and all when it ends", async () => {
  const signals: AbortSignal[] = [];
  const run = (_args: object, { signal }: { signal: AbortSignal }) =>
    new Promise(() => signals.push(signal));
  const { page } = offer({ tools: { add: { ...add, run } } });
  page.receive({ type: "toolCall", id: 1, name: "add", args: {} });
  page.receive({ type: "toolCall", id: 2, name: "add", args: {} });
  page.receive({ type: "toolAbort", id: 1 });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  page.stop();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

it.each<[string, WidgetOptions["context"], unknown]>([
  ["a text", "Fern", "Fern"],
  ["a function", () => ({ sku: "F12" }), { sku: "F12" }],
  ["a promise", async () => "Fern", "Fern"],
])("asks for a context given as %s at each message", async (_name, context, expected) => {
  const { page, posted } = offer({ context });
  page.receive({ type: "context", id: 4 });
  await vi.waitFor(() =>
    expect(posted.at(-1)).toEqual({ type: "context", id: 4, context: expected }),
  );
});

it("has no context where its function throws, and tells the owner", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { page, posted } = offer({
    context: () => {
      throw new Error("no product");
    },
  });
  page.receive({ type: "context", id: 4 });
  await vi.waitFor(() => expect(posted.at(-1)).toMatchObject({ id: 4, context: null }));
  expect(warn).toHaveBeenCalledOnce();
});

it.each([
  ["text", '{"type":"object"}', '{"sku":"F12"}', '{"ok":true}'],
  ["objects", { type: "object" }, { sku: "F12" }, { ok: true }],
])("offers the tools of WebMCP, with values as %s", async (_name, inputSchema, input, output) => {
  const executeTool = vi.fn(async (..._args: unknown[]) => output);
  const find = {
    name: "find",
    description: "Finds",
    inputSchema,
    annotations: { readOnlyHint: true },
  };
  const shadowed = { ...find, name: "add" };
  let tools = [find, shadowed];
  const modelContext = Object.assign(new EventTarget(), {
    getTools: async () => tools,
    executeTool,
  });
  Object.defineProperty(document, "modelContext", { configurable: true, value: modelContext });

  const { posted, call } = offer({ tools: { add }, webmcp: true });
  await vi.waitFor(() => expect(posted).toHaveLength(1));
  expect(posted[0]).toMatchObject({
    tools: [
      { name: "add", description: "Adds" },
      { name: "find", parameters: inputSchema, readOnly: true },
    ],
  });
  expect(await call("find", { sku: "F12" })).toMatchObject({ result: { ok: true } });
  expect(executeTool.mock.calls[0]?.slice(0, 2)).toEqual([find, input]);

  tools = [];
  modelContext.dispatchEvent(new Event("toolchange"));
  await vi.waitFor(() => expect(posted.at(-1)).toMatchObject({ tools: [{ name: "add" }] }));
  expect(await call("find")).toMatchObject({ type: "toolFailed" });
});

const throwing = () => {
  throw new Error("no");
};

it.each([
  {},
  undefined,
  { getTools: throwing, executeTool: throwing, addEventListener() {}, removeEventListener() {} },
])("does without WebMCP where the browser has %o", async (modelContext) => {
  Object.defineProperty(document, "modelContext", { configurable: true, value: modelContext });
  const { posted } = offer({ tools: { add }, webmcp: true });
  expect(posted).toMatchObject([{ tools: [{ name: "add" }] }]);
});
