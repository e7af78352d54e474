# Everything the course needs, each command with its own set-up. `make` lists them.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
PRACTICE = $(VENV)/.installed-practice
TEACH = $(VENV)/.installed-teach
# Kernels and tests run side by side, one thread each: three files at a time (or parts of a
# long one, tests/conftest.py), since much of a test is waiting (for a browser, for a limit).
# Files of tests come first, so that the notebooks, none of which takes long, fill the end.
# Hundreds of processes import the package: what is compiled is kept, also where an image of
# Python forbids it.
TEST_ENV = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= \
	TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
JOBS ?= 3
TEST_OPTIONS = -n $(JOBS) --dist loadfile --no-loadscope-reorder --benchmark-disable --nbval-lax \
	--nbval-current-env --nbval-cell-timeout 600 $(if $(CHAPTER),--chapter $(CHAPTER))

.PHONY: help book live pdf test lab run evidence bench assignments clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(STAMP)  ## build the pages; a warning is an error
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "Open file://$(CURDIR)/_build/html/index.html"

live: book  ## put Python for the browser beside the pages (a large download)
	$(BIN)/python site/pyodide.py $(if $(PYODIDE),--archive $(PYODIDE))

pdf: book  ## the whole book as one PDF, printed by the browser of the tests
	$(BIN)/python site/pdf.py

test: $(TEACH)  ## run every test: code, notebooks, pages; CHAPTER=NN-name for one
	$(TEST_ENV) $(BIN)/python -m pytest tests chapters $(TEST_OPTIONS)

lab: $(PRACTICE)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab chapters

run: $(PRACTICE)  ## run every chapter again and store what it prints
	$(BIN)/python site/run.py

evidence: $(PRACTICE)  ## run what experiments lack, NAME=... for one; store what they find
	$(BIN)/python -m rnnbook.evidence $(NAME)

bench: $(STAMP)  ## compare the speed of the layers with PyTorch and Keras
	$(BIN)/python tests/benchmarks/table.py

assignments: $(TEACH)  ## build releases and solutions, and grade them as a proof
	$(BIN)/python assignments/build.py

clean:  ## remove the built pages and the virtual environment
	rm -rf _build $(VENV)

# Installed once, and again only when what is required has changed.
$(STAMP): requirements.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	{ echo "rnnbook needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is not one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# What the part Practice needs and no other.
$(PRACTICE): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[practice]"
	@touch $@

# nbgrader adds menus to JupyterLab, so only what needs it installs it.
$(TEACH): $(PRACTICE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[teach]"
	@touch $@
