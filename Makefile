# `make demo` and `make test` set everything up by themselves, once.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check format lock build

bin := .venv/bin

help: ## Say what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## Install what a dub needs
	@scripts/setup.sh

setup-dev: ## Install what a dub, the tests and the linters need
	@scripts/setup.sh dev

demo: setup ## Dub the sample episode into demo/
	$(bin)/animedub dub samples/ep01.mkv --out demo --overwrite
	@echo "Watch demo/ep01.dub.mkv and look at demo/ep01.png"

test: setup-dev ## Run all tests
	$(bin)/python -m pytest

check: setup-dev ## Format, lint, types and layers: whatever is wrong without being run
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/lint-imports --no-logo
	$(bin)/pyright

format: setup-dev ## Format the code and mend what can be mended
	$(bin)/ruff format .
	$(bin)/ruff check --fix .

lock: ## Write the locks anew (needs uv)
	scripts/lock.sh

build: setup-dev ## Make wheel and sdist in dist/
	$(bin)/python -m hatchling build
