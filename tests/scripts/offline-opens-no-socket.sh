#!/usr/bin/env bash
# Without the network means without it: a trace of system calls shows that `--offline`, DORA_OFFLINE,
# `--fast`, `--as-of` and CI open no socket, where the same command without them does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/world.sh"

need strace script
strace -f -o "$stage/seen/probe" true 2>/dev/null || skip 'this machine lets nobody trace programs'

make_shop "$stage/world/shop" https://github.com/acme/shop.git
serve github --deployed "$stage/seen/deployed"

# A gh that tells when it was run: it would open sockets of its own.
cat >"$stage/bin/gh" <<EOF2
#!/bin/sh
touch "$stage/seen/gh-was-run"
exit 1
EOF2
chmod +x "$stage/bin/gh"

# dora on a terminal, with everything it needs to ask GitHub, traced. The first arguments are more
# variables of its environment.
traced() {
    local settings=() command
    while [[ ${1-} =~ ^[A-Z_]+= ]]; do
        settings+=("$1")
        shift
    done
    rm -f "$stage/seen/trace" "$stage/seen/gh-was-run"
    printf -v command '%q ' strace -f -qq -e trace=network,io_uring_setup \
        -o "$stage/seen/trace" "$dora" -C "$stage/world/shop" "$@"
    # util-linux's, which gives the command a terminal and its exit code back.
    alone GH_TOKEN=token-of-nobody GITHUB_API_URL="http://127.0.0.1:$port" \
        "${settings[@]+"${settings[@]}"}" \
        script --quiet --return --command "$command" /dev/null >"$stage/world/said/last" 2>&1
}

# What is opened by a command that asks. It is a control: were nothing seen here, nothing would be shown
# below.
opens() {
    local before after
    before=$(count github 'it.connection')
    traced "$@" || fail "$*: $(cat "$stage/world/said/last")"
    after=$(count github 'it.connection')
    grep -q 'socket(AF_INET' "$stage/seen/trace" || fail "$*: no socket is seen"
    grep -q 'connect(' "$stage/seen/trace" || fail "$*: no connection is seen"
    [ "$after" -gt "$before" ] || fail "$*: it did not reach the server"
    shown "$* opens a connection (the control)"
}

# Ends with the code that is given first, and without a single call that belongs to the network.
opens_nothing() {
    local wanted=$1 code=0 before after
    shift
    before=$(count github 'it.connection')
    traced "$@" || code=$?
    after=$(count github 'it.connection')
    [ "$code" -eq "$wanted" ] || fail "$*: exit $code: $(cat "$stage/world/said/last")"
    [ -e "$stage/seen/trace" ] || fail "$*: it was not traced"
    [ ! -s "$stage/seen/trace" ] || fail "$*: $(head -n 5 "$stage/seen/trace")"
    [ ! -e "$stage/seen/gh-was-run" ] || fail "$*: it ran gh"
    [ "$after" -eq "$before" ] || fail "$*: it reached the server"
    shown "${*//"$stage"/…} opens nothing"
}

opens init
later=(DORA_NOW=2026-03-09T13:00:00Z)
opens_nothing 0 report --verbose # its data is new
# Four hours later the cache is old.
opens_nothing 0 "${later[@]}" --offline report
opens_nothing 0 "${later[@]}" --offline
opens_nothing 0 "${later[@]}" --offline report --verbose
opens_nothing 0 "${later[@]}" --offline report --format json
opens_nothing 0 "${later[@]}" --offline report --export "$stage/world/report.json"
opens_nothing 0 "${later[@]}" --offline init
opens_nothing 0 "${later[@]}" --offline init --dry-run
opens_nothing 2 "${later[@]}" --offline sync
opens_nothing 2 "${later[@]}" --offline report --sync
opens_nothing 0 "${later[@]}" DORA_OFFLINE=1 report
opens_nothing 0 "${later[@]}" DORA_OFFLINE=1 init
opens_nothing 2 "${later[@]}" DORA_OFFLINE=1 sync
opens_nothing 0 "${later[@]}" DORA_OFFLINE=1 DORA_GITHUB_VIA=gh report
opens_nothing 0 "${later[@]}" GH_TOKEN= --offline report
opens_nothing 0 "${later[@]}" report --fast
opens_nothing 0 "${later[@]}" doctor
opens_nothing 0 "${later[@]}" report --from "$stage/world/report.json"
opens_nothing 0 "${later[@]}" report --as-of 2026-03-01
opens_nothing 0 "${later[@]}" report --ref HEAD~2
opens_nothing 0 "${later[@]}" CI=true report
opens_nothing 0 "${later[@]}" init --skip-github
opens_nothing 0 "${later[@]}" init --dry-run
# The same without any of it asks: by itself, and when it is told to.
traced "${later[@]}" DORA_GITHUB_VIA=gh report || fail "a gh that fails fails the report"
[ -e "$stage/seen/gh-was-run" ] || fail 'DORA_GITHUB_VIA=gh report does not run gh'
shown 'DORA_GITHUB_VIA=gh report runs gh (the control)'
opens "${later[@]}" report
opens "${later[@]}" report --sync
# Without a cache there is still no reason.
opens_nothing 0 "${later[@]}" --offline init --reset
opens_nothing 0 "${later[@]}" --offline report
