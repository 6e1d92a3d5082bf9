import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { errorText } from "./error-text";
import { formatDay, formatIn } from "./format";
import { chooseLanguage, chosenLanguage, LANGUAGES, nameOfLanguage, setHostLocale } from "./locale";
import { setCatalogue, t } from "./translate";

const root = document.documentElement;
const GERMAN = {
  "ui.save": "Speichern",
  "error.overloaded": "Der Server ist ausgelastet.",
  "error.unknown": "Etwas ist schiefgegangen.",
  "error.rate_limited_for": "Zu viele Versuche. Versuche es {when} erneut.",
};
const ARABIC = { "ui.save": "حفظ" };

beforeEach(() => {
  vi.stubGlobal("fetch", async (url: string) => {
    const found = /\/(de|ar)\b/.exec(url)?.[1];
    return found
      ? Response.json(found === "de" ? GERMAN : ARABIC)
      : new Response("", { status: 404 });
  });
});

afterEach(async () => {
  await chooseLanguage(null);
  await setHostLocale(undefined);
  setCatalogue({});
});

it("offers English and names every language by itself", () => {
  expect(LANGUAGES).toContain("en");
  expect(nameOfLanguage("de")).toBe("Deutsch");
  expect(nameOfLanguage("pt-BR")).toBe("Português (Brasil)");
});

it("takes up the visitor's choice and remembers it", async () => {
  await chooseLanguage("de");
  expect(t("ui.save")).toBe("Speichern");
  expect([root.lang, root.dir]).toEqual(["de", "ltr"]);
  expect(chosenLanguage()).toBe("de");
  await chooseLanguage(null);
  expect(t("ui.save")).toBe("Save");
  expect(root.lang).toBe("en");
});

it("turns the page round for a language that is written from the right", async () => {
  await chooseLanguage("ar");
  expect([root.lang, root.dir]).toEqual(["ar", "rtl"]);
});

it("lets the host page go before the visitor", async () => {
  await chooseLanguage("ar");
  await setHostLocale("de-AT");
  expect(root.lang).toBe("de");
  expect(formatDay("2026-11-03T12:00:00Z")).toBe("03.11.2026");
  await setHostLocale(undefined);
  expect(root.lang).toBe("ar");
});

it("stays in the language it has when the next cannot be fetched", async () => {
  await chooseLanguage("de");
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  await chooseLanguage("ar");
  expect([root.lang, t("ui.save")]).toEqual(["de", "Speichern"]);
});

it("lets a late catalogue not replace a newer choice", async () => {
  let release: (response: Response) => void = () => {};
  vi.stubGlobal("fetch", () => new Promise<Response>((done) => (release = done)));
  const slow = chooseLanguage("de");
  await chooseLanguage(null);
  release(Response.json(GERMAN));
  await slow;
  expect(t("ui.save")).toBe("Save");
});

it("says a text in English that the catalogue lacks", async () => {
  await chooseLanguage("de");
  expect(t("ui.cancel")).toBe("Cancel");
});

it("says errors by their code, and one it does not know in general", async () => {
  const overloaded = { code: "overloaded", message: "The server is busy." };
  expect(errorText(overloaded)).toBe("The server is busy.");
  await chooseLanguage("de");
  expect(errorText(overloaded)).toBe("Der Server ist ausgelastet.");
  expect(errorText({ code: "new_code", message: "New." })).toBe("Etwas ist schiefgegangen.");
});

it("says how long to wait", async () => {
  const failure = {
    code: "rate_limited",
    message: "Too many requests. Wait a while and try again.",
    retryAfter: 840,
  };
  expect(errorText(failure)).toBe("Too many attempts. Try again in 14 minutes.");
  const many = {
    ...failure,
    message: "You have sent many messages. Wait a while and try again.",
    retryAfter: 42,
  };
  expect(errorText(many)).toBe("You have sent many messages. Try again in 42 seconds.");
  await chooseLanguage("de");
  expect(errorText(failure)).toBe("Zu viele Versuche. Versuche es in 14 Minuten erneut.");
});

it("leaves a site its own sentence about a limit", async () => {
  await chooseLanguage("de");
  const failure = { code: "rate_limited", message: "Komm morgen wieder.", retryAfter: 840 };
  expect(errorText(failure)).toBe("Komm morgen wieder.");
});

it.each([
  [0, "in 1 second"],
  [59.2, "in 60 seconds"],
  [60, "in 1 minute"],
  [61, "in 2 minutes"],
  [3600, "in 1 hour"],
  [3601, "in 2 hours"],
])("says a wait of %d s as %s", (seconds, words) => expect(formatIn(seconds)).toBe(words));
