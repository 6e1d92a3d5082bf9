// Keys as an input method leaves them: while it composes a word, Enter and Escape are its own.

interface KeyPress {
  key: string;
  shiftKey: boolean;
  nativeEvent: { isComposing: boolean; keyCode: number };
}

export function isComposing({ nativeEvent }: KeyPress): boolean {
  // Safari ends composing before the key press that did it, which then has the code 229.
  return nativeEvent.isComposing || nativeEvent.keyCode === 229;
}

/** Whether a key press means "send": Enter without Shift. */
export function isSendKey(press: KeyPress): boolean {
  return press.key === "Enter" && !press.shiftKey && !isComposing(press);
}
