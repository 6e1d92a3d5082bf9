// The app inside a host page's frame: a chunk of its own, since a page of our own needs none of it.
import type { ReactNode } from "react";
import type { AuthStore } from "./features/auth/auth-store";
import type { ChatEvents } from "./features/chat/chat-events";
import { moveDraft } from "./features/chat/drafts";
import { EmbedGate } from "./features/embed/embed-gate";
import type { EmbedParams } from "./features/embed/embed-params";
import { EmbedStore } from "./features/embed/embed-store";
import type { Handshake } from "./features/embed/handshake";
import type { SiteStore } from "./features/site/site-store";

export interface EmbeddingParts {
  auth: AuthStore;
  site: SiteStore;
  events: ChatEvents;
}

/** Puts the app behind the embedding's gate. */
export function embedded(
  app: ReactNode,
  params: EmbedParams,
  greeted: Promise<Handshake> | null,
  { auth, site, events }: EmbeddingParts,
): ReactNode {
  const embed = new EmbedStore(params, greeted, {
    auth,
    site,
    chat: events,
    carryDraft: (threadId) => moveDraft(threadId, null),
  });
  return <EmbedGate embed={embed}>{app}</EmbedGate>;
}
