import { t } from "../../i18n/translate";
import type { ToolUse } from "./chat-state";

export function toolWords(call: ToolUse): string {
  const { tool, result, is_error, arguments: args } = call;
  const title = typeof args.title === "string" ? args.title : "";
  const step = result === null ? "doing" : is_error ? "failed" : "done";
  if (title === "" && tool.endsWith("_note")) return otherWords(tool, step);
  switch (tool) {
    case "save_note":
      if (step === "doing") return t("tool.saving_note", { title });
      return step === "done"
        ? t("tool.saved_note", { title })
        : t("tool.save_note_failed", { title });
    case "get_note":
      if (step === "doing") return t("tool.reading_note", { title });
      return step === "done"
        ? t("tool.read_note", { title })
        : t("tool.read_note_failed", { title });
    case "list_titles":
      if (step === "doing") return t("tool.listing_notes");
      return step === "done" ? t("tool.listed_notes") : t("tool.list_notes_failed");
    default:
      return tool.startsWith("handoff_to_") ? handoffWords(tool, step) : otherWords(tool, step);
  }
}

function handoffWords(tool: string, step: string): string {
  const id = tool.slice("handoff_to_".length).replaceAll("_", " ");
  const agent = id.charAt(0).toUpperCase() + id.slice(1);
  if (step === "doing") return t("tool.handing_over", { agent });
  return step === "done" ? t("tool.handed_over", { agent }) : t("tool.hand_over_failed", { agent });
}

function otherWords(tool: string, step: string): string {
  const name = toolName(tool);
  if (step === "doing") return t("tool.using", { name });
  return step === "done" ? t("tool.used", { name }) : t("tool.use_failed", { name });
}

/** `shop__order_status` is "order status". */
export function toolName(tool: string): string {
  return tool.replace(/^.*?(?:__|\/)/, "").replaceAll(/[_-]+/g, " ");
}
