# `make run` and `make test` set themselves up; see scripts/setup.sh for what they install.
PORT ?= 8080

.PHONY: help run test bench dist fmt sample
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Build the app and serve it on http://localhost:8080 (PORT=n for another port)
	@scripts/setup.sh build
	@scripts/build.sh
	@python3 scripts/serve.py --port $(PORT)

test: ## Run every check: format, lints, native, wasm and end-to-end tests
	@scripts/test.sh

bench: ## Measure the release build against its peers (BIG=1 adds 10,000,000 events)
	@scripts/setup.sh bench
	@scripts/build.sh
	@BIG=$(BIG) node benches/run.mjs

dist: ## Leave the static site in dist/, for any path of any static host
	@scripts/setup.sh build
	@scripts/build.sh

fmt: ## Format the Rust code
	@cargo fmt

sample: ## Make public/sample.log.gz anew
	@cargo run --quiet --release --example generate -- --sample | gzip -n -9 > public/sample.log.gz
