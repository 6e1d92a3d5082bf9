// Puts the right conversation into the frame's address before the chat is shown: the one requested
// by the host page, the one in the address, or the one last in view on an earlier page.
import { isThreadId } from "../../protocol/widget-messages";
import type { EmbedEnvironment, EmbedParts } from "./embed-parts";
import type { ThreadMemory } from "./thread-memory";

export type Placement = "kept" | "lost" | "unknown";

/**
 * "lost": the visitor no longer owns the conversation; its draft moves to a new one. "unknown": the
 * host page requested a conversation that is not the visitor's.
 */
export async function placeThread(
  { frame, threadExists }: Pick<EmbedEnvironment, "frame" | "threadExists">,
  drafts: EmbedParts["drafts"],
  memory: ThreadMemory,
  named: unknown,
): Promise<Placement> {
  const { history, location } = frame;
  const show = (path: string) => {
    if (path !== location.pathname) history.replaceState(null, "", path + location.search);
  };
  if (isThreadId(named) && !(await threadExists(named))) {
    show("/chat");
    return "unknown";
  }
  const threadId = isThreadId(named) ? named : (threadIn(location.pathname) ?? memory.read());
  if (!threadId || !/^\/chat\b/.test(location.pathname)) return "kept";
  if (isThreadId(named) || (await threadExists(threadId))) {
    show(`/chat/${threadId}`);
    return "kept";
  }
  drafts.carry(threadId);
  memory.forget();
  show("/chat");
  return "lost";
}

export function threadIn(pathname: string): string | undefined {
  return /^\/chat\/([\w-]{1,64})$/.exec(pathname)?.[1];
}
