#!/usr/bin/env bash
# What people recorded survives: every writing command with each of its system calls on `.dora/` failing
# (ENOSPC, EIO, EACCES), killed at each call that changes something and at random moments, and on a disk
# that is full or read-only. `record_survives.py` says what is held against each run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/world.sh"

need strace
strace -f --seccomp-bpf -o "$stage/seen/probe" -e inject=getcwd:error=EIO true 2>/dev/null ||
    skip 'this machine lets nobody trace programs'

shop=$stage/world/shop
make_shop "$shop" https://github.com/acme/shop.git
cat >"$shop/items.csv" <<'CSV'
key,status,created,updated
FOC-1,Backlog,2026-02-10,2026-02-10
FOC-1,Done,2026-02-10,2026-02-12
FOC-2,Backlog,2026-02-11,2026-02-11
CSV
cat >"$shop/more.csv" <<'CSV'
key,status,created,updated
FOC-2,Done,2026-02-11,2026-02-18
FOC-3,Backlog,2026-02-17,2026-02-17
FOC-4,Backlog,2026-02-18,2026-02-18
CSV
cat >"$shop/incidents.csv" <<'CSV'
id,title,opened_at,resolved_at,severity
INC-1,Search is down,2026-02-16T11:00:00Z,2026-02-16T12:30:00Z,sev1
INC-2,Mails are late,2026-02-20T11:00:00Z,,sev3
CSV

serve github --deployed "$stage/seen/deployed"
survives() {
    local wrapper=() work=$1
    shift
    while [ "$1" != -- ]; do
        wrapper+=("$1")
        shift
    done
    shift
    mkdir "$stage/seen/$work"
    alone GH_TOKEN=token-of-nobody GITHUB_API_URL="http://127.0.0.1:$port" PYTHONDONTWRITEBYTECODE=1 \
        KILLS="${KILLS:-300}" ONLY="${ONLY:-}" "${wrapper[@]+"${wrapper[@]}"}" \
        "$python" "$here/record_survives.py" "$dora" "$shop" "$stage/seen/$work" "$@"
}

# A file system of our own, where the machine allows one.
if unshare --mount true 2>/dev/null; then
    survives disk unshare --mount -- --disk
elif unshare --map-root-user --mount true 2>/dev/null; then
    survives disk unshare --map-root-user --mount -- --disk
else
    printf 'left out: full and read-only disks: nobody may mount here\n'
fi
survives calls -- --server
