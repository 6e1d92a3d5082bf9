// Decodes the text of an event stream, cut anywhere, into events. Pure.
import { createParser, type EventSourceMessage, type EventSourceParser } from "eventsource-parser";

export interface SseEvent {
  id: string | undefined;
  data: string;
}

const MAX_EVENT_CHARS = 4 * 1024 * 1024;

export class SseDecoder {
  private events: SseEvent[] = [];
  private atStart = true;
  private readonly parser: EventSourceParser;

  constructor() {
    this.parser = createParser({
      onEvent: (event: EventSourceMessage) => {
        this.events.push({ id: event.id, data: event.data });
      },
      maxBufferSize: MAX_EVENT_CHARS,
    });
  }

  /** Throws on an oversized event. */
  push(text: string): SseEvent[] {
    if (text === "") return [];
    // The parser knows the byte-order mark only as three Latin-1 characters.
    const fed = this.atStart && text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.atStart = false;
    this.events = [];
    if (fed !== "") this.parser.feed(fed);
    return this.events;
  }
}
