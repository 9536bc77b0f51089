# Everything a newcomer, CI and an operator run. `make help` lists it.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
BIN := .venv/bin
SAM := .sam-cli/bin/sam
STACK ?= tocsin
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help setup demo test check up down build deploy analytics lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## the whole flow on your own machine, from feed to e-mail and SMS, in about a minute
	@$(BIN)/tocsin demo

test: setup ## unit, functional and house tests, quality floors, then the system tests on the embedded AWS
	$(BIN)/pytest -n auto --dist worksteal tests/unit tests/functional tests/house
	$(BIN)/pytest tests/floors
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests/system

check: setup $(SAM) ## what needs no run: format, lint, types, template, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint template.yaml infra/analytics.yaml
	$(SAM) validate --lint --region us-east-1
	$(BIN)/pytest tests/house

up: setup ## start the embedded AWS, deploy the template, apply feeds.yaml and topics.yaml
	@$(BIN)/tocsin up

down: setup ## stop the embedded AWS; its state stays in .local/
	@$(BIN)/tocsin down

build: $(SAM) ## build the deployment package (needs Python 3.13, the Lambda runtime's version)
	@python3.13 --version >/dev/null 2>&1 || \
	  { echo "make build: python3.13 is not on the PATH; install it: it is the runtime of the functions" >&2; exit 1; }
	$(SAM) build
	$(PYTHON) -m infra.slim .aws-sam/build

deploy: build ## sam build and guided sam deploy into your AWS account
	$(SAM) deploy --guided --stack-name $(STACK)

analytics: $(SAM) ## set up Athena over the articles of the stack that `make deploy` made
	$(SAM) deploy --guided --template-file infra/analytics.yaml --stack-name $(STACK)-analytics \
	  --parameter-overrides StackName=$(STACK) --capabilities CAPABILITY_IAM

setup: .venv/.done

.uv/.done: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tocsin needs Python 3.11 or newer; $(PYTHON) is older: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.done: .uv/.done requirements.lock pyproject.toml
	@$(UV) venv --quiet --clear --python $(PYTHON) .venv
	@$(UV) pip install --quiet --python .venv --require-hashes --compile-bytecode -r requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

# The SAM CLI pins another boto3 than the embedded AWS does: an environment of its own.
$(SAM): .uv/.done requirements-sam.lock
	@$(UV) venv --quiet --clear --python $(PYTHON) .sam-cli
	@$(UV) pip install --quiet --python .sam-cli --require-hashes -r requirements-sam.lock
	@touch $@

COMPILE := pip compile --quiet --universal --no-header --no-annotate --python-version 3.11

lock: .uv/.done ## resolve the dependencies anew (pyproject.toml to the lock files)
	$(UV) $(COMPILE) --generate-hashes --extra cli --extra dev pyproject.toml -o requirements.lock
	$(UV) $(COMPILE) --constraints requirements.lock pyproject.toml -o functions/requirements.txt
	echo 'aws-sam-cli' | $(UV) $(COMPILE) --generate-hashes - -o requirements-sam.lock

clean: ## remove every environment and build output (not .local/, the embedded AWS's state)
	rm -rf .venv .uv .sam-cli .aws-sam .mypy_cache .pytest_cache .ruff_cache
