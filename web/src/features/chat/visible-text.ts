// Text as a reader sees it: an invisible text counts as blank, half a character is replaced.

/** Spaces, controls, and characters of Unicode's "default ignorable" set, such as U+200B. */
const INVISIBLE = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether there is nothing to see in a text. */
export function isBlank(text: string): boolean {
  return INVISIBLE.test(text);
}

/**
 * Half of a surrogate pair, which a cut through an emoji leaves, becomes U+FFFD: JSON would carry
 * it as an escape that servers refuse.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
