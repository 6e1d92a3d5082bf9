// A request that starts a run: a message, or the answers to all open interrupts.
import type { InterruptAnswer, NewMessage, Resume } from "../../api/chat";
import type { ChatMessage } from "./chat-state";
import { type PageTools, pageOffer } from "./page-tools";

export interface ChatRequest {
  readonly key: string;
  readonly threadId: string | null;
  readonly text: string | null;
  readonly replaceFrom: string | null;
  readonly answers: readonly InterruptAnswer[];
  /** The messages before it, restored if the server refuses it. */
  readonly before: ChatMessage[];
  /** The JSON as first sent: a repeat under the same key must have the same bytes. */
  body: string | null;
}

/** The JSON of a request, with the page's current tools and context. */
export async function composeBody(request: ChatRequest, page: PageTools): Promise<string> {
  const { threadId, text, replaceFrom, answers } = request;
  const offer = await pageOffer(page);
  if (text === null && threadId !== null) {
    const resume: Resume = { thread_id: threadId, resume: [...answers], ...offer };
    return JSON.stringify(resume);
  }
  const message: NewMessage = { message: text ?? "", ...offer };
  if (threadId !== null) message.thread_id = threadId;
  if (replaceFrom !== null) message.replace_from = replaceFrom;
  return JSON.stringify(message);
}
