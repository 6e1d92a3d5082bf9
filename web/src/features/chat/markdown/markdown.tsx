// An answer's text as Markdown; as it was written, should drawing it fail.
import { Component } from "react";
import { PlainText } from "./plain-text";
import { type MarkdownProps, Rendered } from "./rendered";

/** A text that can't be drawn must not take the conversation with it. */
export class Markdown extends Component<MarkdownProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    const { text, growing } = this.props;
    return (
      <div className="flex flex-col gap-3 wrap-break-word">
        {this.state.failed ? <PlainText text={text} /> : <Rendered text={text} growing={growing} />}
      </div>
    );
  }
}
