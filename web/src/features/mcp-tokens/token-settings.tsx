// Lets the visitor's own MCP client reach the notes: makes tokens, shows how to connect, revokes.
import { useRef } from "react";
import type { McpToken, NewMcpToken } from "../../protocol/types";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { CopyButton } from "../../ui/copy-button";
import { formatDay } from "../../ui/format";
import { Spinner } from "../../ui/spinner";
import { useTokens } from "./use-tokens";

export function TokenSettings() {
  const { items, made, busy, failure, reload, create, revoke } = useTokens();
  const createButton = useRef<HTMLButtonElement>(null);
  return (
    <div className="flex flex-col items-start gap-4">
      <p className="text-muted text-sm">
        A token opens your notes to an MCP client of your own, such as a code editor or a desktop
        assistant. It lasts 30 days and can read and write notes, nothing else.
      </p>
      {failure && (
        <Alert
          className="w-full"
          actions={
            items === null && (
              <Button small onClick={() => void reload()}>
                Try again
              </Button>
            )
          }
        >
          {failure}
        </Alert>
      )}
      {made && <NewToken made={made} />}
      {items === null && !failure && <Spinner label="Loading tokens" className="size-5" />}
      {items !== null && items.length > 0 && (
        <ul className="w-full divide-y divide-base-300 rounded-field border border-base-300">
          {items.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              busy={busy === token.id}
              // The row goes away, and the focus with it.
              onRevoke={() => void revoke(token.id, () => createButton.current?.focus())}
            />
          ))}
        </ul>
      )}
      <Button ref={createButton} busy={busy === "create"} onClick={() => void create()}>
        Create token
      </Button>
    </div>
  );
}

function TokenRow(props: { token: McpToken; busy: boolean; onRevoke: () => void }) {
  const { token, busy, onRevoke } = props;
  const created = formatDay(token.created_at);
  return (
    <li className="flex items-center justify-between gap-4 px-3.5 py-2.5">
      <div className="min-w-0 text-sm">
        <p className="font-medium">Created {created}</p>
        <p className="text-muted">
          {token.last_used_at ? `Last used ${formatDay(token.last_used_at)}` : "Never used"},
          expires {formatDay(token.expires_at)}
        </p>
      </div>
      <Button
        small
        look="quiet"
        busy={busy}
        aria-label={`Revoke token created ${created}`}
        onClick={onRevoke}
      >
        Revoke
      </Button>
    </li>
  );
}

function NewToken({ made }: { made: NewMcpToken }) {
  const config = clientConfig(made);
  return (
    <div className="w-full overflow-hidden rounded-field border border-base-300 bg-base-200">
      <div className="flex flex-col gap-3 p-3.5">
        <p className="text-sm">
          <strong className="font-medium">Your new token.</strong> Copy it now: it is not shown
          again.
        </p>
        <div className="flex items-center gap-1.5">
          <input
            readOnly
            aria-label="Token"
            className="input input-sm min-w-0 flex-1 border-line font-mono text-xs"
            value={made.token}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton text={made.token} label="Copy token" side="bottom-end" />
        </div>
      </div>
      <div className="border-base-300 border-t">
        <div className="flex items-center justify-between pt-1.5 pr-2 pl-3.5">
          <p className="font-medium text-sm">Client configuration</p>
          <CopyButton text={config} label="Copy configuration" side="bottom-end" />
        </div>
        {/* Scrolls sideways, so it must be reachable by keyboard. */}
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs the focus.
          tabIndex={0}
          aria-label="Client configuration"
          className="overflow-x-auto px-3.5 pt-1 pb-3.5"
        >
          <pre className="font-mono text-xs leading-relaxed">{config}</pre>
        </section>
      </div>
    </div>
  );
}

/** The entry that MCP clients read from their configuration file. */
export function clientConfig({ url, token }: NewMcpToken): string {
  const server = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ mcpServers: { "smooth-operator": server } }, null, 2);
}
