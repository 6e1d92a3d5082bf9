// State shared by the blocks of a piece.
import { createContext } from "react";

export interface TextContextValue {
  /** Whether more text will be added to this piece. */
  growing: boolean;
  /** Whether each word is a separate text node. */
  wordByWord: boolean;
  /** The footnotes of the whole text. */
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
