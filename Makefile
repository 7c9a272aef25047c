# The front door: `make help` lists what it opens. The same recipes run on a laptop and in CI.

TARGET := $(or $(CARGO_TARGET_DIR),target)
NOT_RUN := $(TARGET)/rig/not-run.txt

# cargo-nextest where it is installed, else cargo's own runner.
ifneq ($(shell command -v cargo-nextest 2>/dev/null),)
RUN_TESTS := cargo nextest run --locked --workspace --no-fail-fast $(if $(filter true,$(CI)),--profile ci)
else
RUN_TESTS := cargo test --locked --workspace --lib --bins --tests --no-fail-fast
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check bless bench audit lambda rig clean-rig

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run a simulated fleet through the real path on this machine; ARGS="--accounts 100" goes to `fanin demo`
	cargo run --locked --release -- demo $(ARGS)

test: rig ## Set up the rig, then run every test there is
	cargo build --locked --package fanin-forwarder
	cargo check --locked --no-default-features --lib
	cargo test --locked --doc
	@mkdir -p $(TARGET)/rig && rm -f $(NOT_RUN)
	@$(RUN_TESTS); status=$$?; if [ -s $(NOT_RUN) ]; then echo; sort -u $(NOT_RUN); fi; exit $$status

check: ## Format, lints on every feature set, house rules, documentation: what takes minutes less than the tests
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --no-default-features --lib -- -D warnings
	cargo clippy --locked --package fanin-forwarder --all-targets -- -D warnings
	cargo test --locked --test tidy
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

bless: ## Take what the tests got for what they expect from now on; read the diff before you commit it
	FANIN_BLESS=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 $(RUN_TESTS)

bench: ## Measure speed and memory
	cargo bench --locked $(ARGS)

audit: ## Check licences, sources, banned crates and known vulnerabilities of everything that is linked in
	@command -v cargo-deny >/dev/null || { echo "audit: not run: cargo-deny is missing; \`cargo install --locked cargo-deny\` builds it in some minutes" >&2; exit 1; }
	cargo deny check bans licenses sources
	@cargo deny fetch db || { echo "audit: vulnerabilities not checked: the RustSec advisory database cannot be fetched from here" >&2; exit 1; }
	cargo deny check advisories

lambda: ## Build the archives that Lambda takes, target/lambda/fanin-forwarder-*.zip; ARCH=x86_64 builds that one alone
	@python3 forwarder/package.py $(ARCH)

rig: ## Install the programs that the tests talk to, under target/rig and without root
	@python3 tests/rig/setup.py

clean-rig: ## Remove them
	rm -rf $(TARGET)/rig
