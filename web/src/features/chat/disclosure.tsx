import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { classNames } from "../../ui/class-names";

export interface DisclosureProps {
  icon: ReactNode;
  label: string;
  children: ReactNode;
  className?: string;
}

export function Disclosure({ icon, label, children, className }: DisclosureProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div
      className={classNames(
        "w-fit max-w-full rounded-box border border-base-300 bg-base-100 text-sm",
        className,
      )}
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full items-center gap-2.5 rounded-box px-3 py-1.5 text-start hover:bg-base-200 pointer-coarse:min-h-11"
      >
        {icon}
        <span className="min-w-0 flex-1 wrap-anywhere">{label}</span>
        <ChevronDown
          className={classNames(
            "size-4 shrink-0 text-muted transition-transform",
            open && "rotate-180",
          )}
          aria-hidden="true"
        />
      </button>
      {open && (
        <div id={id} className="border-base-300 border-t px-3 py-3">
          {children}
        </div>
      )}
    </div>
  );
}
