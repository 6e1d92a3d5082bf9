// Growing text: each word is a separate text node, so that a selection survives. Changing a single
// node would drop it.
import { useContext } from "react";
import { TextContext } from "./text-context";

/** After this many characters there is a node for a few words at once: nodes cost time. */
const MANY_CHARS = 2_000;
const WORD_END = /(?<=\s)(?=\S)/;
const WORDS = /[\s\S]{100,}?(?<=\s)(?=\S)|[\s\S]+/g;

export function GrowingText({ text }: { text: string }) {
  return useContext(TextContext).wordByWord ? nodesOf(text) : text;
}

/** The nodes but the last stay the same while the text grows. */
function nodesOf(text: string): string[] {
  const words = text.slice(0, MANY_CHARS).split(WORD_END);
  const last = text.length > MANY_CHARS ? (words.pop() ?? "") : "";
  const rest = last + text.slice(MANY_CHARS);
  return [...words, ...(rest.match(WORDS) ?? [])];
}
