// A text with the words of a search marked, wherever they are and whatever their case.
export function MarkedText({ text, query }: { text: string; query: string }) {
  const words = query.normalize("NFC").split(/\s+/).filter(Boolean);
  if (words.length === 0) return text;
  const pattern = new RegExp(`(${words.map(escaped).join("|")})`, "giu");
  // Split by a group: every second part is a match.
  return text
    .normalize("NFC")
    .split(pattern)
    .map((part, at) =>
      at % 2 === 1 ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part's place is its name
        <mark key={at} className="rounded-xs bg-primary/25 text-inherit">
          {part}
        </mark>
      ) : (
        part
      ),
    );
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
