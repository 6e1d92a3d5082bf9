// Growing text: each word is a separate text node, so that a selection survives. Changing a single
// node would drop it.
import { useContext } from "react";
import { TextContext } from "./text-context";

export function GrowingText({ text }: { text: string }) {
  return useContext(TextContext).wordByWord ? text.split(/(?<=\s)/) : text;
}
