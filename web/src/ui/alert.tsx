// A message about what happened and what to do. Errors are announced at once.
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

const TONES = {
  error: { icon: CircleAlert, edge: "border-error/35 bg-error/8", ink: "text-error" },
  warning: { icon: TriangleAlert, edge: "border-warning/35 bg-warning/8", ink: "text-warning" },
  info: { icon: Info, edge: "border-base-300 bg-base-200", ink: "text-muted" },
  success: { icon: CircleCheck, edge: "border-success/35 bg-success/8", ink: "text-success" },
} as const;

export interface AlertProps {
  tone?: keyof typeof TONES;
  children: ReactNode;
  actions?: ReactNode;
  className?: string;
}

export function Alert({ tone = "error", children, actions, className }: AlertProps) {
  const { icon: Icon, edge, ink } = TONES[tone];
  return (
    <div
      role={tone === "error" ? "alert" : "status"}
      className={classNames(
        "flex items-start gap-2.5 rounded-field border px-3.5 py-3 text-sm",
        edge,
        className,
      )}
    >
      <Icon className={classNames("mt-0.5 size-4 shrink-0", ink)} aria-hidden="true" />
      <div className="flex min-w-0 flex-1 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 wrap-break-word">{children}</div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
