# Two commands matter: `make demo` and `make test`. Everything they need, `make deps` installs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
RUN := tests/run

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

deps: ## install what is missing (apt, pip); nothing when all is there
	@$(RUN)/deps build demo test terraform image

demo: ## the main job without an AWS account: a real journal arrives in a local CloudWatch Logs
	@$(RUN)/deps build demo
	@cargo build --release --locked --quiet -p ecs-logs -p cloudwatch-local -p tfdocs -p stack-tests
	@$(RUN)/demo

check: ## the inner loop: format, lints, unit tests; no root, no network
	@$(RUN)/stages lint unit

test: ## everything that CI runs, stage by stage, with times
	@$(RUN)/stages deps lint build unit docs live terraform image

lint: ## rustfmt, clippy, terraform fmt, shellcheck
	@$(RUN)/lint

fmt: ## format everything
	@cargo fmt --all
	@if command -v terraform >/dev/null; then terraform fmt -recursive modules examples; fi

bench: ## measure speed and memory on this machine; prints medians and writes them to a file
	@$(RUN)/deps build demo
	@$(RUN)/bench

torture: ## faults for hours: 100,000 simulated seeds, the whole fault suite, half an hour of soak; needs root
	@$(RUN)/deps build demo test
	@$(RUN)/torture

docs: ## write what is generated: module READMEs, man pages, completions
	@cargo build --release --locked --quiet -p tfdocs -p ecs-logs
	@$(RUN)/docs

packages: ## .deb, .rpm and tarball of ecs-logs into dist/
	@$(RUN)/deps build image
	@cargo build --release --locked --quiet -p ecs-logs
	@ecs-logs/package/build

ami: packages ## build the cluster's image with Packer and publish it; REGION, REGIONS, ARCH
	@tests/run/ami "$(or $(REGION),us-west-2)" "$(REGIONS)" "$(or $(ARCH),x86_64)"

ami-test: ## prove the image without AWS: Packer against moto, boots in nspawn and qemu
	@$(RUN)/deps build image
	@cargo build --release --locked --quiet -p ecs-logs -p cloudwatch-local
	@$(RUN)/stages image

terraform: ## format, validity and tests of all Terraform; examples applied, changed, destroyed on a local moto
	@$(RUN)/deps terraform
	@$(RUN)/terraform

try: ## see your stack without an AWS account: an example on a local moto; EXAMPLE=quickstart
	@$(RUN)/deps terraform
	@.venv/bin/python tests/moto/try.py $(EXAMPLE)

provider6: ## does every argument of the modules exist in the AWS provider 6? fetches its schema
	@/usr/bin/env python3 tests/terraform/provider6.py

new-module: ## the folder of a new Terraform module; NAME=name
	@$(RUN)/new-module "$(NAME)"

.PHONY: terraform try provider6 new-module help deps demo check test lint fmt bench torture docs packages ami ami-test
