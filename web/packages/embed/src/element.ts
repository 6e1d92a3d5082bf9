// The custom element `<smooth-operator-chat src="…" site="…">`. Text options are attributes, all
// others properties; events are dispatched on the element under their own names. It can be imported
// on a server, where it defines nothing.
import type {
  PageTools,
  ShownParts,
  WidgetHandle,
  WidgetOptions,
  WidgetTheme,
} from "../../../src/protocol/widget-api.js";
import { EVENTS } from "./events.js";
import { loadSmoothOperator } from "./load.js";

const NAME = "smooth-operator-chat";
const ATTRIBUTES = [
  "src",
  "site",
  "mode",
  "position",
  "width",
  "height",
  "theme",
  "accent",
  "title",
  "greeting",
  "starters",
  "locale",
  "thread-id",
  "api-url",
  "webmcp",
] as const;

const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export class SmoothOperatorChatElement extends Base {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  /** The widget, once its script has loaded. */
  handle: WidgetHandle | null = null;
  // Declared only, since a field would overwrite what was set before the element was defined.
  declare getClientSecret: WidgetOptions["getClientSecret"];
  declare show: ShownParts | undefined;
  private ownTools: PageTools | undefined;
  private ownContext: WidgetOptions["context"];
  /** Counts mounts, so that a late script does not mount a removed element. */
  private mounts = 0;

  get tools(): PageTools | undefined {
    return this.ownTools;
  }
  set tools(tools: PageTools | undefined) {
    this.ownTools = tools;
    this.handle?.setTools(tools ?? {});
  }

  get context(): WidgetOptions["context"] {
    return this.ownContext;
  }
  set context(context: WidgetOptions["context"]) {
    this.ownContext = context;
    this.handle?.setContext(context);
  }

  connectedCallback(): void {
    this.adoptProperties();
    if (this.style.display === "") this.style.display = "block";
    void this.mount();
  }

  disconnectedCallback(): void {
    this.unmount();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (this.handle && name === "theme") this.handle.setTheme((after ?? "auto") as WidgetTheme);
    else if (this.handle && name === "thread-id" && after) this.handle.openThread(after);
    else {
      this.unmount();
      void this.mount();
    }
  }

  private async mount(): Promise<void> {
    const src = this.getAttribute("src");
    if (src === null) return;
    this.mounts += 1;
    const mine = this.mounts;
    try {
      const { mount } = await loadSmoothOperator(src);
      if (mine !== this.mounts) return;
      this.handle = mount(this.getAttribute("mode") === "bubble" ? null : this, this.options());
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.dispatchEvent(new CustomEvent("error", { detail: { code: "load_failed", message } }));
      return;
    }
    for (const name of EVENTS) {
      this.handle.on(name, (detail) => this.dispatchEvent(new CustomEvent(name, { detail })));
    }
  }

  private unmount(): void {
    this.mounts += 1;
    this.handle?.destroy();
    this.handle = null;
  }

  private options(): WidgetOptions {
    const { ownContext, ownTools, show } = this;
    const text = (name: (typeof ATTRIBUTES)[number]) => this.getAttribute(name) ?? undefined;
    return {
      siteId: text("site"),
      mode: text("mode") as WidgetOptions["mode"],
      position: text("position") as WidgetOptions["position"],
      width: text("width"),
      height: text("height"),
      theme: text("theme") as WidgetTheme | undefined,
      accent: text("accent"),
      title: text("title"),
      greeting: text("greeting"),
      starters: text("starters")?.split("|"),
      locale: text("locale"),
      threadId: text("thread-id"),
      apiUrl: text("api-url"),
      webmcp: this.hasAttribute("webmcp"),
      getClientSecret: this.getClientSecret && (() => this.getClientSecret?.() ?? ""),
      show,
      tools: ownTools,
      context: ownContext,
    };
  }

  /** Properties that were set before the element was defined hide the accessors. */
  private adoptProperties(): void {
    for (const name of ["tools", "context"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      Reflect.deleteProperty(this, name);
      Object.assign(this, { [name]: value });
    }
  }
}

if (globalThis.customElements && !customElements.get(NAME)) {
  customElements.define(NAME, SmoothOperatorChatElement);
}

declare global {
  interface HTMLElementTagNameMap {
    [NAME]: SmoothOperatorChatElement;
  }
}
