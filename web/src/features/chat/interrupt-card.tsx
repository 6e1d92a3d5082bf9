import { ApprovalCard } from "./approval-card";
import type { InterruptCardProps } from "./card";
import { DecidedLine } from "./decided-line";
import { PageToolCard } from "./page-tool-card";
import { QuestionCard } from "./question-card";

export function InterruptCard(props: InterruptCardProps) {
  const { step, interrupt } = props.open;
  switch (step) {
    case "decided":
    case "queued":
    case "running":
      return <DecidedLine open={props.open} />;
    case "open":
      return interrupt.reason === "question" ? (
        <QuestionCard {...props} />
      ) : (
        <ApprovalCard {...props} />
      );
    default:
      return <PageToolCard {...props} />;
  }
}
