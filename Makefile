# Two commands for a newcomer: `make quick` and `make test`. Both install what they need into .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: quick install test lint format bench reference clean
.DEFAULT_GOAL := quick

quick: install  ## a first heatmap, in minutes
	$(BIN)/ablation run grids/quick.toml

install: .venv/.installed  ## the tool alone

.venv/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ablation needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/.installed-test: .venv/.installed
	$(BIN)/pip install --quiet --editable ".[test]"
	@touch $@

lint: .venv/.installed-test  ## format, lint, types, and the order of the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## everything
	$(BIN)/pytest -n auto --dist worksteal

format: .venv/.installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/.installed-bench: .venv/.installed-test
	$(BIN)/pip install --quiet --editable ".[bench]"
	@touch $@

bench: .venv/.installed-bench  ## a table of each; with NPZ=photographs.npz also accuracy per second
	$(BIN)/python tests/benchmarks/augmentations.py
	$(BIN)/python tests/benchmarks/efficiency.py $(if $(NPZ),--npz $(NPZ))
	$(if $(NPZ),$(BIN)/python tests/benchmarks/accuracy.py --npz $(NPZ))
	$(BIN)/python tests/benchmarks/peers.py
	$(BIN)/python tests/benchmarks/shares.py $(if $(NPZ),--npz $(NPZ))
	$(BIN)/python tests/benchmarks/scaling.py
	$(BIN)/python tests/benchmarks/overhead.py
	$(BIN)/python tests/benchmarks/memory.py

# results/reference again, in OUT. NPZ=cifar10-10k.npz takes the pixels that it was made from; without, torchvision
# downloads CIFAR-10, and the images recoloured from an .npz are left out.
OUT ?= results/again
PIXELS := $(if $(NPZ),--set data.source=npz --set data.path=$(NPZ))

reference: install  ## every reference grid, in hours; stop it when you like, the same command continues
	$(BIN)/ablation run grids/reference/cifar10-pairs.toml --out $(OUT)/cifar10-pairs $(PIXELS)
	$(BIN)/ablation run grids/reference/cifar10-pairs-shared.toml --out $(OUT)/cifar10-pairs-shared $(PIXELS)
	$(BIN)/ablation run grids/reference/cifar10-pairs-deeper.toml --out $(OUT)/cifar10-pairs-deeper $(PIXELS)
	$(BIN)/ablation run grids/reference/unpublished.toml --out $(OUT)/unpublished $(PIXELS)
	$(if $(NPZ),$(BIN)/python grids/reference/recolor.py $(NPZ) $(OUT)/recolored.npz)
	$(if $(NPZ),$(BIN)/ablation run grids/reference/recolored.toml --out $(OUT)/recolored --set data.path=$(OUT)/recolored.npz)
	$(BIN)/ablation run grids/quick.toml --out $(OUT)/shapes --seeds 3
	$(BIN)/ablation run grids/palettes.toml --out $(OUT)/palettes --seeds 3

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
