# onekey. `make demo` and `make test` do everything on a fresh Debian or Ubuntu machine.

PYTHON ?= python3
V := .venv/bin
# which Asterisk the lab runs: make test ASTERISK=built (compiled here without the patch), debian, or machine (docs/install.md)
ifdef ASTERISK
export ONEKEY_ASTERISK := $(ASTERISK)
endif

.PHONY: setup demo test test-dead check bench bench-reports bench-seats campaign provoke-audio attack check-seats crash-store check-eido docs lock bench-recordings asterisk-deb wheel deb bundle site-minutes clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh

demo: setup
	@$(V)/onekey demo

# two processes: most of it is people talking. A file stays with one of them, so that labs are shared
test: setup
	@$(V)/python -m pytest -n 2 --dist loadfile

# every story of a press, with the gateway and with it killed before each press: make test-dead, make test-dead ONLY="name name"
test-dead: setup
	@$(V)/python -m simulators.dead $(ONLY)

check: setup
	@$(V)/ruff format --check . && $(V)/ruff check . && $(V)/mypy && $(V)/lint-imports --no-cache && $(V)/python -m pytest -q -m "not asterisk"

bench: setup
	@$(V)/python -m bench

# who is on recordings across transfers, on an Asterisk without the patch and on one with it: make bench-recordings CALLS=36
bench-recordings: setup
	@$(V)/python -m bench.recordings --calls $(or $(CALLS),36)

# an Asterisk without the patch as a Debian package for this release: build/asterisk-onekey_….deb (docs/install.md)
asterisk-deb: setup
	@$(V)/onekey lab asterisk-deb build

# what a site installs, in build/dist: a wheel with all that ships, a Debian package with its own libraries, an archive for a network without Internet
wheel deb bundle: setup
	@$(V)/python -m scripts.package $@

# from two stock Asterisks to a heard transfer, by the steps of docs/install.md: how many, and which
site-minutes: setup
	@$(V)/python -m bench.site

# reports over a month of a large site; its figures stand beside those of `make bench`
bench-reports: setup
	@$(V)/python -m bench.reports

# 10,000 seats and 500 calls/s on one gateway process on one core: make bench-seats SECONDS=60
bench-seats: setup
	@$(V)/python -m bench.seats_load --seconds $(or $(SECONDS),600) --calls $(or $(CALLS),500) --seats $(or $(SEATS),10000)

# random transfers and faults on real Asterisk: make campaign N=300 SEED=7; make campaign SEED=7 ONLY=12 plays one again
campaign: setup
	@$(V)/python -m simulators.campaign --n $(or $(N),100) --seed $(or $(SEED),1) $(if $(ONLY),--only $(ONLY))

# thousands of joins by phones as awkward as real ones: is anybody silent? make provoke-audio N=5000 SEED=7 ONEKEY_ASTERISK=built
provoke-audio: setup
	@$(V)/python -m bench.provoke_audio --joins $(or $(N),1500) --parallel $(or $(PARALLEL),8) $(if $(SEED),--seed $(SEED))

# what a stranger, a foreign token and a foreign platform may try, against a lab of its own; its figures stand beside those of `make bench`:
# make attack ONLY="name name"
attack: setup
	@$(V)/python -m bench.attack $(if $(ONLY),--only $(ONLY))

# seats, answers, abandons and waits of random calls on real Asterisk against CEL and queue_log: make check-seats N=300
check-seats: setup
	@$(V)/python -m simulators.seat_check --n $(or $(N),300) --seed $(or $(SEED),1)

# kill -9 in the middle of write bursts, on SQLite and a tenth as often on Redis (or REDIS=200); prints kills, acknowledged, lost
crash-store: setup
	@$(V)/python -m bench.crash_store --n $(or $(N),200) $(if $(REDIS),--redis $(REDIS)) --seed $(or $(SEED),1)

# our EIDOs against the published schema of NENA-STA-021.1: make check-eido FOLDER=a checkout of NENA911/EIDO-JSON
check-eido: setup
	@$(V)/python -m scripts.check_eido $(FOLDER)

docs: setup
	@$(V)/python scripts/diagram.py docs/transfers.md && $(V)/python scripts/diagram.py docs/transfers.zh-CN.md
	@$(V)/python -m scripts.openapi

lock:
	@$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@build/lock/bin/uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url -q -o requirements.lock pyproject.toml

clean:
	rm -rf .venv build
