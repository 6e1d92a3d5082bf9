// Plays threads and runs in the page in place of the API's, for situations that no provider
// produces on demand: the same bytes, at a pace set by the test.
import type { Page } from "@playwright/test";

export type PlayedEvent = { type: string } & Record<string, unknown>;

const at = "2026-01-01T00:00:00Z";

export function aMessage(over: Record<string, unknown>) {
  return {
    agent: over.role === "assistant" ? "concierge" : null,
    content: "",
    reasoning: null,
    tool_calls: [],
    status: "complete",
    truncated: false,
    usage: null,
    error: null,
    created_at: at,
    ...over,
  };
}

export function anInterrupt(over: Record<string, unknown> = {}) {
  return {
    id: "i1",
    reason: "approval",
    tool: "shop__order",
    tool_call_id: "c1",
    message: "Order 2 × Fern, 12 cm",
    arguments: { sku: "F12", note: "At the door" },
    schema: null,
    expires_at: "2099-01-01T00:00:00Z",
    ...over,
  };
}

/** Serves a thread `id` as the API would, until another one is played under that id. */
export async function playThread(page: Page, id: string, over: Record<string, unknown>) {
  const url = new RegExp(`/api/threads/${id}(\\?|$)`);
  await page.unroute(url);
  await page.route(url, (route) =>
    route.fulfill({
      json: {
        id,
        title: "A played conversation",
        created_at: at,
        updated_at: at,
        agent: "concierge",
        active_run_id: null,
        interrupts: [],
        next_before: null,
        messages: [],
        ...over,
      },
    }),
  );
}

interface Player {
  script: { events: PlayedEvent[]; gap: number }[];
  bodies: string[];
}
type PlayedWindow = Window & { player?: Player };

/** Answers `POST /api/chat` with scripted runs. Call it before the page is opened. */
export async function installPlayer(page: Page) {
  await page.addInitScript(() => {
    const player: Player = { script: [], bodies: [] };
    (window as PlayedWindow).player = player;
    const real = window.fetch;
    window.fetch = async (input, init) => {
      const run = String(input).endsWith("/api/chat") ? player.script.shift() : undefined;
      if (!run) return real(input, init);
      player.bodies.push(String(init?.body));
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>({
        async start(stream) {
          for (const [index, event] of run.events.entries()) {
            const data = `id: ${index + 1}\ndata: ${JSON.stringify(event)}\n\n`;
            stream.enqueue(encoder.encode(data));
            // pause: the pace of the played answer
            if (run.gap > 0) await new Promise((resolve) => setTimeout(resolve, run.gap));
          }
          if (run.events.at(-1)?.type === "done") stream.close();
        },
      });
      return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    };
  });
}

/** Plays `events` as the next run, one every `gap` ms. Without `done` it stays live. */
export async function playRun(page: Page, events: PlayedEvent[], gap = 0) {
  await page.evaluate((run) => (window as PlayedWindow).player?.script.push(run), { events, gap });
}

/** The bodies with which the page has started runs. */
export async function sentBodies(page: Page): Promise<Record<string, unknown>[]> {
  const bodies = await page.evaluate(() => (window as PlayedWindow).player?.bodies ?? []);
  return bodies.map((body) => JSON.parse(body));
}

export const begun = (content: string, thread = "played"): PlayedEvent => ({
  type: "user_message",
  run_id: "r1",
  thread_id: thread,
  message: { id: "m1", role: "user", content, created_at: at },
});
export const resumed: PlayedEvent = { type: "resumed", run_id: "r2", thread_id: "played" };
export const agent = (id = "concierge"): PlayedEvent => ({ type: "agent_updated", agent: id });
export const delta = (text: string): PlayedEvent => ({ type: "content_delta", delta: text });
export const thought = (text: string): PlayedEvent => ({ type: "reasoning_delta", delta: text });
export const call = (id: string, tool: string): PlayedEvent => ({
  type: "tool_call",
  id,
  tool,
  arguments: {},
  origin: "server",
});
export const done = (status = "completed", over = {}): PlayedEvent => ({
  type: "done",
  status,
  truncated: false,
  usage: null,
  ...over,
});
/** A text in pieces of `size` characters. */
export const inPieces = (text: string, size: number) =>
  (text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? []).map(delta);
