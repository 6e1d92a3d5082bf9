// Announcements of a run for screen readers: who answers, handoffs, questions, the end. No text.
import { t } from "../../i18n/translate";
import { type ChatState, isAnswering } from "./chat-state";

/**
 * Null: nothing new. Empty: the previous one no longer applies (an alert speaks, or another thread
 * is in view).
 */
export function announcement(
  before: ChatState,
  after: ChatState,
  nameOf: (agent: string | null) => string,
): string | null {
  if (before.threadId !== after.threadId && before.threadId !== null) return "";
  if (after.reconnecting && !before.reconnecting) return t("status.reconnecting");
  const now = speaker(after);
  const then = speaker(before);
  if (now !== null && now.key !== then?.key) {
    // A change of agent within a run is a handoff.
    if (then !== null && then.agent !== now.agent) {
      return t("status.handed_over", { agent: nameOf(now.agent) });
    }
    return t("status.answering", { agent: nameOf(now.agent) });
  }
  if (now !== null && before.reconnecting && !after.reconnecting) {
    return t("status.answering", { agent: nameOf(now.agent) });
  }
  if (asksVisitor(after) && !asksVisitor(before)) return request(after, nameOf);
  if (isAnswering(before) && !isAnswering(after)) return ending(after);
  return null;
}

function ending(after: ChatState): string {
  const last = after.messages.at(-1);
  if (after.run?.phase === "stopping" || last?.status === "cancelled") return t("status.stopped");
  return last?.role === "assistant" && last.status === "complete" ? t("status.complete") : "";
}

function request(state: ChatState, nameOf: (agent: string | null) => string): string {
  const agent = nameOf(state.messages.at(-1)?.agent ?? state.agent);
  const first = state.interrupts.find(({ step }) => step === "open");
  return first?.interrupt.reason === "question"
    ? t("card.question", { agent })
    : t("card.permission", { agent });
}

function asksVisitor({ run, interrupts }: ChatState): boolean {
  return run === null && interrupts.some(({ step }) => step === "open");
}

function speaker(state: ChatState) {
  const last = state.messages.at(-1);
  return isAnswering(state) && last?.status === "streaming" ? last : null;
}
