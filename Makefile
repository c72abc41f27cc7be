# `make demo` and `make test` set everything up by themselves; see README.md.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/lock.txt
LOCK_DEV := requirements/lock-dev.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test slow claims doctor ablation bench gpu install install-dev lock docs clean

demo: install  ## train on scanned digits, complete damaged ones, write runs/demo/report.html
	$(BIN)/sparring demo --out runs/demo --overwrite

test: install-dev  ## all that a change must pass: format, lint, types, layers, house rules, the fast tests
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

slow: install-dev  ## minutes: compiled laws, SIGKILL at twenty moments
	$(BIN)/python -m pytest -m slow --timeout 1800

claims: install-dev  ## about 45 minutes on two cores: every claim anew, and the table made of them
	$(BIN)/sparring verify --all --jobs 2 --out docs/zoo/results --overwrite; [ $$? -le 1 ]
	$(BIN)/python -m benchmarks.tables

doctor: install-dev  ## about an hour on two cores: planted failures, found and repaired
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.doctor
	$(BIN)/python -m benchmarks.tables

ablation: install-dev  ## hours on two cores, and goes on where it was stopped: every practice on and off
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.ablation
	$(BIN)/python -m benchmarks.tables

bench: install-dev  ## measured ratios, written to benchmarks/results/
	$(BIN)/python -m benchmarks

gpu: install-dev  ## some six minutes on a machine with a CUDA device: does it do there as here, and how fast
	$(BIN)/python -m pytest tests/gpu -m gpu -n 4
	$(BIN)/python -m benchmarks.gpu
	$(BIN)/python -m benchmarks.tables

install: $(VENV)/.installed  ## .venv with the package, from the lock
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml $(LOCK) | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps -e .
	touch $@

$(VENV)/.installed-dev: $(LOCK_DEV) $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -r $(LOCK_DEV)
	touch $@

# Debian keeps venv's bootstrap in a package of its own; where it is missing and we may, it is installed.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "sparring needs Python >= 3.11; set PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); ./requirements/venv-package $(PYTHON) && $(PYTHON) -m venv $(VENV); }

lock:  ## renew the locks from pyproject.toml in fresh environments
	PYTHON=$(PYTHON) ./requirements/renew

clean:  ## remove the environment and caches; runs stay
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
