# Everything that one does with this project. `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where what is measured in real time is tested: beside nothing but its like.
REAL_TIME := tests/chaos tests/browser tests/scenarios tests/storage/test_spool.py
# Paths that are asked for take the place of everything.
ASKED := $(filter tests tests/% simulator/%,$(ARGS))
LOCKED := --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
SOURCES := voicebot webhooks simulator wsgi.py gunicorn.conf.py tests benchmarks

# The service is many processes that start often: compiled modules are kept, whatever the surroundings say.
unexport PYTHONDONTWRITEBYTECODE

# `$(call version-of,PYTHON)` is as `3.11`, and nothing for what is no Python.
version-of = $(shell $(1) --version 2>&1 | sed -nE 's/^Python ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
is-old = $(shell [[ "$(1)" =~ ^3\.([0-9]|10)$$|^[0-2]\.|^$$ ]] && echo old)
OLD_VENV := $(call is-old,$(call version-of,$(BIN)/python))

# Refuse a Python that is too old before anything is made; make anew what such a one, or one that is gone, had made.
define environment
$(if $(OLD_VENV),$(if $(call is-old,$(call version-of,$(PYTHON))),$(error \
Python 3.11 or newer is needed, and $(PYTHON) is $(or $(addprefix Python ,$(call version-of,$(PYTHON))),not there): \
name another one, as in `make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12`)))
	@$(if $(OLD_VENV),test ! -e $(VENV) || echo "$(VENV) is of $(or $(addprefix Python ,$(call version-of,$(BIN)/python)),a Python that is gone): it is made anew",true)
	@$(if $(OLD_VENV),$(PYTHON) -m venv --clear $(VENV),true)
endef

# Install a file of requirements and say how far it is: a line that changes on a terminal, a line in ten elsewhere.
define installed
	@echo "installing $(2)"
	@set -o pipefail; all=$$(grep -c '==' $(1)); count=0; \
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r $(1) | while read -r word rest; do \
	  case $$word in \
	    Collecting|Processing|Requirement) count=$$((count < all ? count + 1 : all)); \
	      name=$${rest#already satisfied: }; name=$${name%% *}; \
	      if [ -t 1 ]; then printf '\r  %3d of %d  %-40.40s' $$count $$all "$${name##*/}"; \
	      elif [ $$((count % 10)) -eq 0 ]; then echo "  $$count of $$all"; fi;; \
	    Installing) [ ! -t 1 ] || printf '\r%-60s\r' ''; echo "  unpacking them";; \
	  esac; \
	done || exit; [ ! -t 1 ] || printf '\r%-60s\r' ''
endef

.DEFAULT_GOAL := help
.PHONY: renewed help demo test test-simulator check shots chaos bench format lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.runtime: requirements.txt $(if $(OLD_VENV),renewed)
	$(environment)
	$(call installed,requirements.txt,what the service needs)
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.txt
	$(call installed,requirements-dev.txt,what tests and checks need)
	@touch $@

node_modules/.installed: $(VENV)/.development package.json package-lock.json
	@echo "installing what the tests need of npm: Supabase's local server, schemas, axe"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-audit --no-fund
	@touch $@

demo: $(VENV)/.runtime ## Start everything on this machine, play a tour, keep serving (DEMO_EXIT=1: stop after it; ARGS=--no-tour)
	@$(BIN)/python -m voicebot demo $(ARGS) || { code=$$?; test $$code -eq 130 || exit $$code; }

# Run both parts of a suite to their ends. AGAIN=yes: what failed in them is tried once more, each by itself.
define suite
	@failed=no; \
	$(BIN)/python -m pytest $(1) $(ARGS) || case $$? in 5) ;; 1) failed=yes;; *) exit 1;; esac; \
	$(BIN)/python -m pytest $(2) $(ARGS) || case $$? in 5) ;; 1) failed=yes;; *) exit 1;; esac; \
	[ $$failed = no ] || { [ "$(AGAIN)" = yes ] && $(BIN)/python -m tests.again; }
endef

test: node_modules/.installed ## Install what it needs and run all tests, or ARGS="tests/sql -k words"
	$(call suite,\
	  -n 4 --dist worksteal -m "not chaos and not browser",\
	  -n 4 --dist loadgroup --no-loadscope-reorder -m "chaos or browser" $(if $(ASKED),,$(REAL_TIME)))

test-simulator: node_modules/.installed ## The tests of the simulator itself and of its phone page, or ARGS="-k words"
	$(call suite,\
	  -n 3 -m "not browser" $(if $(ASKED),,simulator/tests),\
	  -n 4 --dist worksteal -m browser $(if $(ASKED),,simulator/tests/browser))

check: $(VENV)/.development ## Format, lint and types
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/mypy

shots: $(VENV)/.development ## Take pictures of the console after a day of work (Debian's Chromium; ARGS=--all for every page)
	@$(BIN)/python -m tests.shots $(ARGS)

chaos: $(VENV)/.development ## Break things for longer than `make test` does, and print what came of it
	@CHAOS=long $(BIN)/python -m pytest -m chaos -s $(ARGS)

bench: $(VENV)/.development ## Run the benchmarks that the figures come from
	@$(BIN)/python -m benchmarks.webhooks
	@$(BIN)/python -m benchmarks.texting

format: $(VENV)/.development ## Write the format that check wants
	@$(BIN)/ruff format --quiet $(SOURCES)
	@$(BIN)/ruff check --fix --quiet $(SOURCES)

# With extras in the second: pip takes a hash for what was asked for by exactly this name. Not in the first, which constrains it.
lock: $(VENV)/.development ## Write the lock files anew, with the hash of every file that may be installed
	@$(BIN)/pip-compile $(LOCKED) --strip-extras -o requirements.txt requirements.in
	@$(BIN)/pip-compile $(LOCKED) --no-strip-extras -o requirements-dev.txt requirements-dev.in

clean: ## Remove what was installed and built here (not the data folder)
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
