# What one does with the project. A bare machine needs Python 3.11, make and git; the rest is installed here.
PORT ?= 8080
INSTANCE ?= instance
# Debian's own, where it is new enough: it is compiled with its profile, and a third faster than one that is not.
SYSTEM_PYTHON := $(shell /usr/bin/python3 -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>&-)
PYTHON ?= $(or $(SYSTEM_PYTHON),python3)
VENV ?= .venv
# How much faster than life the simulator runs in `make smoke`.
TIME_SCALE ?= 4

BIN := $(VENV)/bin
CATALOGS := $(patsubst %.po,%.mo,$(wildcard app/translations/*/LC_MESSAGES/messages.po))

.PHONY: help install run demo-data screenshots smoke bench faults test coverage check style types security markup rules format translations lock sbom clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help:
	@echo "make run [PORT=8080] [INSTANCE=instance]   install, migrate and run everything in the foreground"
	@echo "make install                               what a server needs, in .venv: packages as locked, translations"
	@echo "make test                                  install what the tests need and run them all"
	@echo "make coverage                              the same without a browser, and which lines no test reaches"
	@echo "make check                                 style, types, security, templates, translations, architecture"
	@echo "make demo-data [INSTANCE=instance]         fill it with a few hundred believable tasks"
	@echo "make screenshots                           take the pictures of docs/images"
	@echo "make smoke [TIME_SCALE=4]                  from the form to a finished task, over HTTP"
	@echo "make bench                                 sign-in under attack, refresh, submission, long queue, filters, a table of tasks: figures"
	@echo "make faults [N=300 SEED=1 DB=sqlite]       send tasks while everything fails, on sqlite or postgresql"
	@echo "make format                                lay out the code"
	@echo "make translations                          bring the Russian catalogue up to date with the code"
	@echo "make sbom                                  list what is installed, for scanners: var/sbom.cdx.json"
	@echo "make lock                                  choose the newest versions that pyproject.toml allows"
	@echo "make clean                                 remove everything that was installed or made, but not instance/"

# What a server needs.
install: $(VENV)/.runtime $(CATALOGS)

run: $(VENV)/.runtime $(CATALOGS)
	@exec $(BIN)/python tools/run.py --port "$(PORT)" --instance "$(INSTANCE)"

# The browser comes after all others: the products it drives would run beside them from its first test on.
PYTEST = $(BIN)/python -m pytest --dist worksteal --numprocesses
# A file stays on one worker: some start a product of their own.
BROWSER_TESTS = $(PYTEST) 3 --dist loadfile tests/browser
# Hundreds of programs are started: each would compile all modules again.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.development $(CATALOGS)
	@tools/test-programs.sh
	$(PYTEST) 4 --ignore tests/browser $(ARGS)
	$(BROWSER_TESTS)

coverage: BROWSER_TESTS =
coverage: ARGS = --cov app --cov jobs --cov-report term:skip-covered
coverage: test

check: style types security markup rules

style: $(VENV)/.development
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

types: $(VENV)/.development
	$(BIN)/python -m mypy

# Nothing of medium severity or above. What it writes beside that are notes on the exceptions it was told of.
security: $(VENV)/.development
	$(BIN)/python -m bandit --quiet --recursive --severity-level medium app jobs config.py wsgi.py 2>/dev/null

markup: $(VENV)/.development
	$(BIN)/python -m djlint --quiet --check --lint app/templates

RULES := tests/test_architecture.py tests/test_repository.py tests/test_translations.py tests/templates
rules: $(VENV)/.development $(CATALOGS)
	$(BIN)/python -m pytest --quiet $(RULES)

demo-data: $(VENV)/.runtime $(CATALOGS)
	@SPD_INSTANCE="$(INSTANCE)" $(BIN)/flask --app wsgi prepare >/dev/null
	@$(BIN)/python tools/demo_data.py --instance "$(INSTANCE)"

screenshots: $(VENV)/.development $(CATALOGS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/screenshots.py

smoke: $(VENV)/.runtime $(CATALOGS)
	$(BIN)/python tests/smoke.py --time-scale "$(TIME_SCALE)"

# The fault campaign; `make faults N=10000 LANES=3` is the long one.
N ?= 300
SEED ?= 1
DB ?= sqlite
LANES ?= 2
faults: $(VENV)/.development $(CATALOGS)
	@tools/test-programs.sh
	@$(BIN)/python -m tests.faults.campaign --number "$(N)" --seed "$(SEED)" --database "$(DB)" --lanes "$(LANES)" $(ARGS)

# Each ends with an error when a figure is outside its bounds; all are run all the same.
BENCHES = tools/bench_door.py "-m tests.bench.refresh" "-m tests.bench.refresh --database postgresql" \
	"-m tests.bench.latency" "-m tests.bench.latency --database postgresql" \
	"-m tests.bench.submit" "-m tests.bench.submit --database postgresql" \
	"-m tests.bench.queue" "-m tests.bench.queue --database postgresql" \
	"-m tests.bench.find" "-m tests.bench.find --database postgresql" \
	"-m tests.bench.bulk" "-m tests.bench.bulk --database postgresql" \
	"-m tests.bench.import_tasks" "-m tests.bench.import_tasks --database postgresql"
bench: $(VENV)/.development $(CATALOGS)
	@failed=0; for bench in $(BENCHES); do $(BIN)/python $$bench || failed=1; done; exit $$failed

format: $(VENV)/.development
	$(BIN)/python -m ruff check --fix --exit-zero --quiet
	$(BIN)/python -m ruff format
	$(BIN)/python -m djlint --quiet --reformat app/templates || true

translations: $(VENV)/.development
	@$(BIN)/python tools/translations.py

LOCK = $(BIN)/python -m uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --python-version 3.11
lock: $(VENV)/.development
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt

# What the service is made of, exactly as locked, in CycloneDX.
SBOM = var/sbom.cdx.json
sbom: $(VENV)/.development
	@mkdir -p $(dir $(SBOM))
	@$(BIN)/python -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml \
		--output-reproducible --output-file $(SBOM)
	@echo "$(SBOM)"

clean:
	rm -rf $(VENV) $(CATALOGS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find app jobs migrations tests tools -name __pycache__ -prune -exec rm -rf {} +

# The stamps: an install happens again only when its list of packages has changed.
$(VENV)/.runtime: requirements.txt tools/uv.txt tools/install.sh
	@echo "Installing (once) ..."
	@tools/install.sh "$(PYTHON)" "$(VENV)" requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt tools/uv.txt tools/install.sh
	@echo "Installing for development (once) ..."
	@tools/install.sh "$(PYTHON)" "$(VENV)" requirements-dev.txt
	@touch $@ $(VENV)/.runtime

%.mo: %.po | $(VENV)/.runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
