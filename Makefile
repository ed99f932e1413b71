# Tandem's tasks; `make` alone lists them. Needs Python 3.11 or later, and nothing else beforehand.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# More words for the command a task ends in: make test ARGS="-k nudge"
ARGS ?=

# The lock names every package, so pip resolves nothing and builds nothing: it checks hashes and unpacks.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--no-deps --require-hashes --only-binary :all:
# `make lock` keeps the versions pinned now, as far as pyproject.toml allows; UPGRADE=1 takes the newest.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help run install test lint check lock bench torture years rehearsal texts clean

help: ## List these tasks
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(VENV)/run.stamp ## Start Tandem: in its playground, or in Slack when the tokens are set
	$(BIN)/python app.py $(ARGS)

install: $(VENV)/run.stamp $(VENV)/dev.stamp ## Install everything the other tasks need into .venv

test: install ## Run every test, on SQLite and on PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: install ## Check style, types and which way imports point
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## Everything a change must pass: lint, then test

bench: install ## Measure what we claim about speed, with peers side by side, and write docs/benchmarks/
	$(BIN)/python -m benchmarks $(ARGS)

# How `make torture` goes: KILLS=1000 DB=sqlite or postgres REPLICAS=1 PAUSES=0.05 SEED=1, each with a default;
# RESTARTS=60 ends the bots in turn by SIGTERM and starts them again, and kills nobody.
torture: install ## Kill the bot, or restart it, while it works; count what readers see (KILLS= RESTARTS= DB= REPLICAS=)
	$(BIN)/python -m tests.torture $(if $(KILLS),--kills $(KILLS)) $(if $(RESTARTS),--restarts $(RESTARTS)) \
		$(if $(DB),--db $(DB)) $(if $(REPLICAS),--replicas $(REPLICAS)) $(if $(PAUSES),--pauses $(PAUSES)) \
		$(if $(SEED),--seed $(SEED)) $(ARGS)

# `make years` goes on SQLite, or with DB=postgres on PostgreSQL; SEED=7 tries other courses of events than SEED=8.
years: install ## Let five years, three days of silence and thousands of courses of events go by; count what came (DB=, SEED=)
	YEARS=5 LIVES=2000 SEED=$(SEED) DB=$(or $(DB),sqlite) $(BIN)/python -m pytest --timeout 1200 --numprocesses auto \
		tests/integration/test_years.py tests/integration/test_outage.py tests/unit/services/test_any_life.py $(ARGS)

rehearsal: install ## Play a whole cohort through the bot in simulated time
	$(BIN)/python -m playground.rehearsal $(ARGS)

texts: install ## Bring bot/locales/fr.po up to date with the sentences in the code
	$(BIN)/pybabel --quiet extract --no-default-keywords --keywords "N_ t md n:1,2 nmd:1,2" --no-location --sort-output \
		--project Tandem --output-file $(VENV)/tandem.pot bot handlers app.py
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --width 120 --locale fr \
		--input-file $(VENV)/tandem.pot --output-file bot/locales/fr.po

lock: $(VENV)/lock.stamp ## Pin what pyproject.toml asks for in requirements/
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
	$(COMPILE) --group lock --output-file requirements/lock.txt

clean: ## Remove what these tasks made, but never your data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/dev.stamp: $(VENV)/run.stamp

$(VENV)/%.stamp: requirements/%.txt $(BIN)/python
	@echo "Installing requirements/$*.txt into $(VENV)"
	@$(PIP_INSTALL) --requirement $<
	@touch $@

$(BIN)/python:
	@for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); \
			echo "$$python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2; \
			exit 1; \
		fi; \
	done; \
	echo "Tandem needs Python 3.11 or later and found none. Name yours: make PYTHON=/path/to/python" >&2; \
	exit 1
