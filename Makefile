# Everything a person types; `make help` lists it. Nothing but python3 (3.11 or later, with venv) and make is needed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run demo-day test e2e chaos fuzz bench lint format schema lock clean

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

# Exactly the locked packages, once, and again when the lock changes.
$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed; name one with PYTHON=...")'
	@$(PYTHON) -m venv .venv || { echo "The venv module of $(PYTHON) is needed (on Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Installing the locked packages into .venv ..."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(READY)

run: $(READY) ## the whole clinic on PORT (8000), with a demo practice; Ctrl-C ends it
	@exec $(BIN)/python -m config.supervisor

demo-day: $(READY) ## one clinic day over HTTP against a running `make run`, step by step
	@exec $(BIN)/python -m frontdesk.demo.day

# A file's tests stay with one worker, where they share what they made once; more than four workers wait for the disk.
test: $(READY) ## every test but the slow suites
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

chaos fuzz: $(READY)
	@$(BIN)/python -m pytest -m $@

e2e: $(READY) ## the admin in a real browser
	@$(BIN)/python -m tests.e2e.browser
	@$(BIN)/python -m pytest -m e2e

chaos: ## crashes and races at full size
fuzz: ## the API against its own schema
# The rivals come on top of what is there. A million visits are made for the growth, which takes minutes.
bench: $(READY) ## the figures
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@$(BIN)/python -m venv var/scheduler
	@var/scheduler/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r bench/book/rivals/scheduler.txt
	@$(BIN)/python -m pytest -s -m bench bench tests

lint: $(READY) ## style and floors, nothing changed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

format: $(READY) ## bring the style in order
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header pyproject.toml

lock: $(READY) ## choose the newest allowed packages anew
	@$(LOCK) --upgrade -o requirements.txt
	@$(LOCK) --upgrade --extra dev -o requirements-dev.txt
	@$(LOCK) --upgrade --extra dev --extra bench -o requirements-bench.txt
	@$(subst pyproject.toml,bench/book/rivals/scheduler.in,$(LOCK)) --upgrade -o bench/book/rivals/scheduler.txt

# The schema needs settings, but neither a secret nor a server.
schema: export SECRET_KEY = no-secret-is-needed-to-describe-the-API
schema: export DATABASE_URL = postgresql://nobody@127.0.0.1/nothing
schema: export REDIS_URL = redis://127.0.0.1/0
schema: export EMAIL_URL = smtp://127.0.0.1
schema: export PUBLIC_URL = http://127.0.0.1:8000
schema: $(READY) ## write schema.yml from the code
	@$(BIN)/python manage.py spectacular --file schema.yml --validate --fail-on-warn

clean: ## remove what was generated; the data of `make run` stay in var/
	@rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
