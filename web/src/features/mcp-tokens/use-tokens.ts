// The visitor's MCP tokens: listed, made, revoked.
import { useCallback, useEffect, useState } from "react";
import { toApiError } from "../../api/http";
import { createMcpToken, listMcpTokens, revokeMcpToken } from "../../api/mcp-tokens";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { McpToken, NewMcpToken } from "../../protocol/types";
import { announce } from "../../ui/status-region";

interface Tokens {
  /** Null until they are known. */
  items: readonly McpToken[] | null;
  /** The one just made; its text is never shown again. */
  made: NewMcpToken | null;
  /** What is under way: "create", or the id being revoked. */
  busy: string | null;
  failure: string | null;
  reload: () => Promise<void>;
  create: () => Promise<void>;
  revoke: (id: string, onRevoked: () => void) => Promise<void>;
}

export function useTokens(): Tokens {
  const [items, setItems] = useState<readonly McpToken[] | null>(null);
  const [made, setMade] = useState<NewMcpToken | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const attempt = useCallback(async (work: () => Promise<void>) => {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(errorText(toApiError(error)));
    } finally {
      setBusy(null);
    }
  }, []);

  const load = useCallback(async () => setItems((await listMcpTokens()).items), []);
  const reload = useCallback(() => attempt(load), [attempt, load]);

  useEffect(() => void reload(), [reload]);

  const create = () => {
    setBusy("create");
    return attempt(async () => {
      setMade(await createMcpToken());
      announce(t("tokens.was_created"));
      await load();
    });
  };

  const revoke = (id: string, onRevoked: () => void) => {
    setBusy(id);
    return attempt(async () => {
      await revokeMcpToken(id);
      // Which of them was just made is not known; better none shown than one that is dead.
      setMade(null);
      announce(t("tokens.was_revoked"));
      onRevoked();
      await load();
    });
  };

  return { items, made, busy, failure, reload, create, revoke };
}
