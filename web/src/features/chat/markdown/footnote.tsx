import { useContext } from "react";
import { footnoteId } from "./footnote-reference";
import type { FootnoteToken } from "./footnote-syntax";
import { Inline } from "./inline";
import { TextContext } from "./text-context";

export function Footnote({ token }: { token: FootnoteToken }) {
  const { id } = useContext(TextContext);
  return (
    <p
      id={footnoteId(id, token.label)}
      tabIndex={-1}
      dir="auto"
      className="scroll-mt-4 text-muted text-sm"
    >
      <sup className="me-1">{token.label}</sup>
      <Inline tokens={token.tokens} />
    </p>
  );
}
