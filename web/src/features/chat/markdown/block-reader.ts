// A growing Markdown text as blocks. Only its end is parsed again when text is added: a whole
// 100 KB answer parsed at every paint would freeze the page.
import { Lexer, type Token } from "marked";

export interface Block {
  /** Where the block begins in the text: its name for as long as it is there. */
  start: number;
  token: Token;
}

const OPTIONS = { gfm: true, breaks: true } as const;

export class BlockReader {
  private text = "";
  private blocks: Block[] = [];
  private complete = false;
  /** How many blocks were parsed so far, for the test that keeps this cheap. */
  parsed = 0;

  /**
   * The blocks of a text. `complete`: no more will come, so that it is read once as a whole (a
   * link's target may stand below the blocks that use it). Throws when it is nested too deeply.
   */
  read(source: string, complete: boolean): Block[] {
    // The lexer does the same first; done here, the places of blocks are places in this text.
    const text = source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
    if (text === this.text && complete === this.complete) return this.blocks;
    const grown = !complete && text.startsWith(this.text);
    const kept = grown ? this.settled() : [];
    const from = grown ? (this.blocks[kept.length]?.start ?? 0) : 0;
    this.blocks = [...kept, ...this.parse(text, from)];
    this.text = text;
    this.complete = complete;
    return this.blocks;
  }

  /**
   * The blocks that more text can't change: all but the last two. The last is being written; the
   * one before may go on in it (a list whose next item has only begun looks like a paragraph).
   */
  private settled(): Block[] {
    let open = 2;
    let at = this.blocks.length;
    while (at > 0 && open > 0) {
      at -= 1;
      if (this.blocks[at]?.token.type !== "space") open -= 1;
    }
    return this.blocks.slice(0, at);
  }

  private parse(text: string, from: number): Block[] {
    let start = from;
    return new Lexer(OPTIONS).lex(text.slice(from)).map((token) => {
      const block = { start, token };
      start += token.raw.length;
      this.parsed += 1;
      return block;
    });
  }
}
