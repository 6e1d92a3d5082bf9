import { describe, expect, it, vi } from "vitest";
import { ChatEvents } from "./chat-events";

describe("ChatEvents", () => {
  it("keeps commands until there is a chat, in order", () => {
    const events = new ChatEvents();
    events.command({ type: "newThread" });
    events.command({ type: "send", text: "Hello" });
    const handler = vi.fn();
    const off = events.handle(handler);
    events.command({ type: "stop" });
    expect(handler.mock.calls.map(([{ type }]) => type)).toEqual(["newThread", "send", "stop"]);
    off();
    events.command({ type: "stop" });
    expect(handler).toHaveBeenCalledTimes(3);
  });

  it("leaves the commands to the latest page", () => {
    const events = new ChatEvents();
    const off = events.handle(() => undefined);
    const next = vi.fn();
    events.handle(next);
    off();
    events.command({ type: "stop" });
    expect(next).toHaveBeenCalledTimes(1);
  });

  it("calls its listeners", () => {
    const events = new ChatEvents();
    const listener = vi.fn();
    const off = events.on(listener);
    events.emit({ type: "agent", agent: "archivist" });
    off();
    events.emit({ type: "agent", agent: "concierge" });
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
