// The names of all events of a widget.
import type { WidgetEvents } from "../../../src/protocol/widget-api.js";

// As an object, so that a missing name does not compile.
const names: Record<keyof WidgetEvents, true> = {
  ready: true,
  open: true,
  close: true,
  signedin: true,
  signedout: true,
  agent: true,
  runstart: true,
  runend: true,
  threadchange: true,
  unread: true,
  resize: true,
  error: true,
};

export const EVENTS = Object.keys(names) as (keyof WidgetEvents)[];
