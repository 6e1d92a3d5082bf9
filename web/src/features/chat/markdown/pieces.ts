// Splits a growing Markdown text into pieces that are lexed one by one, so that no step takes long:
// added text affects only the last piece, and the page can respond between two pieces.

export interface Piece {
  /** Its start in the text, which identifies it. */
  start: number;
  text: string;
  /** `code`: a fenced block. `plain`: a block too large to lex. */
  kind: "markdown" | "code" | "plain";
  /** Depths of the headings above it. */
  outline: readonly number[];
}

/** A piece ends at the first block boundary after this many characters… */
const SOFT_CHARS = 4 * 1024;
/** …or at any boundary after this many. A single block beyond it is shown as plain text. */
const HARD_CHARS = 16 * 1024;
/** Nor is a block lexed that has more lines than people write, */
const MAX_LINES = 1_000;
/** or enters and leaves quotes more often: marked reads the quote again each time. */
const MAX_TURNS = 50;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const INNER_FENCE = /^\s+(`{3,}(?=[^`]*$)|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:\s|$)/;
const BLANK = /^\s*$/;

interface Segment {
  end: number;
  isFence: boolean;
  depths: number[];
  /** Lexing it would take too long. */
  isCostly: boolean;
}

export class PieceReader {
  private text = "";
  private pieces: Piece[] = [];
  /** The number of scanned characters, for the test that keeps this cheap. */
  scanned = 0;

  /** All but the last piece stay the same while the text grows. */
  read(source: string): readonly Piece[] {
    const text = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
    if (text === this.text) return this.pieces;
    const kept = text.startsWith(this.text) ? this.pieces.slice(0, -1) : [];
    const last = text.startsWith(this.text) ? this.pieces.at(-1) : undefined;
    this.pieces = [...kept, ...this.split(text, last?.start ?? 0, last?.outline ?? [])];
    this.text = text;
    return this.pieces;
  }

  private split(text: string, from: number, outline: readonly number[]): Piece[] {
    const pieces: Piece[] = [];
    let start = from;
    let open = outline;
    let depths: number[] = [];
    const close = (end: number, kind: Piece["kind"]) => {
      if (end > start) pieces.push({ start, text: text.slice(start, end), kind, outline: open });
      open = depths.reduce(openHeadings, open);
      depths = [];
      start = end;
    };
    for (let at = from; at < text.length; ) {
      const segment = nextSegment(text, at);
      const size = segment.end - at;
      this.scanned += size;
      const isOwn = segment.isFence ? size > SOFT_CHARS : segment.isCostly || size > HARD_CHARS;
      if (isOwn || mayCut(at - start, text[at])) close(at, "markdown");
      depths.push(...segment.depths);
      at = segment.end;
      if (isOwn) close(at, segment.isFence ? "code" : "plain");
    }
    close(text.length, "markdown");
    return pieces;
  }
}

/** Indented text may belong to the list before it, so do not cut there. */
function mayCut(size: number, next: string | undefined): boolean {
  return size > HARD_CHARS || (size > SOFT_CHARS && next !== " " && next !== "\t");
}

export function openHeadings(open: readonly number[], depth: number): readonly number[] {
  return [...open.filter((outer) => outer < depth), depth];
}

/** A fenced block, or the lines up to a blank line or a fence; including blank lines after it. */
function nextSegment(text: string, from: number): Segment {
  const depths: number[] = [];
  let at = from;
  let fence: string | null = null;
  let isFence = false;
  let ended = false;
  let lines = 0;
  let turns = 0;
  let quoted = false;
  while (at < text.length) {
    const lineEnd = text.indexOf("\n", at);
    const end = lineEnd === -1 ? text.length : lineEnd + 1;
    const line = text.slice(at, lineEnd === -1 ? end : lineEnd);
    const blank = BLANK.test(line);
    lines += 1;
    if (!blank && line.startsWith(">") !== quoted) {
      quoted = !quoted;
      turns += 1;
    }
    if (fence !== null) {
      if (closes(line, fence)) {
        fence = null;
        ended = isFence;
      }
    } else if (blank) ended = true;
    else if (ended) break;
    else {
      const outer = FENCE.exec(line)?.[1];
      if (outer && at > from && !/^\s/.test(line)) break;
      fence = outer ?? INNER_FENCE.exec(line)?.[1] ?? null;
      isFence = at === from && outer !== undefined;
      const depth = HEADING.exec(line)?.[1]?.length;
      if (depth !== undefined) depths.push(depth);
    }
    at = end;
  }
  return { end: at, isFence, depths, isCostly: lines > MAX_LINES || turns > MAX_TURNS };
}

/** Whether a line closes a fence (CommonMark 4.5). */
function closes(line: string, fence: string): boolean {
  const marks = line.trim();
  return marks.length >= fence.length && marks === (fence[0] ?? "").repeat(marks.length);
}
