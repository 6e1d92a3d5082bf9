// State shared by the blocks of a text.
import { createContext } from "react";

export interface TextContextValue {
  /** Whether more text will come. */
  growing: boolean;
  /** The footnotes of the text. */
  footnotes: ReadonlySet<string>;
  /** Distinguishes this text's footnotes from others on the page. */
  id: string;
}

export const TextContext = createContext<TextContextValue>({
  growing: false,
  footnotes: new Set(),
  id: "",
});
