// Key presses and input methods, which use Enter and Escape themselves while composing.

interface KeyPress {
  key: string;
  shiftKey: boolean;
  nativeEvent: { isComposing: boolean; keyCode: number };
}

export function isComposing({ nativeEvent }: KeyPress): boolean {
  // Safari ends the composition before the key press that caused it, which has the code 229.
  return nativeEvent.isComposing || nativeEvent.keyCode === 229;
}

/** Whether a key press sends the message: Enter without Shift. */
export function isSendKey(press: KeyPress): boolean {
  return press.key === "Enter" && !press.shiftKey && !isComposing(press);
}
