// The React component. It renders an empty element on a server and mounts the chat in the browser.
import {
  type CSSProperties,
  type ForwardedRef,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import type {
  WidgetEvents,
  WidgetHandle,
  WidgetOptions,
} from "../../../src/protocol/widget-api.js";
import { EVENTS } from "./events.js";
import { loadSmoothOperator } from "./load.js";

type Listeners = {
  [Name in keyof WidgetEvents as `on${Capitalize<Name>}`]?:
    | ((detail: WidgetEvents[Name]) => void)
    | undefined;
};

export interface SmoothOperatorChatProps extends WidgetOptions, Listeners {
  /** The address of the embed script. */
  src: string;
  className?: string | undefined;
  style?: CSSProperties | undefined;
}

/** The ref is the widget's handle, or null while its script loads. */
export const SmoothOperatorChat = forwardRef(function SmoothOperatorChat(
  props: SmoothOperatorChatProps,
  ref: ForwardedRef<WidgetHandle | null>,
) {
  const { src, className, style, theme, threadId, tools, context } = props;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  /** Options that the widget has, and that can change without mounting it again. */
  const passed = useRef<Pick<WidgetOptions, "theme" | "threadId" | "tools" | "context">>(props);
  const [handle, setHandle] = useState<WidgetHandle | null>(null);
  useImperativeHandle<WidgetHandle | null, WidgetHandle | null>(ref, () => handle, [handle]);

  const mountedAs = JSON.stringify(remountedBy(props));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what else changes is passed on below
  useEffect(() => {
    let isGone = false;
    let mounted: WidgetHandle | undefined;
    loadSmoothOperator(src).then(
      ({ mount }) => {
        if (isGone) return;
        const { mode } = latest.current;
        passed.current = latest.current;
        mounted = mount(mode === "bubble" ? null : place.current, optionsOf(latest));
        listen(mounted, latest);
        setHandle(mounted);
      },
      (error: Error) => {
        latest.current.onError?.({ code: "load_failed", message: error.message });
      },
    );
    return () => {
      isGone = true;
      mounted?.destroy();
      setHandle(null);
    };
  }, [src, mountedAs]);

  useEffect(() => {
    if (!handle) return;
    const before = passed.current;
    passed.current = { theme, threadId, tools, context };
    if (theme !== before.theme) handle.setTheme(theme ?? "auto");
    if (threadId && threadId !== before.threadId) handle.openThread(threadId);
    if (tools !== before.tools) handle.setTools(tools ?? {});
    if (context !== before.context) handle.setContext(context);
  }, [handle, theme, threadId, tools, context]);

  return <div ref={place} className={className} style={style} />;
});

/** A change of these mounts the chat again. */
function remountedBy(props: SmoothOperatorChatProps): object {
  const { siteId, apiUrl, mode, position, width, height, accent, title, greeting } = props;
  const { starters, locale, show, webmcp } = props;
  return {
    siteId,
    apiUrl,
    mode,
    position,
    width,
    height,
    accent,
    title,
    greeting,
    starters,
    locale,
    show,
    webmcp,
  };
}

/** The options with functions that are those of the last render. */
function optionsOf(latest: { current: SmoothOperatorChatProps }): WidgetOptions {
  const { theme, threadId, tools, context, getClientSecret } = latest.current;
  return {
    ...remountedBy(latest.current),
    theme,
    threadId,
    tools,
    context,
    getClientSecret: getClientSecret && (() => latest.current.getClientSecret?.() ?? ""),
  };
}

function listen(handle: WidgetHandle, latest: { current: SmoothOperatorChatProps }): void {
  for (const name of EVENTS) {
    const property = `on${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof Listeners;
    handle.on(name, (detail) => latest.current[property]?.(detail as never));
  }
}
