#!/bin/sh
# Looks the dependencies over: licences, sources and duplicates by deny.toml, known holes by both
# ecosystems' advisory lists. It asks the network, so it is no part of `make test`.
set -u
cd "$(dirname "$0")/.."
failed=0
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --locked check || failed=1
else
    echo "cargo-deny is missing, the Rust side was not looked at. Install it: cargo install --locked cargo-deny" >&2
    failed=1
fi
scripts/ensure.sh node-modules && npm --prefix web audit --omit=dev || failed=1
exit $failed
