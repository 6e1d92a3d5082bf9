// What the blocks of one text share.
import { createContext } from "react";

export interface TextContextValue {
  /** More text will come. */
  growing: boolean;
  /** The footnotes that the text defines. */
  footnotes: ReadonlySet<string>;
  /** Tells this text's footnotes from those of others on the page. */
  id: string;
}

export const TextContext = createContext<TextContextValue>({
  growing: false,
  footnotes: new Set(),
  id: "",
});
