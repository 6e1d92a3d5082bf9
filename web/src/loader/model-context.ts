// `document.modelContext` (WebMCP, https://webmachinelearning.github.io/webmcp/), as far as it is
// used here. Browsers and polyfills differ in whether schemas and values are objects or JSON text.

export interface WebTool {
  name: string;
  description: string;
  inputSchema?: object | string;
  annotations?: { readOnlyHint?: boolean };
}

export interface ModelContext extends EventTarget {
  getTools(): Promise<WebTool[]>;
  executeTool(tool: WebTool, input: unknown, options: { signal: AbortSignal }): Promise<unknown>;
}

/** Null where the browser has none, or one without these methods. */
export function modelContextOf(page: Document): ModelContext | null {
  const { modelContext } = page as { modelContext?: Partial<ModelContext> };
  return modelContext?.getTools && modelContext.executeTool ? (modelContext as ModelContext) : null;
}
