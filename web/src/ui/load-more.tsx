// Loads the next page of a list.
import type { RefObject } from "react";
import { t } from "../i18n/translate";
import { Button } from "./button";

interface LoadMoreProps {
  list: { loadMore(): Promise<void>; getState(): { nextCursor: string | null } };
  busy: boolean;
  /** Takes the focus when the button disappears with the last page. */
  region: RefObject<HTMLElement | null>;
}

export function LoadMore({ list, busy, region }: LoadMoreProps) {
  const load = async () => {
    await list.loadMore();
    if (list.getState().nextCursor === null) region.current?.focus();
  };
  return (
    <Button small look="quiet" className="mt-2 w-full" busy={busy} onClick={() => void load()}>
      {t("ui.load_more")}
    </Button>
  );
}
