// The seam to the page around the chat: what it offers to agents, and how its tools are run.
import type { PageOffer, PageTool } from "../../api/chat";

export type PageToolResult = { result: unknown } | { error: string };

/** Why a page's tool has no result, in a sentence for the model. */
export class PageToolError extends Error {
  override readonly name = "PageToolError";
}

export interface PageTools {
  list(): PageTool[];
  /** What the page says about itself now. */
  context(): Promise<string | null>;
  /** Runs a tool in the page. The caller bounds the time by the signal. */
  run(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<PageToolResult>;
}

/** A chat without a page around it. */
export const NO_PAGE_TOOLS: PageTools = {
  list: () => [],
  context: async () => null,
  run: async () => {
    throw new PageToolError("The page does not offer this tool any more.");
  },
};

/** What the page adds to a request. */
export async function pageOffer(page: PageTools): Promise<PageOffer> {
  const tools = page.list();
  const context = await page.context();
  return {
    ...(tools.length > 0 && { page_tools: tools }),
    ...(context !== null && { page_context: context }),
  };
}

/** The page's own name of a tool: models call it `page__name`. */
export function pageToolName(tool: string): string {
  return tool.replace(/^page(?:__|\/)/, "");
}
