// The requests to the scripted provider (`GET /_seen`), for tests that check whether something
// really reached it or ended there.
import type { Stack } from "./stack";

export interface SeenRequest {
  last_user: string;
  tools: string[];
  messages: number;
  /** Whether the client left before the answer was complete. */
  disconnected: boolean;
  chunks_sent: number;
}

/** Oldest first. */
export async function seenRequests(stack: Stack): Promise<SeenRequest[]> {
  if (!stack.provider) throw new Error("this stack has no scripted provider");
  const answer = await fetch(`${stack.provider.url}/_seen`);
  const { requests } = (await answer.json()) as { requests: SeenRequest[] };
  return requests;
}

/** The latest request whose last user message contains `text`. */
export async function seen(stack: Stack, text: string): Promise<SeenRequest | undefined> {
  return (await seenRequests(stack)).findLast((request) => request.last_user.includes(text));
}
