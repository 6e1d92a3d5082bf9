// A message for the next page, which stays until it is dismissed. The page's single status region
// announces it.
import { X } from "lucide-react";
import { useStore } from "zustand/react";
import { createStore } from "zustand/vanilla";
import { t } from "../i18n/translate";
import { IconButton } from "./icon-button";
import { announce } from "./status-region";

const notice = createStore<string>(() => "");

export function showNotice(text: string): void {
  notice.setState(text, true);
  if (text !== "") announce(text);
}

export function Notice() {
  const text = useStore(notice);
  return (
    <div className="pointer-events-none fixed inset-x-0 top-16 z-30 px-4">
      {text !== "" && (
        <aside
          aria-label={text}
          className="pointer-events-auto mx-auto flex w-fit max-w-lg items-start gap-2 rounded-box border border-base-300 bg-base-100 py-2 ps-4 pe-2 text-sm shadow-pop"
        >
          <p className="py-1 wrap-anywhere">{text}</p>
          <IconButton
            small
            label={t("ui.dismiss")}
            side="bottom-end"
            icon={<X className="size-4" aria-hidden="true" />}
            onClick={() => showNotice("")}
          />
        </aside>
      )}
    </div>
  );
}
