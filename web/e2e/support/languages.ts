// Checks a page in every language. The page changes its language in place, as when the visitor
// selects another one in another tab.
import { readdirSync, readFileSync } from "node:fs";
import { expect, type Frame, type Page } from "@playwright/test";
import { expectAccessible, expectAccessibleInLanguage } from "./axe";

export type Catalogue = Record<string, string>;

const folder = new URL("../../src/locales/", import.meta.url);
const catalogues = new Map<string, Catalogue>(
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [
      file.replace(".json", ""),
      JSON.parse(readFileSync(new URL(file, folder), "utf8")),
    ]),
);

/**
 * Where axe applies all its rules: a language written from right to left, one with long words, one
 * without spaces; in the others those that a language can break. `AXE_LANGUAGES=all` applies all rules
 * in every language, which takes minutes.
 */
const WITH_ALL_RULES = ["ar", "de", "ja"];
const ALL_RULES = process.env.AXE_LANGUAGES === "all";
/** The folder that gets pictures of every state in these languages, to be looked at by eye. */
const LOOK = process.env.LOOK;

export const languages = [...catalogues.keys()].filter((tag) => tag !== "en");
export const catalogueOf = (tag: string): Catalogue => catalogues.get(tag) ?? {};
const directionOf = (tag: string) => (["ar", "fa", "he"].includes(tag) ? "rtl" : "ltr");

/** Prefix of the tests' own texts, which are the same in every language. */
export const OWN_WORDS = "§";
/** Names and words that are the same in every language. */
const NAMES =
  /^(?:§.*|title|Concierge|Archivist|SmoothOperator|AI|JSON|sk-.*|scripted-.*|https?:.*)$/s;

interface Seen {
  dir: string;
  texts: string[];
  /** Elements whose text does not fit, or that do not fit on the page. */
  cut: string[];
}

/**
 * In each language: no English is left that has a translation, nothing is cut off or scrolls
 * sideways, and axe finds nothing.
 */
export async function expectEveryLanguage(within: Page | Frame, state: string) {
  const page = "frames" in within ? within : within.page();
  const english = await seenIn(within, "en");
  expect(english.texts, `${state}: has texts`).not.toEqual([]);
  const findings: string[] = [];
  for (const tag of LOOK ? WITH_ALL_RULES : languages) {
    const seen = await seenIn(within, tag);
    const isOwn = ownTexts(tag);
    const left = seen.texts.filter(
      (text) => english.texts.includes(text) && isWords(text) && !isOwn(text),
    );
    findings.push(...left.map((text) => `${tag}, left in English: ${text}`));
    findings.push(...seen.cut.map((text) => `${tag}, cut off: ${text}`));
    if (seen.dir !== directionOf(tag)) findings.push(`${tag}: runs ${seen.dir}`);
    if (LOOK) await takePictures(page, `${LOOK}/${tag}/${state.replace(/[^\w -]/g, "")}`);
    const all = ALL_RULES || WITH_ALL_RULES.includes(tag);
    const accessible = all ? expectAccessible : expectAccessibleInLanguage;
    await accessible(page, `${state} in ${tag}`);
  }
  // Soft: a finding does not hide those of later states.
  expect.soft(findings, state).toEqual([]);
  await seenIn(within, "en");
}

/** The texts that are cut off or scroll sideways, in English. */
export const cutOff = async (page: Page) => (await seenIn(page, "en")).cut;

/** In the sizes and colour schemes that differ, without changing what the page shows. */
async function takePictures(page: Page, path: string) {
  const before = page.viewportSize();
  for (const [width, height] of [
    [360, 800],
    [768, 800],
    [1440, 800],
    [740, 360],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const file = `${path} ${width} ${colorScheme}.png`;
      await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

const isWords = (text: string) => /\p{L}{3}/u.test(text) && !NAMES.test(text);

/** Texts of the language, even if they are the same as in English. */
function ownTexts(tag: string): (text: string) => boolean {
  const catalogue = catalogueOf(tag);
  const exact = new Set(Object.values(catalogue));
  const shared = Object.entries(catalogueOf("en"))
    .filter(([key, text]) => catalogue[key] === text || /, plural,/.test(text))
    .flatMap(([key]) => formsOf(catalogue[key] ?? ""));
  return (text) => exact.has(text) || shared.some((form) => form.test(text));
}

/** Patterns of a text with placeholders, and of the branches of its plural. */
function formsOf(text: string): RegExp[] {
  const branches = [...text.matchAll(/\w+ \{([^{}]*#[^{}]*)\}/g)].map(([, branch = ""]) => branch);
  const parts = branches.length > 0 ? branches : [text].filter((whole) => whole.includes("{"));
  return parts.map((part) => {
    const literals = part
      .split(/\{\w+\}|#/)
      .map((literal) => literal.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
    return new RegExp(`^${literals.join(".+")}$`, "s");
  });
}

function seenIn(within: Page | Frame, tag: string): Promise<Seen> {
  return within.evaluate(async (language) => {
    localStorage.setItem("so.language", language);
    window.dispatchEvent(new StorageEvent("storage", { key: "so.language" }));
    const root = document.documentElement;
    if (root.lang !== language) {
      await new Promise<void>((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          resolve();
        }).observe(root, { attributeFilter: ["lang"] });
      });
    }
    // React has drawn the change two frames later.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

    // Code; announcements in the language of their time; the names of languages.
    const skipped = "noscript, script, style, pre, [role=status], option[lang]";
    const texts = new Set<string>([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!parentElement?.closest(skipped)) texts.add(textContent?.trim() ?? "");
    }
    const named = ["aria-label", "aria-description", "alt", "placeholder", "title"];
    for (const element of document.querySelectorAll(named.map((name) => `[${name}]`).join())) {
      for (const name of named) texts.add(element.getAttribute(name)?.trim() ?? "");
    }

    /** An ancestor clips or scrolls on purpose. */
    const scrolls = (element: Element) =>
      element.closest("pre, table, [inert]") !== null || element.closest(".sr-only") !== null;
    const cut = [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => element.checkVisibility() && !scrolls(element))
      .filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
      )
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        if (width <= 1) return false;
        const { overflowX, display } = getComputedStyle(element);
        const isBox = element.tagName === "BUTTON" || /hidden|clip/.test(overflowX);
        // Visitors' titles end in an ellipsis.
        const isTitle = element.closest("[dir=auto]") !== null;
        const tooWide =
          isBox &&
          !isTitle &&
          display !== "inline" &&
          element.scrollWidth > element.clientWidth + 1;
        return tooWide || left < -1 || right > innerWidth + 1;
      })
      .map((element) => `${element.tagName}: ${element.textContent}`);
    if (root.scrollWidth > innerWidth) cut.unshift("the page scrolls sideways");
    return { dir: root.dir, texts: [...texts].filter(Boolean), cut };
  }, tag);
}
