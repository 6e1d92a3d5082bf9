// The parts of `document.modelContext` (WebMCP, https://webmachinelearning.github.io/webmcp/) that
// are used here. In some browsers and polyfills schemas and values are objects, in others JSON
// text.

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

export function modelContextOf(page: Document): ModelContext | null {
  const { modelContext } = page as { modelContext?: Partial<ModelContext> };
  return modelContext?.getTools && modelContext.executeTool ? (modelContext as ModelContext) : null;
}
