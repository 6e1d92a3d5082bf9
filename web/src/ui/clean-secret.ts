// Cleans a pasted passcode or key, which may have blanks around it and invisible characters
// (zero-width spaces, direction marks) anywhere.
export function cleanSecret(text: string): string {
  return text.replace(/\p{Cf}/gu, "").trim();
}
