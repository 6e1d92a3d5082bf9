// What the loader itself says on the host's page.

export interface LoaderTexts {
  open: string;
  close: string;
  /** The frame's name. */
  title: string;
  /** Stands before the number of unread answers, as the description of a bubble's button. */
  unread: string;
}

export const ENGLISH: LoaderTexts = {
  open: "Open chat",
  close: "Close chat",
  title: "Chat",
  unread: "Unread answers:",
};
