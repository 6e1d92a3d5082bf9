// The findings of axe on a page, as a readable list. WCAG 2.2 AA and axe's own best practices.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with rule, element and reason of everything axe objects to. */
export async function expectAccessible(page: Page, state: string) {
  // A fade that is still under way would be measured as bad contrast.
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
    }
  });
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      (node) => `${id}: ${help} at ${node.target.join(" ")} (${node.failureSummary ?? ""})`,
    ),
  );
  // Soft: one finding does not hide those of the states after it.
  expect.soft(found, state).toEqual([]);
}
