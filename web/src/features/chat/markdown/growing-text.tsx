// Growing text: each word is a separate text node, so that a selection survives. Changing a single
// node would drop it.
import { useContext, useState } from "react";
import { TextContext } from "./text-context";

export function GrowingText({ text }: { text: string }) {
  const { growing } = useContext(TextContext);
  // Also after the text has ended, since joining the words would drop the selection.
  const [apart] = useState(growing);
  return apart ? text.split(/(?<=\s)/) : text;
}
