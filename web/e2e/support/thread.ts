// A thread as stored by the API, to compare with the page.
import { expect, type Locator, type Page } from "@playwright/test";

export interface StoredMessage {
  id: string;
  role: "user" | "assistant";
  agent: string | null;
  content: string;
  status: string;
}

/** The thread in the page's address. */
export async function storedThread(page: Page): Promise<{ messages: StoredMessage[] }> {
  const id = /\/chat\/([\w-]+)/.exec(page.url())?.[1];
  expect(id, "the address names the thread").toBeTruthy();
  const answer = await page.request.get(`/api/threads/${id}`);
  expect(answer.status()).toBe(200);
  return answer.json();
}

/** Unlike textContent, separates paragraphs. */
// biome-ignore lint/performance/useDomNodeTextContent: see above
export const textOf = (locator: Locator) => locator.innerText();

export const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];

/** Expects that `article` shows `content` completely and once, besides a name and a few labels. */
export async function expectShownOnce(article: Locator, content: string) {
  const shown = words(await textOf(article));
  const told = words(content);
  expect(shown.join(" ").split(told.join(" "))).toHaveLength(2);
  expect(shown.length - told.length).toBeLessThan(20);
}
