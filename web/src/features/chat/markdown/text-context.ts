import { createContext } from "react";

export interface TextContextValue {
  growing: boolean;
  wordByWord: boolean;
  footnotes: ReadonlySet<string>;
  /** Distinguishes this text's footnotes from others on the page. */
  id: string;
}

export const TextContext = createContext<TextContextValue>({
  growing: false,
  wordByWord: false,
  footnotes: new Set(),
  id: "",
});
