# Every target does its own set-up: Python 3.11+, git, make and the package registry are all it needs.
#   make demo [ARGS="--once --json"]    a fictional company, no account needed
#   make test [FAST=1] [ARGS="-k …"]    all checks, then all tests; FAST=1 leaves out the slow ones
#   make lint · docs · dashboards · pictures · contracts · lock [UPGRADE=1] · clean
# Set-up talks on stderr only, so that a target's stdout is its program's own.

PYTHON ?= python3
export KPITAPS_HOME ?= .kpitaps

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROJECTS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
PLUGINS := $(patsubst plugins/%/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
# Three on two cores: the tests of every day spend a quarter of their time waiting for processes and servers.
PYTEST := $(BIN)/python -m pytest -n $(if $(FAST),3 -m "not slow",2) --dist worksteal

.PHONY: demo test lint docs dashboards pictures contracts lock clean
.DEFAULT_GOAL := test

# exec: a signal reaches the program itself, and a program that ends well on Ctrl-C leaves make nothing to complain of.
demo: $(READY)
	@exec $(BIN)/kpitaps demo $(ARGS)

test: lint
	@$(PYTEST) $(ARGS)

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The demo company's dashboards, after a change of what they show: python loads the demo, which takes a minute.
dashboards: $(READY)
	@$(BIN)/python dashboards/generate.py

# Those dashboards as people see them, for the docs: wants prometheus, chromium and npm.
pictures: $(READY)
	@PYTHONPATH=tests $(BIN)/python docs/draw_dashboards.py $(ARGS)

# Vendors' published contracts and Grafana's types, kept out of git: tests read them from .cache/ and node_modules/.
contracts: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m parts.contracts
	@PYTHONPATH=tests $(BIN)/python -m parts.npm

lock: $(BIN)/uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
		--all-extras --group pyproject.toml:dev $(PROJECTS) \
		$(foreach name,kpitaps $(PLUGINS),--no-emit-package $(name)) --output-file requirements.lock >&2

clean:
	@rm -rf $(VENV) site dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock $(PROJECTS) $(BIN)/uv
	@{ echo "Installing what requirements.lock names …" && \
	  export VIRTUAL_ENV=$(VENV) && \
	  $(BIN)/uv pip sync --quiet --require-hashes requirements.lock && \
	  $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable . $(PLUGINS:%=--editable plugins/%) && \
	  touch $@; } >&2

# pip installs uv with the hashes of the lock; uv, ten times faster, installs the rest.
$(BIN)/uv:
	@{ $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "kpitaps needs Python 3.11 or newer: name one with make PYTHON=python3.x"; exit 1; }; \
	  echo "Making $(VENV) …" && \
	  $(PYTHON) -m venv $(VENV) && \
	  sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >$(VENV)/uv.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.txt; } >&2
