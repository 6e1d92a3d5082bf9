# The commands of this project. Each installs what is missing, or says what to install.
.DEFAULT_GOAL := help
.PHONY: help demo run build test types fmt audit bench size
SHELL := /bin/sh

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## The chat on this machine, answered by a scripted stand-in: no key, no account
	@node scripts/serve.mjs demo

run: build ## The chat on this machine, answered by OPENAI_BASE_URL (OpenAI's, when not set)
	@node scripts/serve.mjs run

build: ## What demo, run and the browser tests start
	@scripts/ensure.sh rust nginx node-modules
	@echo "Building the server (about 3 minutes the first time) and the page (about 20 seconds) …"
	@cargo build --workspace --bins --example scripted-provider --example mcp-shop --locked
	@npm --prefix web run --silent build -- --logLevel warn
	@cd web/packages/embed && npm pack --silent >/dev/null

test: ## Every check: format, lint, types, unit, integration and browser tests
	@scripts/test.sh

types: ## Regenerate the API's TypeScript types from the server
	@scripts/ensure.sh rust node-modules
	@cargo build --bin smooth-operator --locked
	@scripts/generate-types.sh

fmt: ## Format everything
	@scripts/ensure.sh rust node-modules
	@cargo fmt --all
	@cd web && npx --no-install biome check --write .

audit: ## Licenses, duplicates and known vulnerabilities of all dependencies
	@scripts/audit.sh

bench: ## What a streamed answer costs the API, in CPU time, memory and delay
	@scripts/ensure.sh rust nginx
	@cargo build --release --bin smooth-operator --examples --locked
	@cargo build --profile dist --bin smooth-operator --example byte-relay --example scripted-provider --locked
	@node scripts/bench/bounds.mjs release
	@node scripts/bench/main.mjs release
	@node scripts/bench/main.mjs dist
	@node scripts/bench/stores.mjs release

size: ## Size, start and idle memory of the shipped program, and size of the web app
	@scripts/ensure.sh rust node-modules nginx chromium
	@scripts/size.sh
