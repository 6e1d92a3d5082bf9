// The findings of axe on a page, as a readable list: WCAG 2.2 AA and axe's best practices.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Frame, type Page } from "@playwright/test";
import type axe from "axe-core";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with rule, element and reason of each finding, in every frame of the page. */
export async function expectAccessible(page: Page, state: string) {
  for (const frame of page.frames()) {
    await frame.evaluate(finishAnimations);
    // Soft: one finding does not hide those of the states after it.
    expect.soft(await findings(frame), `${state}, ${frame.url()}`).toEqual([]);
  }
}

/**
 * Ends every transition, since a fade in progress would be measured as bad contrast. The end of one
 * can start the next, if an element inherits a button's colour.
 */
function finishAnimations() {
  for (let depth = 0; depth < 5; depth++) {
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
    }
  }
}

/** axe stays in the document, so that only the first look at it has to bring the library. */
async function findings(frame: Frame): Promise<string[]> {
  if (!(await frame.evaluate(() => "axe" in window))) await frame.evaluate(source);
  return frame.evaluate(async (runOnly) => {
    const { axe: library } = window as unknown as { axe: typeof axe };
    const options = { runOnly, iframes: false, resultTypes: ["violations" as const] };
    const { violations } = await library.run(document, options);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        (node) => `${id}: ${help} at ${node.target.join(" ")} (${node.failureSummary ?? ""})`,
      ),
    );
  }, tags);
}
