// Whether a key press belongs to an input method, for which Enter and Escape select or cancel.
export function isComposing(event: { isComposing: boolean; keyCode: number }): boolean {
  // Safari ends the composition before it reports it, and then sends 229.
  return event.isComposing || event.keyCode === 229;
}
