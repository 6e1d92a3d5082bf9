// What one tab keeps across a reload: sessionStorage, which throws when storage is denied (in a
// frame of another site it often is). Without it, things are kept for the life of the page.
const kept = new Map<string, string>();

export function readTab(key: string): string | null {
  try {
    return sessionStorage.getItem(key) ?? kept.get(key) ?? null;
  } catch {
    return kept.get(key) ?? null;
  }
}

export function writeTab(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
    kept.delete(key);
  } catch {
    kept.set(key, value);
  }
}

export function removeTab(key: string): void {
  kept.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Denied storage holds nothing of ours.
  }
}
