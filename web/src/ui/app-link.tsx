// Links and navigation inside the app. In a frame every route keeps the frame's parameters, so that
// a reload is served with the right headers and finds its site.
import { type AnchorHTMLAttributes, useCallback } from "react";
import {
  type NavigateOptions,
  useHref,
  useLinkClickHandler,
  useLocation,
  useNavigate,
} from "react-router";

const KEPT = ["embed", "site", "loader", "apiUrl"] as const;

/** `to` (a path, optionally with a query) with the frame's parameters of `search` added. */
export function framePath(to: string, search: string): string {
  const [path = "/", query = ""] = to.split("?", 2);
  const current = new URLSearchParams(search);
  const next = new URLSearchParams(query);
  for (const name of KEPT) {
    const value = current.get(name);
    if (value !== null && !next.has(name)) next.set(name, value);
  }
  const text = next.toString();
  return text === "" ? path : `${path}?${text}`;
}

export function useEmbedded(): boolean {
  return new URLSearchParams(useLocation().search).get("embed") === "1";
}

export function useSiteId(): string | null {
  return new URLSearchParams(useLocation().search).get("site");
}

/** In a frame the history is the host page's: Back must leave that page, not a view of ours. */
function useReplace(replace: boolean | undefined): boolean | undefined {
  const embedded = useEmbedded();
  return embedded || replace;
}

/** Like `useNavigate`, keeping the frame's parameters and, in a frame, the history's length. */
export function useAppNavigate(): (to: string, options?: NavigateOptions) => void {
  const navigate = useNavigate();
  const { search } = useLocation();
  const replace = useReplace(undefined);
  return useCallback(
    (to, options) => void navigate(framePath(to, search), { replace, ...options }),
    [navigate, replace, search],
  );
}

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  to: string;
  replace?: boolean;
  state?: unknown;
};

export function AppLink({ to, replace, state, onClick, ...props }: AnchorProps) {
  const path = framePath(to, useLocation().search);
  // Not react-router's own Link, whose prefetching would double the size of the router.
  const follow = useLinkClickHandler<HTMLAnchorElement>(path, {
    replace: useReplace(replace),
    state,
  });
  return (
    <a
      {...props}
      href={useHref(path)}
      onClick={(event) => {
        onClick?.(event);
        if (!event.defaultPrevented) follow(event);
      }}
    />
  );
}
