# Smearlens. `make app` and `make test` set up everything that they need; the second time they are quick.
# Works with the make 3.81 of macOS.

PORT ?= 8501
WORKERS ?= 2
PYTEST_ARGS ?=

BIN := .venv/bin
# Test workers share the processor: one thread each, or they slow each other down.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

# Many processes start here, and each would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help app test lint format setup setup-dev browser clean

help: ## Show this list
	@echo "Smearlens: reading cells in stained blood smears."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

app: setup ## Set up if needed, then open the app at http://127.0.0.1:8501 (PORT=... for another port)
	@$(BIN)/python -m streamlit run app/main.py --server.port $(PORT)

test: setup-dev browser lint ## Set up if needed, then check the code and run all tests
	@$(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: setup-dev ## Style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports

format: setup-dev ## Put the code into its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

setup: ## The environment that the app and the commands need
	@sh scripts/setup.sh app

setup-dev: ## The same, with the tools for tests
	@sh scripts/setup.sh dev

browser: ## A browser for the tests, if there is none
	@sh scripts/browser.sh install

clean: ## Remove the environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
