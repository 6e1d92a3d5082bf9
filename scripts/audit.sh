#!/bin/sh
# Audits the dependencies: licences, sources and duplicates by deny.toml, known vulnerabilities by
# both ecosystems' advisory databases. It needs the network, so it is not part of `make test`.
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
