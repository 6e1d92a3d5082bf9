// The models that the provider offers to the saved key, fetched when first needed.
import { useCallback, useRef, useState } from "react";
import { listModels } from "../../api/session";
import { errorText } from "../../i18n/error-text";
import { formatDay } from "../../i18n/format";
import { t } from "../../i18n/translate";
import type { ModelList } from "../../protocol/types";
import type { ComboboxOption } from "../../ui/combobox";

interface Models {
  options: readonly ComboboxOption[];
  load: () => void;
  forget: () => void;
  /** A message about the list, or about a `model` that is missing from it. */
  noteOn: (model: string) => string | null;
}

type Item = ModelList["items"][number];

export function useModels(hasKey: boolean): Models {
  const [items, setItems] = useState<readonly Item[]>([]);
  // A function, so that it is in the current language.
  const [note, setNote] = useState<{ text: () => string } | null>(null);
  const round = useRef(0);
  const asked = useRef(false);

  const load = useCallback(() => {
    if (!hasKey) {
      setNote({ text: () => t("key.models_need_key") });
      return;
    }
    if (asked.current) return;
    asked.current = true;
    const mine = ++round.current;
    setNote({ text: () => t("key.models_loading") });
    listModels().then(
      (models) => {
        if (mine !== round.current) return;
        setItems(models.items);
        setNote(models.items.length === 0 ? { text: () => t("key.models_none") } : null);
      },
      (error: unknown) => {
        if (mine !== round.current) return;
        // The next opening fetches again.
        asked.current = false;
        setNote({ text: () => t("key.models_failed", { reason: errorText(error) }) });
      },
    );
  }, [hasKey]);

  const forget = useCallback(() => {
    round.current++;
    asked.current = false;
    setItems([]);
    setNote(null);
  }, []);

  const noteOn = (model: string) => {
    if (note !== null) return note.text();
    if (items.length === 0 || model === "") return null;
    return items.some(({ id }) => id === model) ? null : t("key.model_unknown");
  };

  return { options: items.map(optionOf), load, forget, noteOn };
}

function optionOf({ id, shutdown_date }: Item): ComboboxOption {
  if (!shutdown_date) return { value: id };
  return { value: id, note: t("key.model_retires", { day: formatDay(shutdown_date) }) };
}
