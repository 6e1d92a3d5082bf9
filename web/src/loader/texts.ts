// The loader's own texts.

export interface LoaderTexts {
  open: string;
  close: string;
  title: string;
  /** Precedes the number of unread answers in the description of the bubble's button. */
  unread: string;
}

export const ENGLISH: LoaderTexts = {
  open: "Open chat",
  close: "Close chat",
  title: "Chat",
  unread: "Unread answers:",
};
