// An answer as it was written, until its Markdown can be drawn.
export function PlainText({ text }: { text: string }) {
  return <p className="whitespace-pre-wrap">{text}</p>;
}
