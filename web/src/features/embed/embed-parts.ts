// Dependencies of an embedding on the rest of the app, the browser and the server. Features do not
// import each other, so the app passes these in, and tests pass their own.
import { ApiError } from "../../api/http";
import { getThread } from "../../api/threads";
import type { ShownParts } from "../../protocol/widget-api";
import type { ChatEvent } from "../../protocol/widget-messages";
import type { AdmittingSite } from "./admission";
import { type ApiChoice, chooseApi } from "./allowed-api";
import type { EmbedLook } from "./embed-look";
import type { HostPage } from "./host-page";

export interface EmbedParts {
  auth: {
    getState():
      | { status: "loading" | "unreachable" | "signed-in" }
      | { status: "signed-out"; reason: "new" | "here" | "elsewhere" | "ended" };
    subscribe(listener: () => void): () => void;
    signIn(credentials: { client_secret: string }): Promise<void>;
  };
  site: AdmittingSite & {
    /** Applies the host page's options to the site's look; `hidden` is shown only on request. */
    overlay(look: EmbedLook, hidden: readonly (keyof ShownParts)[]): void;
  };
  chat: {
    on(listener: (event: ChatEvent) => void): () => void;
    command(
      command:
        | { type: "send"; text: string }
        | { type: "openThread"; threadId: string }
        | { type: "stop" | "newThread" },
    ): void;
  };
  /** Drafts by thread; null is the new conversation. */
  drafts: {
    take(threadId: string | null): string;
    carry(threadId: string): void;
  };
  page: HostPage;
}

export interface EmbedEnvironment {
  frame: Window;
  chooseApi(apiUrl: unknown, ownOrigin: string): Promise<ApiChoice>;
  threadExists(id: string): Promise<boolean>;
  now(): number;
}

export const ENVIRONMENT: EmbedEnvironment = {
  frame: window,
  chooseApi: (apiUrl, ownOrigin) => chooseApi(apiUrl, ownOrigin),
  async threadExists(id) {
    try {
      await getThread(id);
      return true;
    } catch (error) {
      // If unsure keep it: the chat itself reports what is wrong.
      return !(error instanceof ApiError && error.status === 404);
    }
  },
  now: () => performance.now(),
};
