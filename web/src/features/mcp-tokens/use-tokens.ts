import { useCallback, useEffect, useState } from "react";
import { createMcpToken, listMcpTokens, revokeMcpToken } from "../../api/mcp-tokens";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { McpToken, NewMcpToken } from "../../protocol/types";
import { announce } from "../../ui/status-region";

interface Tokens {
  /** Null until they are loaded. */
  items: readonly McpToken[] | null;
  /** The new token, whose text is shown only once. */
  made: NewMcpToken | null;
  busy: boolean;
  failure: string | null;
  reload: () => Promise<void>;
  create: () => Promise<void>;
  revoke: (id: string) => Promise<void>;
}

export function useTokens(): Tokens {
  const [items, setItems] = useState<readonly McpToken[] | null>(null);
  const [made, setMade] = useState<NewMcpToken | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const attempt = useCallback(async (work: () => Promise<void>) => {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  }, []);

  const load = useCallback(async () => setItems((await listMcpTokens()).items), []);
  const reload = useCallback(() => attempt(load), [attempt, load]);

  useEffect(() => void reload(), [reload]);

  const create = () => {
    setBusy(true);
    return attempt(async () => {
      setMade(await createMcpToken());
      announce(t("tokens.was_created"));
      await load();
    });
  };

  const revoke = async (id: string) => {
    await revokeMcpToken(id);
    // The list does not tell which one was just created, and a revoked one must not be shown.
    setMade(null);
    setItems((all) => all?.filter((token) => token.id !== id) ?? null);
    announce(t("tokens.was_revoked"));
  };

  return { items, made, busy, failure, reload, create, revoke };
}
