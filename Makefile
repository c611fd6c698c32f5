# The two commands of the README; `make help` lists the rest.
XUEQU_REAL_DATA ?= ../shared/data
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export XUEQU_REAL_DATA

.PHONY: demo test check bench fuzz format lock catalogue pictures clean help

demo: $(READY) ## run a school year of the embedded city
	@$(BIN)/xuequ demo --out build/demo

test: $(READY) check ## everything that CI runs
	$(BIN)/pytest -n 2

check: $(READY) ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## measure the engine against one sort (about ten minutes)
	$(BIN)/python -m tests.bench --out tests/bench/RESULTS.md

fuzz: $(READY) ## 10,000 broken inputs for each reader (about half an hour)
	$(BIN)/python -m tests.fuzz --inputs 10000

format: $(READY) ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The stamp depends on what decides the environment, so a second call takes no time. WHEELHOUSE=dir installs without an index.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --no-compile --no-deps --require-hashes $(if $(WHEELHOUSE),--no-index --find-links $(WHEELHOUSE)) -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra cluster --extra dev --extra raster --quiet -o requirements.lock pyproject.toml

catalogue: $(READY) ## bring the messages of the .po file up to date and compile it
	@$(BIN)/python -m tests.catalogue

pictures: $(READY) ## make the README's pictures from a fresh demo
	rm -rf build/pictures
	$(BIN)/xuequ demo --out build/pictures
	$(BIN)/python -m tests.pictures build/pictures/runs/*

clean: ## remove what make made
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'
