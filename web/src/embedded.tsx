// The app inside a host page's frame: a separate chunk, since it is not needed in its own tab.
import type { ReactNode } from "react";
import type { ChatKeeper } from "./chat-keeper";
import type { AuthStore } from "./features/auth/auth-store";
import { moveDraft, readDraft, writeDraft } from "./features/chat/drafts";
import { EmbedGate } from "./features/embed/embed-gate";
import type { EmbedParams } from "./features/embed/embed-params";
import { EmbedStore } from "./features/embed/embed-store";
import type { Handshake } from "./features/embed/handshake";
import { HostPage } from "./features/embed/host-page";
import type { SiteStore } from "./features/site/site-store";

export interface EmbeddingParts {
  auth: AuthStore;
  site: SiteStore;
  chat: ChatKeeper;
}

/** Puts the app behind the embedding's gate. */
export function embedded(
  app: ReactNode,
  params: EmbedParams,
  greeted: Promise<Handshake> | null,
  { auth, site, chat }: EmbeddingParts,
): ReactNode {
  const page = new HostPage();
  chat.page = page;
  const embed = new EmbedStore(params, greeted, {
    auth,
    site,
    chat: chat.events,
    drafts: { take: takeDraft, carry: (threadId) => moveDraft(threadId, null) },
    page,
  });
  return <EmbedGate embed={embed}>{app}</EmbedGate>;
}

function takeDraft(threadId: string | null): string {
  const text = readDraft(threadId);
  writeDraft(threadId, "");
  return text;
}
