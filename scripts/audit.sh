#!/bin/sh
# Checks the dependencies: licenses, sources and duplicates by deny.toml, known vulnerabilities by
# the advisories of both ecosystems, and that every npm package is pinned by its hash. Advisories
# come from the network, so `make test` does not run this. Unreachable sources are reported
# and fail the check.
set -u
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

say() { printf '%-34s %s\n' "$1" "$2"; }
not_asked() { say "$1" "NOT CHECKED: $2"; failed=1; }
# found <what>: reports a failed check with its output.
found() { say "$1" "FAILED"; cat "$log"; failed=1; }

if cargo deny --version >/dev/null 2>&1; then
    cargo deny --locked check licenses bans sources >"$log" 2>&1 &&
        say "Rust licenses and duplicates" "ok" || found "Rust licenses and duplicates"
    if cargo deny --locked check advisories >"$log" 2>&1; then
        say "Rust advisories" "ok"
    elif grep -qiE "failed to (fetch|clone|acquire|load)|unable to (fetch|load)|network" "$log"; then
        not_asked "Rust advisories" "the advisory database cannot be fetched"
    else
        found "Rust advisories"
    fi
else
    not_asked "Rust licenses and duplicates" "cargo-deny is missing (cargo install --locked cargo-deny)"
    not_asked "Rust advisories" "cargo-deny is missing"
fi

if ! command -v npm >/dev/null; then
    not_asked "npm advisories" "npm is missing"
elif npm --prefix web audit --omit=dev >"$log" 2>&1; then
    say "npm advisories" "ok"
elif grep -qE "audit endpoint returned an error|ENOAUDIT|ENOTFOUND|ECONNREFUSED|ETIMEDOUT" "$log"; then
    not_asked "npm advisories" "the registry does not answer audits"
else
    found "npm advisories"
fi

if node scripts/lib/check-lockfile.mjs web/package-lock.json >"$log" 2>&1; then
    say "npm packages pinned by hash" "ok"
else
    found "npm packages pinned by hash"
fi
exit $failed
