import { expect, it } from "vitest";
import { awaitHandshake } from "./handshake";

const HOST = "https://shop.example";

/** A frame whose parent is the test. */
function makeFrame(ancestorOrigins?: string[]) {
  const parent = {};
  const frame = Object.assign(new EventTarget(), { parent, location: { ancestorOrigins } });
  const post = (fields: { data?: unknown; origin?: string; source?: unknown; ports?: unknown }) => {
    const event = Object.assign(new Event("message"), {
      data: { so: 1, type: "init", title: "Help" },
      origin: HOST,
      source: parent,
      ports: [new MessageChannel().port1],
      ...fields,
    });
    frame.dispatchEvent(event);
  };
  return { frame: frame as unknown as Window, post };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const nothing = {};
  return (await Promise.race([promise, Promise.resolve(nothing)])) === nothing;
}

it.each([
  ["another window than the parent", { source: {} }],
  ["an origin that is not the parent's", { origin: "https://evil.example" }],
  ["no handshake", { data: { type: "init" } }],
  ["a string", { data: "init" }],
  ["null", { data: null }],
  ["no port", { ports: [] }],
])("ignores %s", async (_name, forged) => {
  const { frame, post } = makeFrame([HOST]);
  const greeted = awaitHandshake(frame);
  post(forged);
  expect(await isPending(greeted)).toBe(true);
  post({});
  expect(await greeted).toMatchObject({ origin: HOST, init: { title: "Help" } });
});

it("ignores all after the first", async () => {
  const { frame, post } = makeFrame([HOST]);
  const greeted = awaitHandshake(frame);
  post({});
  post({ data: { so: 1, type: "init", title: "Another" } });
  expect((await greeted).init.title).toBe("Help");
});

it("goes by the sender alone where the browser does not name the parent", async () => {
  const { frame, post } = makeFrame(undefined);
  const greeted = awaitHandshake(frame);
  post({});
  expect((await greeted).origin).toBe(HOST);
});

it("never greets itself at the top", async () => {
  const { frame, post } = makeFrame();
  Object.assign(frame, { parent: frame });
  const greeted = awaitHandshake(frame);
  post({ source: frame });
  expect(await isPending(greeted)).toBe(true);
});
