# What a stranger types: `make refresh`, `make fetch`, `make ui`, `make test`. Each sets itself up.
# uv is used where it is present, else venv and pip; both install from the same hashed lock.

SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PUBLISHED ?=
CONVENTION ?=
ONLY ?=
EXPORTS ?=
TOUT ?=
PASSAGES ?=
PUBLICATION ?=
CARNET ?=

export DAGSTER_HOME := $(CURDIR)
export OBSERVATOIRE_CONVENTION := $(CONVENTION)
export OBSERVATOIRE_HISTORIQUE ?= $(CURDIR)/.dagster
export OBSERVATOIRE_EVENEMENTS ?= $(OBSERVATOIRE_HISTORIQUE)/evenements
export DAGSTER_DISABLE_TELEMETRY := yes
export DO_NOT_TRACK := 1

.PHONY: help refresh fetch restore rebuild ui notebook test bench lint types audit production lock clean
.DEFAULT_GOAL := help

help: ## Ce que chaque commande fait
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

refresh: $(VENV)/.run ## Lire les sources, contrôler, calculer, publier l'entrepôt et ses exports (EXPORTS=non : sans eux ; TOUT=oui : même si rien n'a changé)
	@$(BIN)/python -m pipelines.refresh $(if $(filter non,$(EXPORTS)),--sans-exports) $(if $(filter oui,$(TOUT)),--tout)

fetch: $(VENV)/.run ## Télécharger dans cache/ ce que le catalogue annonce et qui manque (ONLY="id …")
	@$(BIN)/python -m pipelines.fetch $(ONLY)

restore: $(VENV)/.run ## Les publications gardées ; en remettre une en place (PUBLICATION=2024-11-18)
	@$(BIN)/python -m pipelines.restore $(PUBLICATION) $(if $(filter non,$(EXPORTS)),--sans-exports)

rebuild: $(VENV)/.run ## Refaire à part une publication gardée, et en comparer chaque table (PUBLICATION=2024-11-18)
	@$(BIN)/python -m pipelines.rebuild $(PUBLICATION)

ui: $(VENV)/.run ## Ouvrir l'interface de Dagster sur http://localhost:3000
	@mkdir -p "$$OBSERVATOIRE_HISTORIQUE"
	@$(BIN)/dagster dev --host 127.0.0.1 --port 3000

notebook: $(VENV)/.dev ## Ouvrir un carnet sur le fichier publié (CARNET=visite, quartier ou scenario)
	@$(BIN)/marimo run notebooks/$(or $(CARNET),scenario).py

test: $(VENV)/.dev ## Passer tous les tests
	@$(BIN)/pytest $(if $(PUBLISHED),--donnees-publiees=$(PUBLISHED))

bench: $(VENV)/.dev ## Mesurer un rafraîchissement, à côté de dbt seul, du plancher et de pandas
	@$(BIN)/python -m tests.bench $(if $(PASSAGES),--passages $(PASSAGES)) $(if $(PUBLISHED),--donnees-publiees $(PUBLISHED))

lint: $(VENV)/.dev ## Vérifier le style de Python et de SQL
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/sqlfluff lint -q dbt_project

types: $(VENV)/.dev ## Vérifier les types
	@$(BIN)/mypy

audit: $(VENV)/.dev ## Chercher les vulnérabilités connues de ce que les verrous installent
	@$(BIN)/python -m tests.audit

production: $(VENV)/.production ## Installer ce que demande un serveur (docs/exploitation.md)

lock: ## Refaire les verrous à partir de pyproject.toml (uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock --group production pyproject.toml -o requirements-production.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements-production.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## Effacer l'environnement et le fichier de travail ; le fichier publié et l'historique restent
	rm -rf $(VENV) warehouse/travail

# $(1) is a lock. Modules are compiled at once: it halves the start of every command.
define install
	@set -e; if command -v uv >/dev/null; then \
		[ -d $(VENV) ] || uv venv -q --python 3.11 $(VENV); \
		uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r $(1); \
	else \
		[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear $(VENV); \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(1); \
	fi
endef

# The .pth file puts the repository on the path of every command, `dagster` and `dbt` included.
$(VENV)/.run: requirements.lock
	@echo "Installation de l'environnement ($<)…"
	$(call install,$<)
	@echo "$(CURDIR)" > $$(echo $(VENV)/lib/python3.*/site-packages)/observatoire.pth
	@$(BIN)/python -c "from pipelines.project import prepare; prepare()"
	@touch $@

$(VENV)/.production: requirements-production.lock $(VENV)/.run
	@echo "Installation de ce que demande un serveur ($<)…"
	$(call install,$<)
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installation de l'environnement de test ($<)…"
	$(call install,$<)
	@touch $@
