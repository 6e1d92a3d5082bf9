// Whether a key press belongs to an input method: Enter and Escape then choose or drop a word.
export function isComposing(event: { isComposing: boolean; keyCode: number }): boolean {
  // Safari ends composing before it says so; 229 is what it sends then.
  return event.isComposing || event.keyCode === 229;
}
