# Needs Python 3.11-3.13 and make; everything else goes into .venv.
# The first Python that runs and is recent enough; name another by `make PYTHON=... app`.
SUPPORTED := import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3 python; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
PORT ?= 8501
BIN := .venv/bin
# Processes that test side by side: one more than cores, for a browser is often waited for.
WORKERS ?= $(shell $(BIN)/python -c 'import os; print(min(os.cpu_count(), 4) + 1)')
# What installs packages; `.ci/run` takes uv, which is quicker.
INSTALL ?= $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: app test test-slow test-long test-scale test-scale-long check screenshots docs clean

app: .venv/app.stamp
	$(BIN)/streamlit run app.py --server.address localhost --server.port $(PORT)

test: .venv/test.stamp
	$(BIN)/python -m pytest -m "not slow and not long and not scale" -n $(WORKERS) --dist worksteal --durations=10

test-slow: .venv/test.stamp
	$(BIN)/python -m pytest -m "slow and not long and not scale" -n $(WORKERS) --dist worksteal --durations=10

test-long: .venv/test.stamp
	$(BIN)/python -m pytest -m "long and not scale" --timeout=1800

test-scale: .venv/scale.stamp
	$(BIN)/python -m pytest tests/scale -m "scale and not long" --timeout=600 --durations=10

test-scale-long: .venv/scale.stamp
	$(BIN)/python -m pytest tests/scale -m "scale and long" --timeout=1800

check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

screenshots: .venv/test.stamp
	$(BIN)/python -m tests.e2e.screenshots docs

docs: .venv/app.stamp
	$(BIN)/python -m typer fer_core.cli utils docs --name fer --title Commands --output docs/cli.md
	$(BIN)/python -m fer_core results

clean:
	rm -rf .venv .cache

.venv/app.stamp: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found. \
	Install one, or name it: make PYTHON=/path/to/python3.12 app" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) -r requirements.txt
	touch $@

.venv/test.stamp: .venv/app.stamp tests/requirements.txt
	$(INSTALL) -r tests/requirements.txt
	touch $@

.venv/scale.stamp: .venv/test.stamp requirements-scale.txt tests/scale/requirements.txt
	$(INSTALL) -r requirements-scale.txt \
		-r tests/scale/requirements.txt
	touch $@
