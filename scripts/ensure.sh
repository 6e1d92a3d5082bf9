#!/bin/sh
# Installs missing tools: `scripts/ensure.sh nginx chromium …`. As root on a Debian-like system it
# runs apt-get; otherwise it prints what to install.
set -eu
cd "$(dirname "$0")/.."

need() { # need <what> <package>: the distribution's package that brings it
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $2 …" >&2
        # Keep packages from starting their servers.
        policy=/usr/sbin/policy-rc.d
        [ -e "$policy" ] && policy=
        if [ -n "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod +x "$policy"
            trap 'rm -f "$policy"' EXIT
        fi
        log=$(mktemp)
        if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2"; } >"$log" 2>&1; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            echo "$2 could not be installed." >&2
            exit 1
        fi
        rm -f "$log"
        if [ -n "$policy" ]; then
            rm -f "$policy"
            trap - EXIT
        fi
    else
        echo "$1 is missing. Install it, for example: sudo apt-get install $2" >&2
        exit 1
    fi
}

has() {
    command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]
}

for what in "$@"; do
    case $what in
    rust)
        has cargo || { echo "cargo is missing. Install Rust (rustup), then try again." >&2; exit 1; }
        # Rust links with the system's C compiler, and the TLS library is written in C.
        has cc || need "A C compiler" build-essential
        ;;
    rust-checks)
        for tool in fmt clippy; do
            cargo "$tool" --version >/dev/null 2>&1 || {
                echo "cargo $tool is missing. Install it: rustup component add rustfmt clippy" >&2
                exit 1
            }
        done
        ;;
    node-modules)
        has npm || { echo "npm is missing. Install Node 20.19 or later, then try again." >&2; exit 1; }
        # npm writes a copy of the lock file into node_modules when it has finished.
        if [ ! -e web/node_modules/.package-lock.json ] ||
            [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
            (cd web && npm ci --no-audit --no-fund --loglevel=error)
            touch web/node_modules/.package-lock.json
        fi
        ;;
    nginx) has nginx || need nginx nginx-light ;;
    chromium)
        if [ -z "${CHROMIUM:-}" ]; then
            has chromium-headless-shell || need Chromium chromium-headless-shell
            has chromium || need Chromium chromium
        fi
        ;;
    firefox) has firefox-esr || need Firefox firefox-esr ;;
    webkit)
        has WebKitWebDriver || need "WebKit's WebDriver" webkit2gtk-driver
        has Xvfb || need Xvfb xvfb
        ;;
    openssl) has openssl || need openssl openssl ;;
    redis) has redis-server || need redis-server redis-server ;;
    postgres)
        has postgres || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ||
            need PostgreSQL postgresql
        ;;
    promtool) has promtool || need promtool prometheus ;;
    *)
        echo "ensure.sh does not know $what" >&2
        exit 2
        ;;
    esac
done
