PYTHON ?= python3
ENV := .venv
DEMO := .venv-demo
PIP := bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt
PACKAGE := $(shell find hadath inference training -type f -not -name '*.pyc')

.DEFAULT_GOAL := help
.PHONY: help demo test lint format wheel clean

help:  ## show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(DEMO)/ready  ## tag a sample article, in an environment with the base install alone
	@$(DEMO)/bin/hadath tag docs/sample.txt

test: $(ENV)/ready  ## run all tests, in an environment with everything
	$(ENV)/bin/python -m pytest

lint: $(ENV)/ready  ## check style, format and types
	$(ENV)/bin/ruff check .
	$(ENV)/bin/ruff format --check .
	$(ENV)/bin/mypy

format: $(ENV)/ready  ## rewrite the code in the project's format
	$(ENV)/bin/ruff check --fix .
	$(ENV)/bin/ruff format .

wheel: $(ENV)/ready  ## build the wheel, install it in a clean environment and use it
	rm -rf dist .venv-wheel
	$(ENV)/bin/python -m build --no-isolation --outdir dist .
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/$(PIP) dist/*.whl
	cd .venv-wheel && bin/hadath tag --format jsonl ../docs/sample.txt > tagged.jsonl && test -s tagged.jsonl
	cd .venv-wheel && bin/python -c "from hadath.inference import predict; assert predict('قتل جنديان في هجوم').events"

clean:  ## remove environments and what was built
	rm -rf $(ENV) $(DEMO) .venv-wheel dist build

$(DEMO)/ready: pyproject.toml constraints.txt $(PACKAGE)
	@echo 'Setting up $(DEMO): the base install …'
	@$(PYTHON) -m venv --clear $(DEMO)
	@$(DEMO)/$(PIP) .
	@touch $@

# The tests and commands use the checkout as it stands, so of hadath itself only what it needs stays installed.
$(ENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(ENV)
	$(ENV)/$(PIP) '.[dev]'
	$(ENV)/bin/pip uninstall --quiet --yes hadath
	@touch $@
