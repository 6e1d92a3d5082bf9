// The interface to the page around the chat: its tools and context.
import type { PageOffer, PageTool } from "../../api/chat";

export type PageToolResult = { result: unknown } | { error: string };

/** Why a page tool has no result, as a sentence for the model. */
export class PageToolError extends Error {
  override readonly name = "PageToolError";
}

export interface PageTools {
  list(): PageTool[];
  context(): Promise<string | null>;
  /** Runs a tool in the page. The signal limits its time. */
  run(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<PageToolResult>;
}

export const NO_PAGE_TOOLS: PageTools = {
  list: () => [],
  context: async () => null,
  run: async () => {
    throw new PageToolError("The page does not offer this tool any more.");
  },
};

export async function pageOffer(page: PageTools): Promise<PageOffer> {
  const tools = page.list();
  const context = await page.context();
  return {
    ...(tools.length > 0 && { page_tools: tools }),
    ...(context !== null && { page_context: context }),
  };
}

/** A tool's own name: models call it `page__name`. */
export function pageToolName(tool: string): string {
  return tool.replace(/^page(?:__|\/)/, "");
}
