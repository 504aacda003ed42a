# If you are new here: `make quick` and `make test`. Both first install what they need into .venv.
PYTHON ?= python3
BIN := .venv/bin
# As constraints: a torch that is there already is kept if it has the version. LOCK= installs what pyproject.toml admits.
LOCK ?= requirements.lock
PIP := $(BIN)/pip install --quiet $(if $(LOCK),--constraint $(LOCK))

.PHONY: quick install notebooks test fuzz soak lint format bench reference lock licences clean
.DEFAULT_GOAL := quick

quick: install  ## run a first grid: a heatmap in minutes
	$(BIN)/ablation run grids/quick.toml

install: .venv/.installed  ## install the tool only

.venv/.installed: pyproject.toml $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ablation needs Python 3.11 or later; choose one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@

.venv/.installed-notebooks: .venv/.installed
	$(PIP) --editable ".[notebooks]"
	@touch $@

notebooks: .venv/.installed-notebooks  ## open the notebooks in a browser; what they write stays in notebooks/
	$(BIN)/jupyter-lab notebooks

.venv/.installed-test: .venv/.installed
	$(PIP) --editable ".[test]"
	@touch $@

lint: .venv/.installed-test  ## check formatting, lint, types, the order of imports, and known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/audit.py requirements.lock $(AUDIT)

test: lint  ## run all checks and all tests
	$(BIN)/pytest -n auto --dist worksteal

FUZZ ?= 10000
fuzz: .venv/.installed-test  ## read thousands of damaged and made-up files, FUZZ of each kind; takes some minutes
	ABLATION_FUZZ=$(FUZZ) $(BIN)/pytest -n auto tests/fuzz -rP

SOAK ?= 60
soak: .venv/.installed-test  ## kill, starve and damage runs at random moments for SOAK minutes, and count what is lost
	$(BIN)/python -m tests.faults.soak $(SOAK)

format: .venv/.installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/.installed-bench: .venv/.installed-test
	$(PIP) --editable ".[bench]"
	@touch $@

bench: .venv/.installed-bench  ## print the benchmark tables; with NPZ=photographs.npz, also accuracy per second
	$(BIN)/python tests/benchmarks/augmentations.py
	$(BIN)/python tests/benchmarks/efficiency.py $(if $(NPZ),--npz $(NPZ))
	$(if $(NPZ),$(BIN)/python tests/benchmarks/accuracy.py --npz $(NPZ))
	$(BIN)/python tests/benchmarks/peers.py
	$(BIN)/python tests/benchmarks/shares.py $(if $(NPZ),--npz $(NPZ))
	$(BIN)/python tests/benchmarks/scaling.py
	$(BIN)/python tests/benchmarks/overhead.py
	$(BIN)/python tests/benchmarks/spread.py
	$(BIN)/python tests/benchmarks/memory.py
	$(BIN)/python tests/benchmarks/preparing.py

# Run the grids of results/reference again, into OUT. NPZ=cifar10-10k.npz uses the same pixels as the reference. Without
# it, torchvision downloads CIFAR-10, and the recoloured images, which are made from an .npz, are left out.
OUT ?= results/again
PIXELS := $(if $(NPZ),--set data.source=npz --set data.path=$(NPZ))

reference: install  ## run every reference grid; takes hours, but can be stopped and continued at any time
	$(BIN)/ablation run grids/reference/cifar10-pairs.toml --out $(OUT)/cifar10-pairs $(PIXELS)
	$(BIN)/ablation run grids/reference/cifar10-pairs-shared.toml --out $(OUT)/cifar10-pairs-shared $(PIXELS)
	$(BIN)/ablation run grids/reference/unpublished.toml --out $(OUT)/unpublished $(PIXELS)
	$(if $(NPZ),$(BIN)/python grids/reference/recolor.py $(NPZ) $(OUT)/recolored.npz)
	$(if $(NPZ),$(BIN)/ablation run grids/reference/recolored.toml --out $(OUT)/recolored --set data.path=$(OUT)/recolored.npz)
	$(BIN)/ablation run grids/quick.toml --out $(OUT)/shapes --seeds 3
	$(BIN)/ablation run grids/palettes.toml --out $(OUT)/palettes --seeds 3

# No index and no hashes stand in the file: a mirror must do, and pip can check no hash of an editable checkout. CUDA
# libraries are left out, since each build of torch pins its own.
UPGRADE ?= --upgrade
lock:  ## write the newest versions that fit together into requirements.lock; UPGRADE= only adds what is missing
	$(PYTHON) -m venv .venv
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --all-extras --python-version 3.11 $(UPGRADE) \
		--annotation-style line --custom-compile-command "make lock" --output-file requirements.lock >/dev/null
	grep -vE '^(cuda|nvidia)-|^triton=' requirements.lock > .venv/lock
	mv .venv/lock requirements.lock

licences: .venv/.installed-bench .venv/.installed-notebooks  ## write docs/dependencies.md again
	$(PIP) uv
	$(BIN)/python tests/licences.py

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
