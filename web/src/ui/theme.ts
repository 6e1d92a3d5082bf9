// The theme and the accent, chosen by the visitor, the site or the host page. The theme is the only
// thing that this app stores in localStorage.
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

const STORED = "so.theme";
const CHOICES: readonly string[] = ["system", "light", "dark"];

let choice: ThemeChoice = "system";
let accent: string | null = null;
const listeners = new Set<() => void>();

function isChoice(value: unknown): value is ThemeChoice {
  return typeof value === "string" && CHOICES.includes(value);
}

/**
 * Applies the stored theme and follows changes by other tabs. Call it once, before the first paint.
 */
export function startTheme(): void {
  let stored: unknown = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // Storage is denied in some frames; the theme then lasts as long as the page.
  }
  show(isChoice(stored) ? stored : "system");
  window.addEventListener("storage", (event) => {
    if (event.key === STORED) show(isChoice(event.newValue) ? event.newValue : "system");
  });
  window
    .matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", () => applyAccent(accent));
}

export function getTheme(): ThemeChoice {
  return choice;
}

/** Applies a theme and stores it, unless a host page decided (`remember` false). */
export function setTheme(next: ThemeChoice, remember = true): void {
  if (remember) {
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // As above.
    }
  }
  show(next);
}

export function useTheme(): ThemeChoice {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, getTheme);
}

function show(next: ThemeChoice): void {
  choice = next;
  if (next === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", next);
  applyAccent(accent);
  for (const listener of listeners) listener();
}

export function isDark(): boolean {
  return (
    choice === "dark" ||
    (choice === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches)
  );
}

/**
 * A site's accent (`#rrggbb` or `#rgb`; anything else: our own). Text on it and text in it stay
 * readable (4.5:1), whatever colour the site chose.
 */
export function applyAccent(hex: string | null): void {
  const rgb = hex === null ? null : parseHex(hex);
  accent = rgb === null ? null : hex;
  const style = document.documentElement.style;
  if (rgb === null) {
    for (const name of ["--color-primary", "--color-primary-content", "--so-accent-text"]) {
      style.removeProperty(name);
    }
    return;
  }
  style.setProperty("--color-primary", css(rgb));
  style.setProperty(
    "--color-primary-content",
    contrast(rgb, WHITE) >= contrast(rgb, INK) ? css(WHITE) : css(INK),
  );
  style.setProperty("--so-accent-text", css(readable(rgb, isDark())));
}

type Rgb = readonly [number, number, number];
const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [16, 20, 22];
// The least favourable surface of each theme: text that is readable on it is readable everywhere.
const SURFACE_LIGHT: Rgb = [226, 231, 233];
const SURFACE_DARK: Rgb = [45, 51, 54];

function parseHex(hex: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(hex);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  const parts = short ? short.slice(1).map((digit) => digit + digit) : long?.slice(1);
  if (!parts) return null;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
  return [red, green, blue];
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Moved towards black or white until it is readable on every surface of the theme. */
function readable(rgb: Rgb, dark: boolean): Rgb {
  const surface = dark ? SURFACE_DARK : SURFACE_LIGHT;
  const end = dark ? 255 : 0;
  for (let step = 0; step <= 1; step += 0.05) {
    const [red, green, blue] = rgb;
    const mixed: Rgb = [
      red + (end - red) * step,
      green + (end - green) * step,
      blue + (end - blue) * step,
    ];
    if (contrast(mixed, surface) >= 4.5) return mixed;
  }
  return [end, end, end];
}
