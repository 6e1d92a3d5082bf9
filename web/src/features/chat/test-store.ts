// A chat store for tests with its own server; records events and notifications.
import { vi } from "vitest";
import type { TabMessage } from "../../api/tab-channel";
import type { ChatEvent } from "../../protocol/widget-messages";
import { ChatEvents } from "./chat-events";
import { ChatStore } from "./chat-store";
import { NO_PAGE_TOOLS, type PageTools } from "./page-tools";
import { aMessage, TestServer } from "./test-server";

export function setUp(page: PageTools = NO_PAGE_TOOLS) {
  const server = new TestServer();
  const events = new ChatEvents();
  const heard: ChatEvent[] = [];
  events.on((event) => heard.push(event));
  const notified: TabMessage[] = [];
  let frames: (() => void)[] = [];
  let ids = 0;
  const store = new ChatStore({
    server,
    events,
    page,
    notify: (message) => notified.push(message),
    onFrame: (run) => {
      frames.push(run);
      return () => {
        frames = frames.filter((frame) => frame !== run);
      };
    },
    newId: () => {
      ids += 1;
      return `key-${ids}`;
    },
    environment: { random: () => 1, page: new EventTarget() },
  });
  const paint = () => {
    for (const frame of frames.splice(0)) frame();
  };
  const contents = () => store.getState().messages.map(({ content }) => content);
  return { server, store, heard, notified, paint, contents, frames: () => frames.length };
}

/** Lets pending promises settle; timers are fake. */
export const settle = () => vi.advanceTimersByTimeAsync(0);

/** A message being sent, and the first event of its run. */
export async function sendHello(all: ReturnType<typeof setUp>) {
  all.store.send("Hello");
  await settle();
  all.server.next.begin("m1", "Hello");
  await settle();
  return all.server.next;
}

export const twoMessages = [
  aMessage({ id: "m1", role: "user", content: "One" }),
  aMessage({ id: "m2", role: "assistant", content: "Answer" }),
];
