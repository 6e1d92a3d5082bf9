#!/bin/bash
# Runs every check, in four rounds: static checks and builds; the Rust tests; replicas, images and
# metrics next to memory and engines; the browser tests, alone. A step runs even when others failed,
# unless it needs their output. `scripts/test.sh lint` runs the steps whose name
# contains "lint"; what they need must be built already.
set -u
cd "$(dirname "$0")/.."
only=${1:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/smooth-operator-test.XXXXXX")
began=$SECONDS
export CARGO_TERM_COLOR=never NO_COLOR=1

say() { printf '%s\n' "$*"; }

# step <name> <command…>: runs it and prints one line, or its output when it failed.
step() {
    local name=$1 start=$SECONDS
    shift
    case $name in *"$only"*) ;; *) return 0 ;; esac
    if "$@" >"$work/$name.log" 2>&1 </dev/null; then
        echo "ok $((SECONDS - start))" >"$work/$name.result"
        say "  ok    $name ($((SECONDS - start)) s)"
    else
        echo "FAILED $((SECONDS - start))" >"$work/$name.result"
        # One write, so that parallel failures do not mix their lines.
        say "  FAIL  $name ($((SECONDS - start)) s)
$(sed 's/^/        /' "$work/$name.log" | tail -n 200)"
        return 1
    fi
}
skip() {
    case $1 in *"$only"*) ;; *) return 0 ;; esac
    echo "skipped 0" >"$work/$1.result"
    say "  skip  $1: $2"
}

# round <title>: said once, before its steps.
round() { [ -n "$only" ] || say "$1"; }

# together <function> <function>: runs both at once. Each is a process group (set -m), so that
# interrupting us stops their children, too.
together() {
    set -m
    "$1" &
    local first=$!
    "$2" &
    local second=$!
    set +m
    trap "kill -TERM -- -$first -$second 2>/dev/null; exit 130" INT TERM
    wait $first $second
    trap - INT TERM
}

rust_checks() {
    step rust-format cargo fmt --all --check
    step rust-build cargo build --workspace --bins --examples --locked && touch "$work/rust-built"
    step rust-lint cargo clippy --workspace --all-targets --locked -- -D warnings
}
web_checks() {
    step web-install scripts/ensure.sh node-modules || {
        for name in web-unit web-lint web-types web-build web-size; do
            skip $name "web-install failed"
        done
        return
    }
    step web-unit npm --prefix web run --silent test &
    step web-lint npm --prefix web run --silent lint
    step web-types npm --prefix web run --silent types
    step web-build npm --prefix web run --silent build && touch "$work/web-built"
    step web-size npm --prefix web run --silent size
    step scripts node --test scripts/test/
    wait
}
rust_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        # Most tests wait more than they compute.
        step rust-tests cargo nextest run --workspace --locked --no-fail-fast \
            --test-threads $((2 * $(nproc)))
    else
        step rust-tests cargo test --workspace --all-targets --locked --no-fail-fast
    fi
    step rust-doc-tests cargo test --workspace --doc --locked
    step web-types-fresh scripts/generate-types.sh --check
}
replicas_and_images() {
    # Two files at once: they mostly wait.
    step replicas node --test --test-concurrency=2 scripts/replicas/*.test.mjs
    step images node scripts/replay-image.mjs
    if command -v prometheus >/dev/null; then
        step metrics node scripts/replay-metrics.mjs
    else
        say "  --    metrics: not tried, since prometheus is not installed"
    fi
}
memory_and_engines() {
    step bounds node scripts/bench/bounds.mjs debug small
    command -v firefox-esr >/dev/null ||
        say "  --    engines: Firefox not tried, since firefox-esr is not installed"
    command -v WebKitWebDriver >/dev/null ||
        say "  --    engines: WebKit not tried, since webkit2gtk-driver is not installed"
    step engines node --test scripts/engines/*.test.mjs
}

say "Every check takes about 10 minutes on 2 cores, 15 when the dependencies are still to compile."
say "The whole output of each step is in $work"
step prepare scripts/ensure.sh rust rust-checks nginx chromium redis postgres
# Optional: the step that uses it says so when it is missing.
if [ -z "$only" ]; then
    for what in promtool firefox webkit openssl; do
        scripts/ensure.sh $what </dev/null || true
    done
fi

round "Static checks, builds, the page's unit tests, about 1 minute (6 when the dependencies are still to compile)"
together rust_checks web_checks
[ -n "$only" ] && touch "$work/rust-built" "$work/web-built"
built=
[ -e "$work/rust-built" ] && [ -e "$work/web-built" ] && built=1

round "Rust tests, about 90 seconds"
if [ -e "$work/rust-built" ]; then
    rust_tests
else
    for name in rust-tests rust-doc-tests web-types-fresh; do skip $name "rust-build failed"; done
fi

round "Replicas that die, images and metrics, next to memory and other engines, about 2 minutes"
step nginx-config node scripts/check-nginx.mjs
if [ -n "$built" ]; then
    together replicas_and_images memory_and_engines
    round "Browser tests, about 5 minutes"
    step browser npm --prefix web run --silent e2e
else
    for name in images metrics engines replicas bounds browser; do skip $name "the build failed"; done
fi

failed=0
say ""
for file in "$work"/*.result; do
    read -r result seconds <"$file"
    [ "$result" = ok ] || failed=$((failed + 1))
    printf '  %-16s %-8s %4s s\n' "$(basename "$file" .result)" "$result" "$seconds"
done
total=$((SECONDS - began))
if [ $failed = 0 ]; then
    say "
All checks passed in $total s."
    rm -rf "$work"
else
    say "
$failed of the checks did not pass ($total s). Their output is in $work"
    exit 1
fi
