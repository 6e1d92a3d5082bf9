#!/bin/sh
# Generates TypeScript types from the server's own /openapi.json.
#   scripts/generate-types.sh          writes web/src/protocol/generated.ts
#   scripts/generate-types.sh --check  fails when that file is stale
set -eu
cd "$(dirname "$0")/.."
target=web/src/protocol/generated.ts
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"${CARGO_TARGET_DIR:-target}/debug/smooth-operator" openapi >"$folder/openapi.json"
(cd web && npx --no-install openapi-typescript "$folder/openapi.json" -o "$folder/generated.ts") >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
if [ "${1:-}" = --check ]; then
    diff -u "$target" "$folder/generated.ts" || {
        echo "$target is stale. Run: make types" >&2
        exit 1
    }
else
    cp "$folder/generated.ts" "$target"
fi
