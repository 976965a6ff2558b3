# Everything runs in a virtual environment of its own, .venv, made on first use.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY  := $(VENV)/.ready
LEARNER := $(VENV)/.learner
SITE   := $(VENV)/.site-ready
SEEDS  ?= 1
PYTHONS ?= 3.12 3.13
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help lab test test-long test-quick test-pythons lint release edit chapter merge new-chapter new-exercise clean
.PHONY: types tests site test-site stills test-newest dist constraints address

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# What learners need; READY is that and what the tests need, in one installation.
$(LEARNER): pyproject.toml
	$(call set-up)
	@touch $@

$(READY): pyproject.toml
	$(call set-up,test)
	@touch $(LEARNER) $@

define set-up
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
@$(PYTHON) tools/install.py $(VENV) $(1)
endef

$(SITE): $(READY)
	$(BIN)/python -m pip install --quiet --editable ".[test,site]"
	@touch $@

lab: $(LEARNER) ## open the course in JupyterLab (your copy: my-course/)
	@test -d my-course || rnncourse start my-course
	rnncourse lab my-course

# Four workers share what cores there are: threads of TensorFlow's own would only stand in each other's way.
test: export TF_NUM_INTRAOP_THREADS := 1
test: export TF_NUM_INTEROP_THREADS := 1
test: $(READY) ## lint, check types, then every test, the solution notebooks under nbval included
	ruff check . && ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 types tests

# mypy works on one core while the tests begin.
types:
	@mypy

tests:
	python -m pytest --nbval -n 4 --dist loadscope --no-loadscope-reorder --training-seeds $(SEEDS)

test-long: $(READY) ## what takes too long for every run: trainings that must fail, each call of the grader made to fail
	python -m pytest -n 3 --dist loadscope --no-loadscope-reorder -m long --nbval --training-seeds $(SEEDS) \
		tests solutions/a_win.ipynb

test-quick: $(READY) ## the quick part of the tests, and chapters 3, 5 and 11
	python -m pytest -q -n 2 tests/test_*.py tests/checking tests/notebooks tests/datasets tests/plots tests/cli
	python -m pytest -q --nbval $(foreach chapter,03 05 11,$(wildcard solutions/$(chapter)_*))

test-pythons: ## test-quick on each of PYTHONS that this machine has, in .venv-3.12 and so on
	@$(PYTHON) tools/pythons.py $(PYTHONS)

test-newest: ## everything, with the newest TensorFlow and Keras, also where pyproject.toml forbids them
	$(MAKE) .venv-newest/.ready VENV=.venv-newest
	.venv-newest/bin/python -m pip install --quiet --upgrade tensorflow keras
	$(MAKE) test VENV=.venv-newest

site: $(SITE) ## the website, in site/build/html (REPOSITORY=https://github.com/you/course for its buttons)
	python -m tools.website

test-site: $(SITE) ## build the website and try it in Chromium
	python -m pytest -q -m site tests/site

stills: $(READY) ## make stills CHAPTER=3: draw the website's stills of its sliders anew
	python -m tools.authoring stills $(CHAPTER)

lint: $(READY) ## tidy the code and say what is left to tidy
	ruff check --fix . && ruff format .

release: $(READY) ## make course/ from solutions/
	python -m tools.authoring release

edit: $(READY) ## make edit CHAPTER=3: write a chapter as text, edit/NN_name.py
	python -m tools.authoring edit $(CHAPTER)

chapter: $(READY) ## make chapter CHAPTER=3: run the text, keep its outputs, make the release (FRESH=1: all outputs anew)
	python -m tools.authoring build $(CHAPTER) $(if $(FRESH),--fresh)

merge: $(READY) ## make merge CHAPTER=3: the notebook was changed since make edit; bring both together in the text
	python -m tools.authoring merge $(CHAPTER)

new-chapter: $(READY) ## make new-chapter NAME=15_name: write the stubs of a chapter
	python -m tools.authoring new-chapter $(NAME)

new-exercise: $(READY) ## make new-exercise CHAPTER=3 NAME=f [ARGUMENTS="x h units:int" AFTER=… MODULE=…]: its stubs
	python -m tools.authoring new-exercise $(CHAPTER) $(NAME) $(if $(ARGUMENTS),--arguments "$(ARGUMENTS)") \
		$(if $(AFTER),--after $(AFTER)) $(if $(MODULE),--module $(MODULE))

dist: $(READY) ## the wheel and the source for a release, in dist/ (TAG=v0.2.0: it has to be this version)
	python -m tools.releasing $(TAG)
	python -m pip install --quiet --editable ".[release]"
	rm -rf dist && python -m build --outdir dist .

constraints: $(SITE) ## write the versions that the tests run with, for 3.11 and each of PYTHONS
	python -m pip install --quiet --editable ".[release]"
	python -m tools.constraints 3.11 $(PYTHONS)

address: $(READY) ## make address REPOSITORY=https://github.com/you/course: where the public repository is
	python -m tools.address $(REPOSITORY)

clean: ## remove what the tools leave behind (never your notebooks)
	rm -rf .venv .venv-* site/build build dist .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
