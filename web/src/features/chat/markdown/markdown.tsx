// An answer's text. What draws its Markdown is fetched after the first paint; until then, and if
// it can't be had, the text is shown as it was written.
import { Component, lazy, type ReactNode, Suspense } from "react";
import { PlainText } from "./plain-text";
import type { MarkdownProps } from "./rendered";

const load = () => import("./rendered");

const Rendered = lazy(async () => ({ default: (await load()).Rendered }));

/** Fetches the renderer ahead of the first answer. */
export function preloadMarkdown(): void {
  load().catch(() => {
    // Then answers are shown as they were written.
  });
}

export function Markdown({ text, growing }: MarkdownProps) {
  const plain = <PlainText text={text} />;
  return (
    <div className="flex flex-col gap-3 wrap-break-word">
      <Fallback plain={plain}>
        <Suspense fallback={plain}>
          <Rendered text={text} growing={growing} />
        </Suspense>
      </Fallback>
    </div>
  );
}

interface FallbackProps {
  plain: ReactNode;
  children: ReactNode;
}

/** A renderer that fails must not take the conversation with it. */
class Fallback extends Component<FallbackProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.plain : this.props.children;
  }
}
