import { afterEach, describe, expect, it, vi } from "vitest";
import { openTabChannel, type TabChannel, type TabMessage } from "./tab-channel";

const opened: TabChannel[] = [];
const open = () => {
  const channel = openTabChannel("test");
  opened.push(channel);
  return channel;
};
afterEach(() => {
  for (const channel of opened.splice(0)) channel.close();
});

const next = (channel: TabChannel) =>
  new Promise<TabMessage>((resolve) => {
    channel.listen(resolve);
  });

describe("openTabChannel", () => {
  it("reaches the other tabs", async () => {
    const [one, other] = [open(), open()];
    const heard = next(other);
    one.post({ type: "run_started", threadId: "t1", runId: "r1" });
    await expect(heard).resolves.toEqual({ type: "run_started", threadId: "t1", runId: "r1" });
  });

  it("drops unknown messages", async () => {
    const other = open();
    const heard = vi.fn();
    other.listen(heard);
    const stranger = new BroadcastChannel("test");
    for (const message of [null, "text", {}, { type: "other" }, { type: "run_started" }]) {
      stranger.postMessage(message);
    }
    const last = next(other);
    stranger.postMessage({ type: "notes_changed" });
    await last;
    stranger.close();
    expect(heard.mock.calls).toEqual([[{ type: "notes_changed" }]]);
  });

  it("does nothing once it is closed, and where there is no channel", () => {
    const closed = open();
    closed.close();
    closed.post({ type: "notes_changed" });
    vi.stubGlobal("BroadcastChannel", undefined);
    const alone = openTabChannel();
    alone.post({ type: "notes_changed" });
    expect(alone.listen(() => undefined)).toBeTypeOf("function");
  });
});
