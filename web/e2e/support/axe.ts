// The findings of axe on a page, as a readable list: WCAG 2.2 AA and axe's best practices, the
// experimental ones as well.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Frame, type Page } from "@playwright/test";
import axe from "axe-core";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The rules on names and on what overflows, whose outcome depends on the page's language. */
const OF_LANGUAGE = /name|title|label|alt$|empty|unique|lang|scrollable/;
/** Takes a group that scrolls, and so has to be focused, for a control without a role. */
const LEFT_OUT = "focus-order-semantics";
const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with rule, element and reason of each finding, in every frame of the page. */
export async function expectAccessible(page: Page, state: string, rules = /./) {
  for (const frame of page.frames()) {
    await frame.evaluate(finishAnimations);
    // Soft: one finding does not hide those of the states after it.
    expect.soft(await findings(frame, rules), `${state}, ${frame.url()}`).toEqual([]);
  }
}

/** As `expectAccessible`, by the rules that another language can break. */
export const expectAccessibleInLanguage = (page: Page, state: string) =>
  expectAccessible(page, state, OF_LANGUAGE);

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
async function findings(frame: Frame, rules: RegExp): Promise<string[]> {
  if (!(await frame.evaluate(() => "axe" in window))) await frame.evaluate(source);
  const runOnly = axe
    .getRules(tags)
    .map(({ ruleId }) => ruleId)
    .filter((rule) => rules.test(rule) && rule !== LEFT_OUT);
  return frame.evaluate(async (values) => {
    const { axe: library } = window as unknown as { axe: typeof axe };
    const runOnly = { type: "rule" as const, values };
    const options = { runOnly, iframes: false, resultTypes: ["violations" as const] };
    const { violations } = await library.run(document, options);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        (node) => `${id}: ${help} at ${node.target.join(" ")} (${node.failureSummary ?? ""})`,
      ),
    );
  }, runOnly);
}
