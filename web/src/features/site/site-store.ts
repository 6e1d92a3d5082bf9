// The appearance of the site: title, greeting, starters and accent, in the visitor's language. A
// host page's own options override it. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError, toApiError } from "../../api/http";
import { getSite } from "../../api/sites";
import { matchLocale } from "../../i18n/match-locale";
import type { Site } from "../../protocol/types";
import type { ShownParts } from "../../protocol/widget-api";
import { applyAccent } from "../../ui/theme";

/** Empty if the site does not say. */
export interface Look {
  title: string;
  greeting: string;
  starters: readonly string[];
  accent: string | null;
  /** The notice that an AI answers: "" for none, null for our own. */
  ai_notice: string | null;
  /** The image in the header: a path of this origin, or a `data:` URL. */
  logo: string | null;
  show: Readonly<Required<ShownParts>>;
}

export type LookWishes = Partial<Omit<Look, "ai_notice" | "logo" | "show">> & { show?: ShownParts };

export type SiteState =
  | { status: "loading" }
  | { status: "unreachable"; error: ApiError }
  /** The operator lists sites, and this one is not among them. */
  | { status: "unknown" }
  | { status: "ready"; look: Look; origins: readonly string[] };

export interface SiteStore extends Omit<StoreApi<SiteState>, "setState"> {
  load(): Promise<void>;
  /** `hidden` is shown only if the page or the site asks for it. */
  overlay(wishes: LookWishes, hidden?: readonly (keyof ShownParts)[]): void;
  /** BCP 47. Texts that the site lacks stay as they are. */
  speak(language: string): void;
}

const OURS = {
  title: "SmoothOperator",
  greeting: "",
  starters: [],
  accent: null,
  ai_notice: null,
  logo: null,
};
const ALL_PARTS = { conversations: true, notes: true, settings: true, theme: true, usage: true };

/** Null if the app was opened without a site. */
export function createSiteStore(siteId: string | null, fetchSite = getSite): SiteStore {
  let site: Pick<Site, keyof Look | "origins" | "text"> | null = null;
  let over: LookWishes = {};
  let language = document.documentElement.lang;
  let hidden: readonly (keyof ShownParts)[] = [];
  const store = createStore<SiteState>(() => ({ status: "loading" }));

  function set(next: SiteState): void {
    if (next.status === "ready") applyAccent(next.look.accent);
    store.setState(next, true);
  }

  function show(): void {
    const given = site ? inLanguage(site, language) : { ...OURS, origins: [], show: {} };
    const look: Look = {
      title: over.title || given.title || OURS.title,
      greeting: over.greeting || given.greeting || "",
      starters: over.starters?.length ? over.starters : [...given.starters],
      accent: over.accent || given.accent,
      ai_notice: given.ai_notice,
      logo: given.logo,
      show: {
        ...ALL_PARTS,
        ...Object.fromEntries(hidden.map((part) => [part, false])),
        ...given.show,
        ...over.show,
      },
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
    overlay(wishes, onRequest = []) {
      over = wishes;
      hidden = onRequest;
      if (store.getState().status === "ready") show();
    },
    speak(next) {
      if (next === language) return;
      language = next;
      if (store.getState().status === "ready") show();
    },
  };
}

function inLanguage<T extends Pick<Site, "text">>(site: T, language: string): T {
  const texts = site.text ?? {};
  const match = matchLocale([language], Object.keys(texts));
  return match ? { ...site, ...texts[match.catalogue] } : site;
}
