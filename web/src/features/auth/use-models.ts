// The models that the provider offers to the saved key, fetched when they are first wanted.
import { useCallback, useRef, useState } from "react";
import { toApiError } from "../../api/http";
import { listModels } from "../../api/session";

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
      setNote("Save a key to see the models it offers.");
      return;
    }
    if (asked.current) return;
    asked.current = true;
    const mine = ++round.current;
    setNote("Loading models…");
    listModels().then(
      (models) => {
        if (mine !== round.current) return;
        setItems(models.items);
        setNote(models.items.length === 0 ? "The provider lists no models. Type a name." : null);
      },
      (error: unknown) => {
        if (mine !== round.current) return;
        // The next opening asks again.
        asked.current = false;
        setNote(`${toApiError(error).message} You can type a name.`);
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
