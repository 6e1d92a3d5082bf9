#!/bin/sh
# Sizes against their limits: the shipped program (profile `dist`, slow to build), its start time and
# idle memory, and the web app with the times of its first load.
set -eu
cd "$(dirname "$0")/.."
cargo build --profile dist --bin smooth-operator --locked
npm --prefix web run --silent build >/dev/null
failed=0
node scripts/bench/program-size.mjs dist || failed=1
npm --prefix web run --silent size || failed=1
cargo build --workspace --bins --examples --locked
node web/scripts/measure-first-load.mjs || failed=1
exit $failed
