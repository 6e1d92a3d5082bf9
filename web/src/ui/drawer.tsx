// A panel over the page from one side, on narrow screens: a modal dialog in another shape.
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../i18n/translate";
import { classNames } from "./class-names";
import { Modal } from "./dialog";
import { IconButton } from "./icon-button";

export interface DrawerProps {
  open: boolean;
  onClose: () => void;
  /** Shown as its heading unless `bare`. */
  label: string;
  side?: "start" | "end";
  /** Whether the content has its own heading, so that only the close button is added. */
  bare?: boolean;
  children: ReactNode;
}

export function Drawer({ open, onClose, label, side = "start", bare, children }: DrawerProps) {
  if (!open) return null;
  return (
    <Modal
      onClose={onClose}
      label={label}
      focusSelf
      className={classNames(
        "outline-hidden",
        "fixed inset-y-0 m-0 h-dvh max-h-none w-[min(20rem,calc(100vw-3rem))] max-w-none flex-col border-y-0",
        "flex pb-[env(safe-area-inset-bottom)]",
        side === "start" ? "end-auto start-0 border-s-0" : "end-0 start-auto border-e-0",
      )}
    >
      <div className="flex shrink-0 items-center justify-between py-2 pe-2 ps-4">
        <span className={classNames("font-semibold text-sm", bare && "sr-only")} aria-hidden="true">
          {label}
        </span>
        <IconButton
          label={t("ui.close")}
          icon={<X className="size-4.5" />}
          side="start"
          className="ms-auto"
          onClick={onClose}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
    </Modal>
  );
}
