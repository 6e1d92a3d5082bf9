// The connection to a frame: a handshake at each load, then messages over a port. Messages posted
// before the frame is ready wait for it.
import type { FrameMessage, InitMessage, LoaderMessage } from "../protocol/widget-messages";

export interface FrameLink {
  post(message: LoaderMessage): void;
  /** The frame has accepted the handshake: send the waiting messages. */
  opened(): void;
  close(): void;
}

export function linkFrame(
  frame: HTMLIFrameElement,
  origin: string,
  init: () => InitMessage,
  onMessage: (message: FrameMessage) => void,
): FrameLink {
  let port: MessagePort | undefined;
  let isOpen = false;
  let waiting: LoaderMessage[] = [];

  // A reloaded frame is a new document, which gets a new port.
  frame.onload = () => {
    port?.close();
    isOpen = false;
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = (event) => onMessage(event.data);
    frame.contentWindow?.postMessage(init(), origin, [channel.port2]);
  };

  const post = (message: LoaderMessage) => {
    if (isOpen) port?.postMessage(message);
    else waiting.push(message);
  };
  return {
    post,
    opened() {
      isOpen = true;
      waiting.map(post);
      waiting = [];
    },
    close: () => port?.close(),
  };
}
