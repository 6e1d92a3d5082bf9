// A passcode or key as it was meant: pasted text brings blanks around it, and invisible characters
// (zero-width spaces, direction marks) anywhere in it.
export function cleanSecret(text: string): string {
  return text.replace(/\p{Cf}/gu, "").trim();
}
