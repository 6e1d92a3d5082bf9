// The models that the provider offers to the saved key, fetched when they are first wanted.
import { useCallback, useRef, useState } from "react";
import { listModels } from "../../api/session";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";

interface Models {
  items: readonly string[];
  /** Why there is nothing to choose from (yet). */
  note: string | null;
  load: () => void;
  /** The key has changed: what it offers is asked again. */
  forget: () => void;
}

export function useModels(hasKey: boolean): Models {
  const [items, setItems] = useState<readonly string[]>([]);
  const [note, setNote] = useState<string | null>(null);
  const round = useRef(0);
  const asked = useRef(false);

  const load = useCallback(() => {
    if (!hasKey) {
      setNote(t("key.models_need_key"));
      return;
    }
    if (asked.current) return;
    asked.current = true;
    const mine = ++round.current;
    setNote(t("key.models_loading"));
    listModels().then(
      (models) => {
        if (mine !== round.current) return;
        setItems(models.items);
        setNote(models.items.length === 0 ? t("key.models_none") : null);
      },
      (error: unknown) => {
        if (mine !== round.current) return;
        // The next opening asks again.
        asked.current = false;
        setNote(t("key.models_failed", { reason: errorText(error) }));
      },
    );
  }, [hasKey]);

  const forget = useCallback(() => {
    round.current++;
    asked.current = false;
    setItems([]);
    setNote(null);
  }, []);

  return { items, note, load, forget };
}
