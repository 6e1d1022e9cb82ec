# Needs Node 20 or newer, npm and make; everything else is installed on demand.

INSTALLED := node_modules/.package-lock.json
BENCH_INSTALLED := bench/node_modules/.package-lock.json
BUILT := dist/cli.js
SOURCES := $(shell find src templates scripts spec -path src/generated -prune -o -type f -print) package.json

# npm ci refuses a lock file where a registry mirror lacks optional packages of other platforms;
# npm install takes the same pinned versions without them. Both also where NODE_ENV=production.
NPM_FLAGS := --include=dev --no-audit --no-fund --loglevel=error

# WSL sets NAME to the computer's name, which must not become a folder's name.
ifneq ($(filter environment,$(origin NAME)),)
NAME :=
endif

quote = '$(subst ','\'',$(1))'
flag = $(if $($(2)),$(1)=$(call quote,$($(2))))

GEN_FLAGS = \
	$(call flag,--features,FEATURES) \
	$(call flag,--format,FORMAT) \
	$(call flag,--merge,MERGE) \
	$(call flag,--cluster-name,CLUSTER_NAME) \
	$(call flag,--vpc-id,VPC_ID) \
	$(call flag,--partition,PARTITION) \
	$(call flag,--account-id,ACCOUNT_ID) \
	$(call flag,--name-prefix,NAME_PREFIX) \
	$(call flag,--name-suffix,NAME_SUFFIX) \
	$(call flag,--palette-role,PALETTE_ROLE) \
	$(call flag,--palette-user,PALETTE_USER) \
	$(call flag,--node-role,NODE_ROLE) \
	$(call flag,--as-of,AS_OF) \
	$(call flag,--spec,SPEC) \
	$(call flag,--out,OUT) \
	$(call flag,--name,NAME)

.DEFAULT_GOAL := help
.PHONY: help gen build test test-fast conformance bench lint format typecheck check gen-examples release clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make gen FEATURES=eks,cni-scoped FORMAT=terraform CLUSTER_NAME=demo VPC_ID=vpc-0abc1234def567890"
	@echo "  Also: MERGE PARTITION ACCOUNT_ID NAME_PREFIX NAME_SUFFIX PALETTE_ROLE PALETTE_USER NODE_ROLE"
	@echo "  AS_OF SPEC OUT NAME, and ARGS='any other flags'; dist/cli.js --help lists all flags."

gen: $(BUILT) ## Install what is missing, build, generate
	@node $(BUILT) $(GEN_FLAGS) $(ARGS)

build: $(BUILT) ## Build dist/

test: $(INSTALLED) ## Run all tests but those that ask other tools; FILES='part of a path' for some
	@npm run --silent codegen
	@if node scripts/test.mjs --needs-dist $(FILES); then $(MAKE) --no-print-directory build; fi
	@node scripts/test.mjs $(FILES)

test-fast: $(INSTALLED) ## Run what needs no bundle and no other tool, over a selection: seconds
	@npm run --silent codegen
	@node scripts/test.mjs --fast $(FILES)

conformance: $(INSTALLED) ## Ask the real tools: Terraform, an emulator of AWS, cfn-lint
	@npm run --silent codegen
	@node scripts/test.mjs test/conformance/

bench: $(BUILT) $(BENCH_INSTALLED) ## Measure beside aws-cdk-lib, an empty process and unbundled packages; takes minutes
	@node bench/build.mjs
	@node bench/bench.mjs
	@node bench/install.mjs
	@node bench/bundles.mjs

lint: $(INSTALLED) ## Lint and check formatting
	@npx --no-install biome check .

format: $(INSTALLED) ## Format and fix what can be fixed
	@npx --no-install biome check --write .

typecheck: $(INSTALLED) ## Check types
	@npm run --silent typecheck

check: $(BUILT) ## Are the committed files in out/ and docs/formats.md fresh?
	@node $(BUILT) check --config scripts/examples.yaml
	@node scripts/formats-page.mjs --check

gen-examples: $(BUILT) ## Write the README's examples to out/, and docs/formats.md
	@node $(BUILT) --config scripts/examples.yaml
	@node scripts/formats-page.mjs

aws-managed: $(INSTALLED) ## Refresh spec/aws-managed/ with the newest versions of AWS managed policies
	@node scripts/refresh-aws-managed.mjs

release: $(INSTALLED) ## Check, pack and tag the version of package.json; nothing is published
	@node scripts/release.mjs

clean: ## Remove what can be made again
	rm -rf dist src/generated

$(INSTALLED): package-lock.json
	npm ci $(NPM_FLAGS) || npm install --no-save $(NPM_FLAGS)
	@touch $@

$(BENCH_INSTALLED): bench/package-lock.json
	cd bench && { npm ci $(NPM_FLAGS) || npm install --no-save $(NPM_FLAGS); }
	@touch $@

$(BUILT): $(INSTALLED) $(SOURCES)
	@npm run --silent build
	@touch $@
