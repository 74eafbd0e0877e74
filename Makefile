PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: score serve test lint clean

score: .venv/.score
	$(BIN)/moderation score examples/articles --format human --fail-on never

serve: .venv/.serve
	$(BIN)/moderation serve

test: .venv/.test lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/.score: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.serve: .venv/.score
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[service]"
	touch $@

.venv/.test: .venv/.score
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
