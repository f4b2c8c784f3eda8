# Two commands matter: `make demo` and `make test`. Each makes its own environment
# from Python 3.11 and the package registries; nothing has to be installed before.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
export UV_COMPILE_BYTECODE = 1
export UV_LINK_MODE ?= copy

.PHONY: demo test browser docs check faults benchmark lock clean

demo: $(STAMP)
	@$(BIN)/hub demo

# Files in two processes, each with a PostgreSQL of its own; what a file shares stays in one.
test: check browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# Pages are tested in Debian's Chromium; without the right to install it those tests are skipped
# with that reason, and CI does not accept a skip (REQUIRE_BROWSER).
browser:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	    echo "Đang cài trình duyệt thử trang / installing the browser that tests the pages"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; }

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy config
	$(BIN)/lint-imports
	$(BIN)/yamllint -s .
	$(BIN)/codespell

faults: $(STAMP)
	@$(BIN)/python -m tests.faults.campaign

benchmark: $(STAMP)
	@$(BIN)/python -m benchmarks

# The lock names packages, versions and hashes and no index: any mirror serves it.
lock: $(VENV)/bin/uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra docs --extra s3 --generate-hashes --no-header \
	    --no-emit-index-url --python-version 3.11 --quiet -o requirements.lock
	$(BIN)/uv pip compile benchmarks/requirements.in -c requirements.lock --generate-hashes \
	    --no-header --no-emit-index-url --python-version 3.11 --quiet -o benchmarks/requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra s3 deploy/requirements.in -c requirements.lock --generate-hashes \
	    --no-header --no-emit-index-url --python-version 3.11 --quiet -o deploy/requirements.lock

$(VENV)/bin/uv:
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(STAMP): $(VENV)/bin/uv requirements.lock pyproject.toml
	@echo "Đang chuẩn bị môi trường / preparing the environment in $(VENV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

# The documentation as a site, built offline.
docs: $(STAMP)
	@$(BIN)/zensical build --strict

clean:
	rm -rf $(VENV) var
