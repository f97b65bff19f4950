# howdah: what can be made here. `make help` lists it.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help demo test soak lint bench screenshots install lab lab-clean

LAB := tests/lab
VERSIONS := 13 15 17 18
SCRIPTS = .ci/run benches/compare $(addprefix $(LAB)/,install engine image entrypoint cluster load clean ready servers postgresql kubernetes/build kubernetes/up kubernetes/down kubernetes/feed)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## a throw-away cluster of real servers with load, and the console on it
	@$(LAB)/servers
	cargo run --release -- demo

test: lab ## everything: units, screens, journeys, the terminal, and real servers in containers
	cargo test

# rustfmt is given every file: cargo fmt does not see modules that macros declare.
lint: ## formatting, clippy, documentation, licences, shell scripts
	@find src tests benches examples -name '*.rs' -print0 2>/dev/null | xargs -0 rustfmt --edition 2024 --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items
	@if cargo deny --version >/dev/null 2>&1; then \
	  cargo deny check bans licenses sources || exit 1; \
	  if cargo deny fetch db >/dev/null 2>&1; then cargo deny check advisories; \
	  else echo 'the advisory database cannot be fetched: known vulnerabilities are not checked here'; fi; \
	else echo 'cargo-deny is not installed: licences and vulnerabilities are not checked here'; fi
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); else echo 'shellcheck is not installed: shell scripts are not checked here'; fi

soak: lab ## what `make test` tries a few times on real servers, in full and with its figures
	HOWDAH_ROUNDS=20 cargo test --release --test lab switchover -- --nocapture --test-threads 1
	HOWDAH_EVERY_STEP=1 cargo test --release --test lab cut_off -- --nocapture --test-threads 1
	HOWDAH_ROUNDS=20 cargo test --release --test demo switchover -- --nocapture --test-threads 1

bench: lab ## howdah beside pg_activity, on the same server under the same load
	cargo build --release
	benches/compare target/release/howdah
	cargo bench --bench frame

screenshots: ## the screens as SVG and PNG, drawn from recorded facts, under screenshots/
	cargo run --release --example screenshots

install: ## the binary into ~/.cargo/bin, its manual and bash completions below ~/.local/share
	cargo install --locked --path .
	@mkdir -p ~/.local/share/man/man1 ~/.local/share/bash-completion/completions
	~/.cargo/bin/howdah man > ~/.local/share/man/man1/howdah.1
	~/.cargo/bin/howdah completions bash > ~/.local/share/bash-completion/completions/howdah

lab: ## what the live tests need: a Docker Engine and an image for each PostgreSQL
	@$(LAB)/ready $(VERSIONS)

lab-clean: ## remove the lab's containers, networks, images and cache
	@$(LAB)/clean --images
