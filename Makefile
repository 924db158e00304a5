# Two commands: `make demo` and `make test`. Both need only Python >= 3.11 and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS ?= .venv-peers
PEERS_READY := $(PEERS)/.ready
PEERS_EXITS ?= .venv-peers-exits
PEERS_EXITS_READY := $(PEERS_EXITS)/.ready
PEERS_OPTIMISE ?= .venv-peers-optimise
PEERS_OPTIMISE_READY := $(PEERS_OPTIMISE)/.ready
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.PHONY: demo test check bench bench-sizes bench-forecast bench-exits bench-optimise bench-national soak docs clean

demo: $(READY)  ## set everything up and run the embedded Gävle case
	$(BIN)/bemanna demo

test: $(READY)  ## set everything up and pass the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not soak"

soak: $(READY)  ## the long proofs at full size (hours)
	$(BIN)/python -m pytest -m soak -s

check: $(READY)  ## style, types and the house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p bemanna

bench: $(READY)  ## measure what docs/benchmarks.md states
	$(BIN)/python benchmarks/measure.py

bench-sizes: $(READY)  ## plans beside rules of thumb, by size (the first time hours)
	$(BIN)/python benchmarks/sizes.py $(SIZES_OPTIONS)

bench-forecast: $(READY) $(PEERS_READY)  ## forecasts beside peers (the first time hours)
	$(BIN)/python benchmarks/forecast.py --peers $(PEERS)/bin/python

bench-exits: $(READY) $(PEERS_EXITS_READY)  ## exits beside peers (the first time an hour)
	$(BIN)/python benchmarks/exits.py --peers $(PEERS_EXITS)/bin/python

bench-optimise: $(READY) $(PEERS_OPTIMISE_READY)  ## the program beside other routes to the same optimum
	$(BIN)/python benchmarks/optimise.py --peers $(PEERS_OPTIMISE)/bin/python

bench-national: $(READY)  ## the nation: the command, one budget, growth
	$(BIN)/python benchmarks/nationbench.py

docs: $(READY)  ## make the pictures of README.md and docs/ again
	$(BIN)/python docs/pictures.py

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bemanna needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

$(PEERS_READY): benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $(PEERS_READY)

$(PEERS_EXITS_READY): benchmarks/peers/exits-requirements.txt
	$(PYTHON) -m venv $(PEERS_EXITS)
	$(PEERS_EXITS)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $(PEERS_EXITS_READY)

$(PEERS_OPTIMISE_READY): benchmarks/peers/optimise-requirements.txt
	$(PYTHON) -m venv $(PEERS_OPTIMISE)
	$(PEERS_OPTIMISE)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $(PEERS_OPTIMISE_READY)

clean:  ## remove what the commands above made
	rm -rf $(VENV) $(PEERS) $(PEERS_EXITS) $(PEERS_OPTIMISE) out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
