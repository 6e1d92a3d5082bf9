// Events for the host page, on the browser's own dispatcher, which reports a listener that throws
// without affecting others.
import type { WidgetEvents, WidgetHandle } from "../protocol/widget-api";

export interface Emitter {
  emit<Name extends keyof WidgetEvents>(name: Name, detail?: WidgetEvents[Name]): void;
  on: WidgetHandle["on"];
}

export function createEmitter(): Emitter {
  const target = new EventTarget();
  return {
    emit: (name, detail = {} as never) => target.dispatchEvent(new CustomEvent(name, { detail })),
    on(name, listener) {
      const receive = (event: Event) => listener((event as CustomEvent).detail);
      target.addEventListener(name, receive);
      return () => target.removeEventListener(name, receive);
    },
  };
}
