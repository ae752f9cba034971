# make          the environment, then the main job: the first question, answered in results/
# make test     the environment, then the tests
# make lint     the environment, then ruff and mypy
# make pins     choose the versions in constraints.txt anew (needs uv)
# make clean    remove the environment and all caches
# The interpreter is the first of these that will do; another one: make PYTHON=/path/to/python
CHECK := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c "$(CHECK)" 2>/dev/null && echo $(name))))
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test lint pins clean

run: $(READY)
	$(BIN)/connectors run giving_grows_followers

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

$(READY): pyproject.toml constraints.txt
	@$(or $(PYTHON),false) -c "$(CHECK)" || { echo "Python 3.11 or newer with the module venv is needed" \
		"(Debian, Ubuntu: apt install python3-venv); name it with: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

pins:
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --no-annotate --no-header \
		--output-file constraints.txt pyproject.toml

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist *.egg-info
	find simulation experiments tests -type d -name __pycache__ -prune -exec rm -rf {} +
