// The frame's end of the handshake: the first `init` of the page around us, and no other.
import { type InitMessage, parseInit } from "../../protocol/widget-messages";

export interface Handshake {
  /** The host page's wishes, not yet looked at. */
  init: Record<keyof InitMessage, unknown>;
  port: MessagePort;
  /** The host page's origin. */
  origin: string;
}

/** The origin of the page around us, where the browser tells it (Firefox did not for long). */
export function parentOrigin(frame: Window): string | null {
  return frame.location.ancestorOrigins?.[0] ?? null;
}

/** Resolves with the handshake. To be called before the load event, on which the loader greets. */
export function awaitHandshake(frame: Window): Promise<Handshake> {
  return new Promise((resolve) => {
    const receive = (event: MessageEvent<unknown>) => {
      // Any window that can reach this frame may post to it: other frames of the page too.
      if (event.source !== frame.parent || frame.parent === frame) return;
      const known = parentOrigin(frame);
      if (known !== null && known !== event.origin) return;
      const init = parseInit(event.data);
      const port = event.ports[0];
      if (!init || !port) return;
      frame.removeEventListener("message", receive);
      resolve({ init, port, origin: event.origin });
    };
    frame.addEventListener("message", receive);
  });
}
