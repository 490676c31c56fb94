# The two commands are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# A large source package, which only tests of clusters need.
$(VENV)/.spark: $(VENV)/.ready requirements-spark.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

setup: $(VENV)/.ready ## the virtual environment with everything pinned

lock: ## pin every dependency again (hashes, no index address)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra server --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra spark pyproject.toml -o requirements-all.lock
	awk '/^[a-z]/{keep=/^(pyspark|py4j)==/} keep' requirements-all.lock > requirements-spark.lock && rm requirements-all.lock
	grep -A200 '^uv==' requirements.lock | awk 'NR==1||/^    --hash/{print} NR>1&&!/^    /{exit}' | sed '$$ s/ \\$$//' > requirements-uv.lock

demo: setup ## the whole way on this machine: make demo, make demo DATA=folder, make demo SERVE=0
	$(BIN)/lakmus demo $(if $(DATA),--data "$(DATA)") $(if $(filter 0,$(SERVE)),--no-serve)

format: setup ## lay out the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: setup $(VENV)/.spark ## format, lint, types, layers, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow and not browser and not postgres"

parts:
	tools/system_parts.sh postgresql chromium java

test: setup $(VENV)/.spark parts ## everything that fits twenty minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow"

test-full: setup $(VENV)/.spark parts ## the long runs too
	$(BIN)/pytest -n 2

oracle: setup ## random CQL asked of cql-execution too: make oracle, make oracle SEEDS="0 100", make oracle DAY=2026-01-31
	$(BIN)/python -m tests.query.cql.oracle $(if $(DAY),--day $(DAY),$(if $(SEEDS),--seeds $(SEEDS)))

bench: setup ## a benchmark: make bench NAME=ingest QUICK=1
	QUICK=$(QUICK) $(BIN)/python bench/$(NAME).py

.PHONY: help demo setup parts lock format check test test-full oracle bench
