// The visitor's data that the tab keeps for the next page: unsent texts, the conversation in view, and
// running page tools. Removed when the visitor signs out, or another user of the site signs in.
import { readTab, removeTab, writeTab } from "./api/tab-storage";
import { forgetDrafts } from "./features/chat/drafts";
import { forgetRequests } from "./features/chat/outbox";
import { forgetPageTools } from "./features/chat/page-tool-marks";
import { forgetViews } from "./features/embed/thread-memory";

const USER = "so.user";

export function forgetPrivateTexts(): void {
  forgetDrafts();
  forgetRequests();
  forgetPageTools();
  forgetViews();
  removeTab(USER);
}

/**
 * Keeps them for the user with this tag, and only for that user. Without a tag, each sign-in is a new
 * visitor to the server, and goes on with what an earlier one has typed.
 */
export function keepPrivateTextsFor(userTag: string | undefined): void {
  const before = readTab(USER);
  if (before !== null && before !== userTag) forgetPrivateTexts();
  if (userTag !== undefined) writeTab(USER, userTag);
}
