// Tool calls in people's words.
import type { ToolUse } from "./chat-state";

/** What a call did, is doing, or failed to do. */
export function toolWords(call: ToolUse): string {
  const title = typeof call.arguments.title === "string" ? `“${call.arguments.title}”` : "";
  const [doing, done, noun] = wordsOf(call.tool);
  const object = noun === "" ? "" : ` ${[noun, title].filter(Boolean).join(" ")}`;
  if (call.result === null) return `${doing}${object}…`;
  if (call.is_error) return `${doing}${object} failed`;
  return `${done}${object}`;
}

/** Doing, done, and to what. */
function wordsOf(tool: string): [string, string, string] {
  switch (tool) {
    case "save_note":
      return ["Saving", "Saved", "note"];
    case "get_note":
      return ["Reading", "Read", "note"];
    case "list_titles":
      return ["Listing notes", "Listed notes", ""];
    default: {
      const name = tool.replaceAll("_", " ");
      if (tool.startsWith("handoff_to_")) {
        const id = name.slice("handoff to ".length);
        const agent = id.charAt(0).toUpperCase() + id.slice(1);
        return [`Handing over to ${agent}`, `Handed over to ${agent}`, ""];
      }
      return [`Using ${name}`, `Used ${name}`, ""];
    }
  }
}
