// Limits on the tools and context of a host page. The API refuses messages that exceed them, so
// they are left out or cut here, and the page's owner is told.
import type { PageToolOffer } from "../../protocol/widget-messages";

const KIB = 1024;
const MAX_TOOLS = 32;
const MAX_DESCRIPTION = KIB;
const MAX_SCHEMA = 8 * KIB;
const MAX_TOGETHER = 32 * KIB;
const MAX_CONTEXT = 8 * KIB;
const MAX_RESULT = 64 * KIB;
const MAX_ERROR = KIB;

export interface OfferedTool {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
  read_only: boolean;
}

type Warn = (message: string) => void;

const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text).length;

export function admitTools(offers: readonly PageToolOffer[], warn: Warn): OfferedTool[] {
  const admitted: OfferedTool[] = [];
  let together = 0;
  for (const offer of offers) {
    const tool = toTool(offer);
    const size = tool === null ? 0 : bytesOf(JSON.stringify(tool));
    const fault = faultOf(offer, tool, admitted.length, together + size);
    if (fault !== null) {
      warn(`the tool "${offer.name.slice(0, 60)}" is left out: ${fault}`);
    } else if (tool !== null) {
      together += size;
      admitted.push(tool);
    }
  }
  return admitted;
}

function faultOf(
  { name, description }: PageToolOffer,
  tool: OfferedTool | null,
  count: number,
  together: number,
): string | null {
  if (!/^[\w-]{1,48}$/.test(name)) return "its name must be 1 to 48 of A-Z, a-z, 0-9, _ and -";
  if (description.trim() === "") return "it has no description";
  if (bytesOf(description) > MAX_DESCRIPTION) return "its description is longer than 1 KiB";
  if (tool === null) return "its parameters are not a JSON Schema";
  if (bytesOf(JSON.stringify(tool.parameters)) > MAX_SCHEMA) return "its schema exceeds 8 KiB";
  if (count >= MAX_TOOLS) return "a page may offer 32 tools";
  if (together > MAX_TOGETHER) return "the tools together exceed 32 KiB";
  return null;
}

function toTool({ name, description, parameters, readOnly }: PageToolOffer): OfferedTool | null {
  try {
    const text = typeof parameters === "string" ? parameters : JSON.stringify(parameters ?? {});
    const schema: unknown = JSON.parse(text);
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return null;
    const object = { type: "object", properties: {}, ...schema };
    return { name, description, parameters: object, read_only: readOnly };
  } catch {
    return null;
  }
}

/** The context as text, cut to the limit; null if there is none. */
export function contextText(context: unknown, warn: Warn): string | null {
  if (context === null || context === undefined) return null;
  const text = typeof context === "string" ? context : toJson(context);
  if (text === null || text.trim() === "") return null;
  const cut = cutTo(MAX_CONTEXT, text);
  if (cut !== text) warn("the context exceeds 8 KiB and is cut");
  return cut;
}

/** The error that a tool threw, cut to the limit. */
export function errorText(message: string): string {
  return cutTo(MAX_ERROR, message);
}

function cutTo(max: number, text: string): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= max) return text;
  // Drop a character that was cut in half.
  return new TextDecoder().decode(bytes.subarray(0, max), { stream: true });
}

/** The result to send, or the reason why it cannot be sent. */
export function checkResult(result: unknown): { result: unknown } | { error: string } {
  const json = toJson(result ?? null);
  if (json === null) return { error: "the result of the tool is not JSON" };
  if (bytesOf(json) > MAX_RESULT) return { error: "the result of the tool exceeds 64 KiB" };
  return { result: JSON.parse(json) };
}

function toJson(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}
