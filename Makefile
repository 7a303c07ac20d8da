# Everything that one does with this project. `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where what is measured in real time is tested: beside nothing but its like.
REAL_TIME := tests/chaos tests/browser tests/scenarios tests/storage/test_spool.py
# Paths that are asked for take the place of everything.
ASKED := $(filter tests tests/%,$(ARGS))
SOURCES := voicebot webhooks wsgi.py gunicorn.conf.py tests benchmarks

# The service is many processes that start often: compiled modules are kept, whatever the surroundings say.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check chaos bench format lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what the service needs (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.txt
	@echo "installing what tests and checks need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/.installed: $(VENV)/.development package.json package-lock.json
	@echo "installing what the tests need of npm: Supabase's local server, schemas, axe"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-audit --no-fund
	@touch $@

demo: $(VENV)/.runtime ## Start everything on this machine, play a tour, keep serving (DEMO_EXIT=1: stop after it)
	@$(BIN)/python -m voicebot demo

test: node_modules/.installed ## Install what it needs and run all tests, or ARGS="tests/sql -k words"
	@$(BIN)/python -m pytest -n 2 -m "not chaos and not browser" $(ARGS) || test $$? -eq 5
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "chaos or browser" $(if $(ASKED),,$(REAL_TIME)) $(ARGS) || test $$? -eq 5

check: $(VENV)/.development ## Format, lint and types
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/mypy

chaos: $(VENV)/.development ## Break things for longer than `make test` does, and print what came of it
	@CHAOS=long $(BIN)/python -m pytest -m chaos -s $(ARGS)

bench: $(VENV)/.development ## Run the benchmarks that README's figures come from
	@$(BIN)/python -m benchmarks.webhooks
	@$(BIN)/python -m benchmarks.texting

format: $(VENV)/.development ## Write the format that check wants
	@$(BIN)/ruff format --quiet $(SOURCES)
	@$(BIN)/ruff check --fix --quiet $(SOURCES)

lock: $(VENV)/.development ## Write the lock files anew
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in

clean: ## Remove what was installed and built here (not the data folder)
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
