# Each target brings its own .venv from requirements.lock; all it takes is Python 3.11+, make and a package index.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV_VERSION := 0.13.8
CYCLONEDX_VERSION := 7.5.0
PYTEST_ARGS ?=

# The logs end on 2026-11-16; on the 9th, four days after an incident, a budget is gone. Exit 1 is part of the show.
define DEMO
run() { printf '\n$$ %s\n' "$$*"; code=0; "$$@" || code=$$?; printf 'exit %s\n' "$$code"; [ "$$code" -eq "$$expected" ]; }
set -e
expected=1 run airectl check slo-specs/demo-chat.yaml slo-specs/demo-accuracy.yaml --at 2026-11-09
expected=0 run airectl check slo-specs/demo-chat.yaml slo-specs/demo-accuracy.yaml --at 2026-11-16
cat <<'END'

The incident emptied a budget; a week later there is room again. Try next:
  . .venv/bin/activate
  airectl validate slo-specs
  airectl explain AIR207
  airectl budget slo-specs/demo-chat.yaml --at 2026-11-09 --explain
  airectl check slo-specs/demo-chat.yaml --at 2026-11-09 -o markdown
  airectl help getting-started
END
endef
export DEMO

.DEFAULT_GOAL := help
.PHONY: help demo test accept lint bench completions docs dist sbom lock clean
.DELETE_ON_ERROR:

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(INSTALLED) ## run the main job on the logs that airectl ships
	@PATH="$(abspath $(BIN)):$$PATH" bash -c "$$DEMO"

test: $(INSTALLED) ## all tests but the long ones
	$(BIN)/python -m pytest $(PYTEST_ARGS)

accept: $(INSTALLED) ## the long and timed tests
	$(BIN)/python -m pytest -m accept $(PYTEST_ARGS)

lint: $(INSTALLED) ## ruff, mypy --strict and the lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pip check

bench: $(INSTALLED) ## figures for the speed targets; prints, never fails
	$(BIN)/python tests/bench/bench.py

docs: $(INSTALLED) ## write the pages about commands and the man page anew
	PYTHONPATH=tests $(BIN)/python tests/make_command_pages.py

dist: $(INSTALLED) ## wheel and source distribution
	rm -rf dist
	$(BIN)/python -m hatchling build

sbom: ## what it is made of, as CycloneDX
	$(PYTHON) -m venv build/sbom
	build/sbom/bin/pip install -q --disable-pip-version-check cyclonedx-bom==$(CYCLONEDX_VERSION)
	mkdir -p dist
	build/sbom/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
	  -o dist/airectl.cdx.json

completions: $(INSTALLED) ## write the completions of shells anew
	$(BIN)/airectl completion bash > completions/airectl.bash
	$(BIN)/airectl completion zsh > completions/_airectl
	$(BIN)/airectl completion fish > completions/airectl.fish

lock: pyproject.toml ## write requirements.lock anew
	$(PYTHON) -m venv build/uv
	build/uv/bin/pip install -q uv==$(UV_VERSION)
	build/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --group dev pyproject.toml -o requirements.lock $(LOCK_ARGS)

clean: ## remove .venv, caches and build output
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "airectl needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
