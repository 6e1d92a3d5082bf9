// The host page's tools, including those registered with WebMCP, and its context. Functions stay
// here; the frame gets names, schemas and results, and enforces the limits.
import type { WidgetOptions } from "../protocol/widget-api";
import type { FrameMessage, LoaderMessage } from "../protocol/widget-messages";
import { modelContextOf, type WebTool } from "./model-context";
import { plain } from "./plain";

export interface PageOffer {
  announce(): void;
  /** Handles the messages that concern the page, and ignores others. */
  receive(message: FrameMessage): void;
  stop(): void;
}

/** Reads `options` again at each announcement. */
export function offerPage(
  options: WidgetOptions,
  post: (message: LoaderMessage) => void,
): PageOffer {
  let webTools: WebTool[] = [];
  const running = new Map<number, AbortController>();
  const modelContext = options.webmcp ? modelContextOf(document) : null;
  const ownTool = (name: string) =>
    options.tools && Object.hasOwn(options.tools, name) ? options.tools[name] : undefined;

  function announce(): void {
    const own = described(Object.entries(options.tools ?? {}), ([name, tool]) => ({
      name,
      description: tool.description,
      parameters: tool.parameters,
      readOnly: tool.readOnly,
    }));
    const others = described(webTools, ({ name, description, inputSchema, annotations }) => ({
      name,
      description,
      parameters: inputSchema,
      readOnly: annotations?.readOnlyHint,
    }));
    const tools = [...own, ...others.filter(({ name }) => !ownTool(name))] as never;
    post({ type: "page", tools, hasContext: !!options.context });
  }

  async function readWebTools(): Promise<void> {
    try {
      webTools = [...((await modelContext?.getTools()) ?? [])];
    } catch {
      webTools = [];
    }
    announce();
  }

  async function run(name: string, args: object, signal: AbortSignal): Promise<unknown> {
    const own = ownTool(name);
    if (own) return own.run(args, { signal });
    const tool = webTools.find((one) => one.name === name);
    if (!tool || !modelContext) throw new Error("the page no longer has this tool");
    // Browsers that provide schemas as text also use text for arguments and results.
    if (typeof tool.inputSchema !== "string") {
      return modelContext.executeTool(tool, args, { signal });
    }
    const result = await modelContext.executeTool(tool, JSON.stringify(args), { signal });
    try {
      return JSON.parse(result as string);
    } catch {
      return result;
    }
  }

  async function call(id: number, name: string, args: object): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      post({ type: "toolResult", id, result: plain(await run(name, args, controller.signal)) });
    } catch (error) {
      post({ type: "toolFailed", id, message: String((error as Error)?.message ?? error) });
    }
    running.delete(id);
  }

  async function sendContext(id: number): Promise<void> {
    const { context } = options;
    let value: unknown = null;
    try {
      value = plain(typeof context === "function" ? await context() : context);
    } catch (error) {
      console.warn("SmoothOperator: context:", error);
    }
    post({ type: "context", id, context: value as never });
  }

  modelContext?.addEventListener("toolchange", readWebTools);
  if (modelContext) readWebTools();
  else announce();
  return {
    announce,
    receive(message) {
      switch (message.type) {
        case "ready":
          announce();
          break;
        case "context":
          sendContext(message.id);
          break;
        case "toolCall":
          call(message.id, message.name, message.args);
          break;
        case "toolAbort":
          running.get(message.id)?.abort();
      }
    },
    stop() {
      modelContext?.removeEventListener("toolchange", readWebTools);
      for (const controller of running.values()) controller.abort();
    },
  };
}

/** The tools as data. One that cannot be read, as a schema that contains itself, is left out. */
function described<Tool>(tools: Tool[], toData: (tool: Tool) => { name: string }) {
  return tools.flatMap((tool) => {
    try {
      return [plain(toData(tool)) as { name: string }];
    } catch (error) {
      console.warn("SmoothOperator: tools:", error);
      return [];
    }
  });
}
