// Text that may grow: each word is a text node of its own then, so that what is selected stays
// selected. One node that changes would drop the selection.
import { useContext, useState } from "react";
import { TextContext } from "./text-context";

export function GrowingText({ text }: { text: string }) {
  const { growing } = useContext(TextContext);
  // Kept to its end: joining the words would drop the selection, too.
  const [apart] = useState(growing);
  return apart ? text.split(/(?<=\s)/) : text;
}
