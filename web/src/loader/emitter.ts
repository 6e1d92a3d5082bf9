// Events for the host page, on the browser's own dispatcher: a listener that throws is reported
// there, and harms neither us nor the other listeners.

export type Listener = (detail: object) => void;

export interface Emitter {
  emit(name: string, detail?: object): void;
  /** Listens; returns how to stop. */
  on(name: string, listener: Listener): () => void;
}

/** Falls silent with `signal`. */
export function createEmitter(signal: AbortSignal): Emitter {
  const target = new EventTarget();
  return {
    emit: (name, detail = {}) => target.dispatchEvent(new CustomEvent(name, { detail })),
    on(name, listener) {
      const receive = (event: Event) => listener((event as CustomEvent<object>).detail);
      target.addEventListener(name, receive, { signal });
      return () => target.removeEventListener(name, receive);
    },
  };
}
