// How the chat looks for the site it was opened for: its title, greeting, starters and accent. A
// host page may lay its own over what the operator wrote down. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError, toApiError } from "../../api/http";
import { getSite } from "../../api/sites";
import type { Site } from "../../protocol/types";
import { applyAccent } from "../../ui/theme";

/** What of a site is shown. Empty where it says nothing. */
export interface Look {
  title: string;
  greeting: string;
  starters: readonly string[];
  accent: string | null;
}

export type SiteState =
  | { status: "loading" }
  | { status: "unreachable"; error: ApiError }
  /** The operator keeps a list of sites and this one is not on it. */
  | { status: "unknown" }
  | { status: "ready"; look: Look; origins: readonly string[] };

export interface SiteStore extends Omit<StoreApi<SiteState>, "setState"> {
  load(): Promise<void>;
  /** Lays what a host page asked for over the site's own look. */
  overlay(look: Partial<Look>): void;
}

const OURS: Look = { title: "SmoothOperator", greeting: "", starters: [], accent: null };

/** `siteId` null: opened for no site in particular. */
export function createSiteStore(siteId: string | null, fetchSite = getSite): SiteStore {
  let site: Pick<Site, keyof Look | "origins"> | null = null;
  let over: Partial<Look> = {};
  const store = createStore<SiteState>(() => ({ status: "loading" }));

  function set(next: SiteState): void {
    if (next.status === "ready") applyAccent(next.look.accent);
    store.setState(next, true);
  }

  function show(): void {
    const given = site ?? { ...OURS, origins: [] };
    const look: Look = {
      title: over.title || given.title || OURS.title,
      greeting: over.greeting || given.greeting || "",
      starters: over.starters?.length ? over.starters : [...given.starters],
      accent: over.accent || given.accent,
    };
    set({ status: "ready", look, origins: given.origins });
  }

  if (siteId === null) show();

  return {
    ...store,
    async load() {
      if (siteId === null || store.getState().status === "ready") return;
      if (store.getState().status === "unreachable") set({ status: "loading" });
      try {
        site = await fetchSite(siteId);
        show();
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) set({ status: "unknown" });
        else set({ status: "unreachable", error: toApiError(error) });
      }
    },
    overlay(look) {
      over = look;
      if (store.getState().status === "ready") show();
    },
  };
}
