# The one door: `make help` lists it.
SHELL := /bin/bash
BUILD ?= build
MAYFLY := $(BUILD)/mayfly

.DEFAULT_GOAL := help
.PHONY: help build run test test-languages test-svm test-asan test-tsan test-cfi test-flip test-errno test-long test-hostile test-neighbour fuzz fuzz-coverage bench bench-check lint format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## install what is missing; build build/mayfly and the library
	@scripts/install-deps build
	@scripts/build --target mayfly --target mayfly_shared

run: build ## answer an event with a Python function in a microVM
	@scripts/run-example $(MAYFLY)

test: ## every test; the last line is "N passed, N failed"
	@scripts/test

test-languages: ## CPython's own test modules inside the guest, all of them (long)
	@scripts/test --label languages-all

test-svm: ## the whole on AMD SVM, emulated by QEMU (minutes)
	@scripts/install-deps build svm
	@scripts/build --target mayfly
	@scripts/test-svm $(BUILD)

test-asan: ## the tests with the library, the command and microVM processes under AddressSanitizer and UBSan
	@scripts/test --preset asan --jobs 1

test-tsan: ## the tests with the library and the command under ThreadSanitizer
	@scripts/test --preset tsan --jobs 1 --only '^(unit/(base|bench|microvm|rootfs-builder|runtime|snapshot)|image|runtime|cli|embed)/'

test-cfi: ## the tests with clang's control flow integrity in the library, the command and microVM processes
	@scripts/test --preset cfi

test-flip: ## unit tests and guests, where a second read of memory that a guest writes gives something else
	@scripts/test --preset flip --only '^(unit|fuzz|guests)/'

test-errno: ## each system call of the command and its processes fails once, in each way (an hour)
	@scripts/test-errno

test-long: ## what takes too long for `make test`: a million flipped bits
	@scripts/test --label long

test-hostile: ## hostile guests and killed processes at full length (hours)
	@scripts/test-hostile

test-neighbour: ## what an invocation feels of a hostile neighbour; on a machine with nothing else to do (minutes)
	@scripts/test-hostile --only 'Neighbour.*'

fuzz: ## every fuzz target for 30 seconds; fails on a finding
	@scripts/fuzz

fuzz-coverage: ## which lines of the parsers the committed corpus reaches
	@scripts/fuzz-coverage

bench: build ## every benchmark, with plots and raw data in build/benchmarks (minutes)
	@scripts/bench $(MAYFLY)

bench-check: build ## exits, faults, pages and system calls against their ceilings (seconds)
	@scripts/bench-check $(MAYFLY)

lint: ## formatting and clang-tidy
	@scripts/install-deps build lint
	@scripts/lint

format: ## reformat all C++ in place
	@scripts/install-deps lint
	@scripts/lint --fix

clean: ## remove the build trees (images and functions stay)
	rm -rf build build-*
