// The frame's side of the handshake: accepts the first `init` of the page around, and nothing else.
import { type InitMessage, parseInit } from "../../protocol/widget-messages";

export interface Handshake {
  /** The host page's options, not checked yet. */
  init: Record<keyof InitMessage, unknown>;
  port: MessagePort;
  origin: string;
}

/** The origin of the page around, if the browser tells (older versions of Firefox do not). */
export function parentOrigin(frame: Window): string | null {
  return frame.location.ancestorOrigins?.[0] ?? null;
}

/** Resolves with the handshake. Call it before the load event, on which the loader greets. */
export function awaitHandshake(frame: Window): Promise<Handshake> {
  return new Promise((resolve) => {
    const receive = (event: MessageEvent<unknown>) => {
      // Any window that can reach this frame may post to it, including other frames of the page.
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
