// An answer as it was written, where its Markdown can not be drawn.
export function PlainText({ text }: { text: string }) {
  return <p className="whitespace-pre-wrap">{text}</p>;
}
