# Everything runs through here; `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BRIEF ?= examples/support-assistant/brief.yaml
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo setup tools format lint types layers test slow extras docs golden lock check clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src/aegis
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/.tools: $(VENV)/.runtime requirements-tools.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-tools.lock || \
	    echo "tools: no wheels here for the model server, the small model or Envoy; their tests report themselves as skipped" >&2
	touch $@

demo: $(VENV)/.runtime  ## set up and plan the example brief (BRIEF=… for another)
	$(BIN)/aegis plan $(BRIEF)

setup: $(VENV)/.dev  ## set up for development

tools: $(VENV)/.tools  ## install the real tools that tests use where the system allows it
	scripts/tools.sh

format: $(VENV)/.dev  ## format the code
	$(BIN)/ruff format src tests scripts benchmarks
	$(BIN)/ruff check --fix --quiet src tests scripts benchmarks || true

lint: $(VENV)/.dev  ## style
	$(BIN)/ruff format --check --quiet src tests scripts benchmarks
	$(BIN)/ruff check src tests scripts benchmarks

types: $(VENV)/.dev  ## types
	$(BIN)/mypy

layers: $(VENV)/.dev  ## packages depend downwards only
	$(BIN)/lint-imports

test: $(VENV)/.dev  ## tests without the slow simulations
	$(BIN)/pytest -n 2 -m "not slow and not network and not gpu and not alone"
	$(BIN)/pytest -m "alone and not slow" tests/rollout
	$(BIN)/pytest -p no:cacheprovider --doctest-modules src/aegis

slow: $(VENV)/.dev  ## the long simulations
	$(BIN)/pytest -n 2 -m "slow"

extras:  ## install each extra alone and import it
	scripts/extras.sh

docs: $(VENV)/.dev  ## build the documentation, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

golden: $(VENV)/.dev  ## rewrite golden files after a reviewed change
	$(BIN)/pytest -q tests --inline-snapshot=fix || true
	$(BIN)/python scripts/obligations.py
	$(BIN)/python scripts/schema.py
	$(BIN)/python scripts/golden.py

lock:  ## resolve the pins again, with hashes and without addresses
	scripts/lock.sh

check: tools lint types layers test extras docs  ## everything that gates a change

clean:  ## remove what was built
	rm -rf $(VENV) site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
