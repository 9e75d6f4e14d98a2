# What a developer of natproof types. `make` alone lists it.

# A build must not depend on who runs it or from where: git refuses to name the
# commit of a tree that another user owns, there is no vendor folder, and a
# workspace above this folder is none of its business.
export GOWORK  := off
export GOFLAGS := $(filter-out -mod=% -buildvcs%,$(shell go env GOFLAGS)) -mod=readonly -buildvcs=false

BIN        := $(CURDIR)/.bin
OUT        ?= natproof-report
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null)
FUZZTIME   ?= 10m
PKGS       ?= ./...
LINT       := v2.15.0
ACTIONLINT := v1.7.12

# The race detector needs cgo and a C compiler.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)

# A program with the race detector waits for a second as it ends, which is most of what
# it does where a test starts one for each NAT.
export GORACE := atexit_sleep_ms=0 $(GORACE)

.DEFAULT_GOAL := help
.PHONY: build run lesson requirements test test-all lint bench fuzz clean help

build: ## build .bin/natproof
	@mkdir -p $(BIN)
	go build -ldflags '-X main.version=$(VERSION)' -o $(BIN)/natproof ./cmd/natproof

run: build ## judge this kernel's NAT; the report goes to OUT=natproof-report
	@status=0; $(BIN)/natproof run --out '$(OUT)' $(ARGS) || status=$$?; \
	if [ $$status -gt 1 ]; then echo "make run: the run broke (exit status $$status)" >&2; exit $$status; fi; \
	echo "make run: the report is in $(OUT)/index.html (natproof's exit status: $$status)"

lesson: build ## draw the pictures of docs/lesson.md anew, from a run
	$(BIN)/natproof run --only 'hosts.*,rfc3022.*,translation.*' --out '$(OUT)'
	$(BIN)/natproof run --nat ref --only 'rfc3022.*' --out '$(OUT)-ref'
	go run ./scripts/lesson '$(OUT)/results.json' '$(OUT)-ref/results.json'

requirements: build ## write docs/requirements.md anew, from a run against this kernel's NAT
	$(BIN)/natproof run --quiet --out '$(OUT)' >/dev/null || [ $$? = 1 ]
	go test ./suites -run '^Test(RequirementsPage|KernelVerdictsKept)$$' -count=1 -update -kernel '$(abspath $(OUT))/results.json'

# What judges many NATs by many specs is run in part with the race detector, which makes
# a spec cost seven times as much.
WITHOUT_RACE := ^Test(Foreign|FaultTable|FaultsFail|KernelVerdicts|Loss|Repeats)

test: ## run the tests, with the race detector where there is a C compiler; the longest tables and loops in part
	@$(if $(RACE),:,echo "make test: no cgo or no C compiler, so without the race detector" >&2)
	go test $(RACE) -short -timeout 30m $(TESTFLAGS) $(PKGS)
	$(if $(and $(RACE),$(filter ./...,$(PKGS))),go test -short -timeout 30m $(TESTFLAGS) -run '$(WITHOUT_RACE)' ./suites)

test-all: ## run every test in full: all foreign NATs and all simulated networks, without the race detector
	go test -timeout 60m $(TESTFLAGS) $(PKGS)

lint: $(BIN)/golangci-lint-$(LINT) $(BIN)/actionlint-$(ACTIONLINT) ## run the linters; the first time compiles them, which takes minutes
	$< run ./...
	$(BIN)/actionlint-$(ACTIONLINT) -shellcheck= .github/workflows/*.yml
	$(if $(shell command -v shellcheck),shellcheck -S warning .ci/run scripts/*.sh,@echo "make lint: no shellcheck" >&2)

$(BIN)/golangci-lint-$(LINT):
	@mkdir -p $(BIN)
	GOFLAGS= GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT)
	mv $(BIN)/golangci-lint $@

$(BIN)/actionlint-$(ACTIONLINT):
	@mkdir -p $(BIN)
	GOFLAGS= GOBIN=$(BIN) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)
	mv $(BIN)/actionlint $@

bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem $(PKGS)

fuzz: ## fuzz every target for FUZZTIME=10m, or those that FUZZ=regexp matches
	@FUZZTIME='$(FUZZTIME)' FUZZ='$(FUZZ)' FUZZFLAGS='$(FUZZFLAGS)' scripts/fuzz.sh

clean: ## remove what building and running left in this folder
	rm -rf $(BIN) natproof natproof-report

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
