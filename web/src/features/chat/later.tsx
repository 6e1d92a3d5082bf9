// Parts of a conversation that are loaded after the first paint. Until then, and if they cannot be
// loaded, messages are shown as plain text.
import { Component, lazy, type ReactNode, Suspense } from "react";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { ChatErrorAlertProps } from "./chat-error";
import type { MessagesProps } from "./messages";
import type { NotShownProps } from "./not-shown";

const loadMessages = () => import("./messages");
const loadError = () => import("./chat-error");
const LazyMessages = lazy(async () => ({ default: (await loadMessages()).Messages }));
const LazyError = lazy(async () => ({ default: (await loadError()).ChatErrorAlert }));
const LazyNotShown = lazy(async () => ({ default: (await import("./not-shown")).NotShown }));

export function preload(): void {
  Promise.all([loadMessages(), loadError()]).catch(() => {
    // Loaded again when it is shown; until then messages are plain text.
  });
}

export function Messages(props: MessagesProps) {
  return (
    <Later meanwhile={<PlainMessages {...props} />} failing={<PlainMessages {...props} />}>
      <LazyMessages {...props} />
    </Later>
  );
}

export function ChatErrorAlert(props: ChatErrorAlertProps) {
  return (
    <Later failing={<p role="alert">{errorText(props.error)}</p>}>
      <LazyError {...props} />
    </Later>
  );
}

export function NotShown(props: NotShownProps) {
  return (
    <Later>
      <LazyNotShown {...props} />
    </Later>
  );
}

function PlainMessages({ state: { messages }, nameOf }: MessagesProps) {
  return messages.map(({ key, role, agent, content }) => (
    <article
      key={key}
      aria-label={role === "user" ? t("chat.you") : nameOf(agent)}
      dir="auto"
      className="whitespace-pre-wrap py-2 wrap-anywhere"
    >
      {content}
    </article>
  ));
}

interface LaterProps {
  meanwhile?: ReactNode;
  failing?: ReactNode;
  children: ReactNode;
}

class Later extends Component<LaterProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    const { meanwhile, failing, children } = this.props;
    return this.state.failed ? failing : <Suspense fallback={meanwhile}>{children}</Suspense>;
  }
}
