// What a screen reader is told of a run: who answers, handoffs, the end. Never token by token.
import type { ChatState } from "./chat-state";
import { isAnswering } from "./chat-state";

/**
 * The sentence for the step from one state to the next; null when there is nothing to say, and
 * nothing at all ("") where the one before is true no longer: the alert speaks, or one went away.
 */
export function announcement(
  before: ChatState,
  after: ChatState,
  nameOf: (agent: string | null) => string,
): string | null {
  if (before.threadId !== after.threadId && before.threadId !== null) return "";
  if (after.reconnecting && !before.reconnecting) return "Reconnecting…";
  const now = speaker(after);
  const then = speaker(before);
  if (now !== null && now.key !== then?.key) {
    // A stretch that follows another's within the same run was handed over.
    if (then !== null && then.agent !== now.agent) return `Handed over to ${nameOf(now.agent)}`;
    return `${nameOf(now.agent)} is answering`;
  }
  if (now !== null && before.reconnecting && !after.reconnecting) {
    return `${nameOf(now.agent)} is answering`;
  }
  if (isAnswering(before) && !isAnswering(after)) {
    const last = after.messages.at(-1);
    const ended = after.run?.phase === "stopping" || last?.status === "cancelled";
    if (ended) return "The answer was ended";
    return last?.role === "assistant" && last.status === "complete" ? "Answer complete" : "";
  }
  return null;
}

function speaker(state: ChatState) {
  const last = state.messages.at(-1);
  return isAnswering(state) && last?.status === "streaming" ? last : null;
}
