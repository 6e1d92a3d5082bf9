// Whether the words of an element are separate text nodes: while it grows, and afterwards if joining
// them would drop a selection. A long answer has far fewer nodes once its words are joined.
import { type RefObject, startTransition, useEffect, useState } from "react";

export function useWordByWord(element: RefObject<HTMLElement | null>, growing: boolean): boolean {
  const [apart, setApart] = useState(growing);
  useEffect(() => {
    if (growing || !apart || hasSelection(element.current)) return;
    startTransition(() => setApart(false));
  }, [element, growing, apart]);
  return apart;
}

function hasSelection(element: HTMLElement | null): boolean {
  const selection = getSelection();
  return (
    element !== null &&
    selection !== null &&
    !selection.isCollapsed &&
    selection.getRangeAt(0).intersectsNode(element)
  );
}
