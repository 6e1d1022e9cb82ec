# Makes, checks and compares the IAM files of a repository with gen (palette-iam-gen).
#
# Include it from your Makefile, out of the installed package or as a copy in your repository:
#
#   include node_modules/palette-iam-gen/make/gen.mk
#
# Targets
#   make iam         generate the targets of GEN_CONFIG (gen)
#   make iam-check   fail where a generated file is stale, missing or edited (gen check)
#   make iam-diff    iam-check, then tell which permissions GEN_OUT has gained and lost since GEN_BASE
#                    (gen diff)
#
# Variables, to be set before the include, in the environment or on make's command line
#   GEN         how to call gen; that of the package this file is in, else gen on PATH
#   GEN_CONFIG  the file with the targets; gen.yaml
#   GEN_BASE    the git revision that iam-diff compares with; HEAD
#   GEN_OUT     the folder that the targets are written to, `out` of GEN_CONFIG; out
#
# All paths are relative to where make runs. Needs GNU make 3.81, which macOS has, or newer. The
# default goal of your Makefile stays what it is.

gen.mk.goal := $(.DEFAULT_GOAL)
gen.mk.cli := $(wildcard $(dir $(lastword $(MAKEFILE_LIST)))../dist/cli.js)

GEN ?= $(if $(gen.mk.cli),node $(gen.mk.cli),gen)
GEN_CONFIG ?= gen.yaml
GEN_BASE ?= HEAD
GEN_OUT ?= out

.PHONY: iam iam-check iam-diff

iam:
	@$(GEN) --config "$(GEN_CONFIG)"

iam-check:
	@$(GEN) check --config "$(GEN_CONFIG)"

# For Terraform and CloudFormation gen diff goes by manifest.json: gen check makes sure that the files
# are what it says. What is not committed yet has nothing to be compared with.
iam-diff: iam-check
	@if [ "$(GEN_BASE)" = HEAD ] && git rev-parse --git-dir >/dev/null 2>&1 && \
		! git cat-file -e "HEAD:./$(GEN_OUT)" 2>/dev/null; \
	then echo "$(GEN_OUT) is not committed yet: there is nothing to compare it with" >&2; \
	else $(GEN) diff "$(GEN_BASE):./$(GEN_OUT)" "$(GEN_OUT)"; fi

.DEFAULT_GOAL := $(gen.mk.goal)
