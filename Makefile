# Needs Python 3.11-3.13 and make; everything else goes into .venv.
PYTHON ?= $(shell command -v python3.12 || command -v python3.13 || command -v python3.11 || echo python3)
PORT ?= 8501
BIN := .venv/bin

.PHONY: app test test-long check screenshots clean

app: .venv/app.stamp
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/test.stamp
	$(BIN)/python -m pytest -m "not long"

test-long: .venv/test.stamp
	$(BIN)/python -m pytest -m long --timeout=1800

check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

screenshots: .venv/test.stamp
	$(BIN)/python -m tests.e2e.screenshots docs

clean:
	rm -rf .venv .cache

.venv/app.stamp: requirements.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d. Name one: make PYTHON=python3.12 app" % v)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/test.stamp: .venv/app.stamp tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@
