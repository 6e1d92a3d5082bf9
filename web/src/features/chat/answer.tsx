// An agent's answer as an article: agent, reasoning, calls, text, and actions.
import { RotateCcw } from "lucide-react";
import { t } from "../../i18n/translate";
import { classNames } from "../../ui/class-names";
import { CopyButton } from "../../ui/copy-button";
import { IconButton } from "../../ui/icon-button";
import { AgentBadge } from "./agent-badge";
import { ACTIONS, ARTICLE, QUIET } from "./article";
import { type ChatMessage, isHandoff } from "./chat-state";
import { Markdown } from "./markdown/markdown";
import { ThinkingDots } from "./thinking-dots";
import { ThoughtDisclosure } from "./thought";
import { ToolCall } from "./tool-call";
import { usageWords } from "./usage-words";

export interface AnswerProps {
  message: ChatMessage;
  name: string;
  idle: boolean;
  last: boolean;
  /** Calls that a card asks about, which are not shown as calls. */
  waitingCalls: ReadonlySet<string>;
  showUsage: boolean;
  onRegenerate: () => void;
}

export function Answer(props: AnswerProps) {
  const { message, name, idle, last, waitingCalls, showUsage, onRegenerate } = props;
  const { content, thought, status, usage } = message;
  const growing = status === "streaming";
  const calls = message.toolCalls.filter((call) => !isHandoff(call) && !waitingCalls.has(call.id));
  const waiting = growing && content === "" && !calls.some(({ result }) => result === null);
  const empty = status === "complete" && content === "" && message.toolCalls.length === 0;
  return (
    <article aria-label={name} className={classNames(ARTICLE, "flex flex-col gap-2 pt-2")}>
      <header className="flex items-center gap-2.5">
        <AgentBadge agent={message.agent} name={name} />
        <h2 className="font-semibold text-sm" dir="auto">
          {name}
        </h2>
      </header>
      {/* A translator that rewrites what still grows would freeze it. */}
      <div className="flex flex-col gap-2.5 sm:ps-9" translate={growing ? "no" : undefined}>
        {thought !== null && <ThoughtDisclosure thought={thought} growing={growing} />}
        {calls.map((call) => (
          <ToolCall key={call.id} call={call} ended={!growing} />
        ))}
        {content !== "" && <Markdown text={content} growing={growing} />}
        {waiting && <ThinkingDots />}
        {empty && <p className="text-muted">{t("chat.empty_answer")}</p>}
        <Marks message={message} />
        {!growing && (
          <div
            className={classNames(ACTIONS, "-mt-1.5 -ms-2 min-h-8 print:hidden", !last && QUIET)}
          >
            {content !== "" && <CopyButton text={content} side="top-start" />}
            {last && idle && status !== "interrupted" && (
              <IconButton
                small
                label={t("chat.regenerate")}
                side="top"
                icon={<RotateCcw className="size-4" aria-hidden="true" />}
                onClick={onRegenerate}
              />
            )}
            {showUsage && usage !== null && (
              <span className="ms-2 text-xs">{usageWords(usage)}</span>
            )}
          </div>
        )}
      </div>
    </article>
  );
}

function Marks({ message: { status, truncated } }: { message: ChatMessage }) {
  const marks = [
    status === "cancelled" && t("chat.stopped"),
    status === "failed" && t("chat.failed"),
    truncated && t("chat.truncated"),
  ].filter((mark) => mark !== false);
  if (marks.length === 0) return null;
  return <p className="text-muted text-sm italic">{marks.join(" · ")}</p>;
}
