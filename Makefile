# Smearlens. `make app` and `make test` set up everything that they need; the second time they are quick.
# All of it is done by smearlens.py, which does the same where there is no make. Works with the make 3.81 of macOS.

PORT ?= 8501
HOST ?=
NAME ?=
WORKERS ?= 2
PYTEST_ARGS ?=

# Any Python will do here: smearlens.py looks for one that is new enough.
FOUND := $(firstword $(shell command -v python3 || command -v python))
SMEARLENS = $(if $(FOUND),$(FOUND),$(error Smearlens needs Python 3.11 or newer, and none was found)) smearlens.py

# Many processes start here, and each would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help app test lint format setup setup-dev browser clean

help: ## Show this list
	@echo "Smearlens: reading cells in stained blood smears."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

app: ## Set up if needed, then open the app at http://127.0.0.1:8501 (PORT=...; to others: HOST=0.0.0.0, NAME=...)
	@$(SMEARLENS) app --port $(PORT) $(if $(HOST),--host $(HOST)) $(foreach name,$(NAME),--name $(name))

test: ## Set up if needed, then check the code and run all tests
	@$(SMEARLENS) test --workers $(WORKERS) $(PYTEST_ARGS)

lint: ## Style, types and the direction of imports
	@$(SMEARLENS) lint

format: ## Put the code into its usual form
	@$(SMEARLENS) format

setup: ## The environment that the app and the commands need
	@$(SMEARLENS) setup

setup-dev: ## The same, with the tools for tests
	@$(SMEARLENS) setup-dev

browser: ## A browser for the tests, if there is none
	@$(SMEARLENS) browser

clean: ## Remove the environment and all caches
	@$(SMEARLENS) clean
