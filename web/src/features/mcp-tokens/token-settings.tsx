// Creates and revokes tokens for the visitor's own MCP clients, and shows how to connect.
import { useRef, useState } from "react";
import { formatDay } from "../../i18n/format";
import { t } from "../../i18n/translate";
import type { McpToken, NewMcpToken } from "../../protocol/types";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { CopyButton } from "../../ui/copy-button";
import { ScrollBox } from "../../ui/scroll-box";
import { Spinner } from "../../ui/spinner";
import { useTokens } from "./use-tokens";

export function TokenSettings() {
  const { items, made, busy, failure, reload, create, revoke } = useTokens();
  const createButton = useRef<HTMLButtonElement>(null);
  return (
    <div className="flex flex-col items-start gap-4">
      <p className="text-muted text-sm">{t("tokens.about")}</p>
      {failure && (
        <Alert
          className="w-full"
          actions={
            items === null && (
              <Button small onClick={() => void reload()}>
                {t("ui.try_again")}
              </Button>
            )
          }
        >
          {failure}
        </Alert>
      )}
      {made && <NewToken made={made} />}
      {items === null && !failure && <Spinner label={t("tokens.loading")} className="size-5" />}
      {items !== null && items.length > 0 && (
        <ul className="w-full divide-y divide-base-300 rounded-field border border-base-300">
          {items.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onRevoke={async () => {
                await revoke(token.id);
                // The row disappears, and the focus with it.
                createButton.current?.focus();
              }}
            />
          ))}
        </ul>
      )}
      <Button ref={createButton} busy={busy} onClick={() => void create()}>
        {t("tokens.create")}
      </Button>
    </div>
  );
}

function TokenRow({ token, onRevoke }: { token: McpToken; onRevoke: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const created = formatDay(token.created_at);
  return (
    <li className="flex items-center justify-between gap-4 px-3.5 py-2.5">
      <div className="min-w-0 text-sm">
        <p className="font-medium">{t("tokens.created", { day: created })}</p>
        <p className="text-muted">
          {token.last_used_at
            ? t("tokens.used_expires", {
                used: formatDay(token.last_used_at),
                expires: formatDay(token.expires_at),
              })
            : t("tokens.unused_expires", { expires: formatDay(token.expires_at) })}
        </p>
      </div>
      <Button
        small
        look="quiet"
        aria-label={t("tokens.revoke_one", { day: created })}
        onClick={() => setAsking(true)}
      >
        {t("tokens.revoke")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t("tokens.revoke_title")}
          confirm={t("tokens.revoke")}
          onConfirm={onRevoke}
          onClose={() => setAsking(false)}
        >
          {t("tokens.revoke_text")}
        </ConfirmDialog>
      )}
    </li>
  );
}

function NewToken({ made }: { made: NewMcpToken }) {
  const config = clientConfig(made);
  return (
    <div className="w-full overflow-hidden rounded-field border border-base-300 bg-base-200">
      <div className="flex flex-col gap-3 p-3.5">
        <p className="text-sm">
          <strong className="font-medium">{t("tokens.new")}</strong> {t("tokens.copy_now")}
        </p>
        <div className="flex items-center gap-1.5">
          <input
            readOnly
            aria-label={t("tokens.token")}
            className="input input-sm min-w-0 flex-1 border-line font-mono text-xs"
            value={made.token}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton text={made.token} label={t("tokens.copy")} side="bottom-end" />
        </div>
      </div>
      <div className="border-base-300 border-t">
        <div className="flex items-center justify-between pt-1.5 pe-2 ps-3.5">
          <p className="font-medium text-sm">{t("tokens.config")}</p>
          <CopyButton text={config} label={t("tokens.copy_config")} side="bottom-end" />
        </div>
        <ScrollBox
          dir="ltr"
          label={t("tokens.config")}
          className="overflow-x-auto px-3.5 pt-1 pb-3.5"
        >
          <pre className="font-mono text-xs leading-relaxed">{config}</pre>
        </ScrollBox>
      </div>
    </div>
  );
}

/** The entry for an MCP client's configuration file. */
function clientConfig({ url, token }: NewMcpToken): string {
  const server = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ mcpServers: { "smooth-operator": server } }, null, 2);
}
