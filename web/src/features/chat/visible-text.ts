// Detects blank text and replaces lone surrogates.

/** Spaces, controls, and characters of Unicode's "default ignorable" set, such as U+200B. */
const INVISIBLE = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export function isBlank(text: string): boolean {
  return INVISIBLE.test(text);
}

/**
 * In JSON a lone surrogate, left by a cut through an emoji, would be an escape that servers refuse.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
