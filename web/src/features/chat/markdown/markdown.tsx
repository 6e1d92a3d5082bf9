// An answer's text as Markdown, or as plain text if drawing it fails.
import { Component } from "react";
import { PlainText } from "./plain-text";
import { type MarkdownProps, Rendered } from "./rendered";

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
