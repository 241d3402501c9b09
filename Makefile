# make run: Sellerbot in Slack where a token is set, else in the sandbox.   make test: every check there is.   make bench: figures beside baselines.
# Needs python3 (3.11 or newer) and make; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install run test bench lint audit clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml requirements-encoder.txt
	$(PYTHON) -c 'import sys; sys.exit("Sellerbot needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-encoder.txt
	$(BIN)/python -m pip install --quiet --editable '.[encoder]' --group dev
	touch $@

run: install
	$(BIN)/sellerbot start

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/sellerbot lint
	$(BIN)/sellerbot test
	$(BIN)/pytest -n 2

bench: install
	$(BIN)/python -m pip install --quiet --group bench
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks

lint: install
	$(BIN)/sellerbot lint

# Asks the advisory database: needs a network that reaches it.
audit: install
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet pip-audit
	$(BIN)/python -m pip freeze --exclude-editable > build/audit/installed.txt
	build/audit/bin/pip-audit --no-deps --disable-pip -r build/audit/installed.txt

clean:
	rm -rf $(VENV) build dist
