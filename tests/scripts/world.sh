# shellcheck shell=bash
# What the scripts beside this one share: the program under test, a repository with a history of
# deployments, a server that behaves like GitHub, and an end that leaves nothing behind.

# Exit code of a script that cannot run here.
readonly SKIPPED=77

# The present of every run: what the history below leads up to.
readonly PRESENT=2026-03-09T09:00:00Z

skip() {
    printf 'skipped: %s\n' "$*"
    exit "$SKIPPED"
}

fail() {
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

shown() { printf 'ok: %s\n' "$*"; }

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || skip "$program is not installed"
    done
}

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
project=$(cd -- "$here/../.." && pwd)
case ${CARGO_TARGET_DIR:-} in
/*) dora=$CARGO_TARGET_DIR/debug/dora ;;
*) dora=$project/${CARGO_TARGET_DIR:-target}/debug/dora ;;
esac
[ -x "$dora" ] || fail "$dora is missing: cargo build makes it"
need git python3
# The interpreter itself: what PATH names may be a wrapper that wants a home.
python=$(python3 -c 'import http.server, ssl, sys; print(sys.executable)') ||
    skip 'python3 cannot serve TLS'

# One directory for everything. In `world` is what dora and its children see and write; in `seen` what
# was watched from outside.
stage=$(mktemp -d)
mkdir -p "$stage"/seen "$stage"/bin \
    "$stage"/world/{home,temporary,config,cache,data,state,runtime,said,gh}
servers=()

leave() {
    local server
    for server in "${servers[@]+"${servers[@]}"}"; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    rm -rf -- "$stage"
}
trap leave EXIT
trap 'exit 130' INT TERM

# A program in an environment of its own, with more variables before it: nothing of the person who runs
# this reaches it, no token, no proxy, no configuration.
alone() {
    env -i \
        PATH="$stage/bin:$PATH" \
        LANG=C.UTF-8 TERM=xterm-256color \
        HOME="$stage/world/home" TMPDIR="$stage/world/temporary" \
        XDG_CONFIG_HOME="$stage/world/config" XDG_CACHE_HOME="$stage/world/cache" \
        XDG_DATA_HOME="$stage/world/data" XDG_STATE_HOME="$stage/world/state" \
        XDG_RUNTIME_DIR="$stage/world/runtime" GH_CONFIG_DIR="$stage/world/gh" \
        GIT_CONFIG_NOSYSTEM=1 DORA_NOW="$PRESENT" \
        "$@"
}

# git at an instant, by nobody in particular.
git_at() {
    local at=$1
    shift
    alone GIT_AUTHOR_DATE="$at" GIT_COMMITTER_DATE="$at" \
        GIT_AUTHOR_NAME=Dev GIT_AUTHOR_EMAIL=dev@example.test \
        GIT_COMMITTER_NAME=Dev GIT_COMMITTER_EMAIL=dev@example.test \
        git "$@"
}

# A repository with twelve deployments to production between 9 February and 6 March, each after a change
# of its own; every second one also brings a commit of a backend that is not cloned.
make_shop() {
    local directory=$1 remote=$2 days=(0209 0211 0213 0216 0218 0220 0223 0225 0227 0302 0304 0306)
    local number=0 day at code
    mkdir -p "$directory"/{src,state,.github/workflows}
    alone git init --quiet --initial-branch=main "$directory"
    alone git -C "$directory" remote add origin "$remote"
    cat >"$directory/.github/workflows/deploy.yml" <<'YAML'
name: Deploy
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy.sh
YAML
    for day in "${days[@]}"; do
        number=$((number + 1))
        at=2026-${day:0:2}-${day:2}
        echo "$number" >"$directory/src/shop"
        git_at "${at}T08:00:00Z" -C "$directory" add .
        git_at "${at}T08:00:00Z" -C "$directory" commit --quiet -m "feat: change $number"
        code=$(alone git -C "$directory" rev-parse HEAD)
        printf '{"shop": {"version": "%s"}, "backend": {"version": "%s"}}\n' \
            "$code" "$(printf "$(((number + 1) / 2))b%.0s" {1..20})" \
            >"$directory/state/production-deployed-versions.json"
        git_at "${at}T10:00:00Z" -C "$directory" add .
        git_at "${at}T10:00:00Z" -C "$directory" commit --quiet -m "state: production"
    done
    # What the server has to know of it.
    alone git -C "$directory" log --reverse --format='%H %P %ct' -- state >"$stage/seen/deployed"
}

# Starts a server; `port` is its port afterwards, and seen/NAME.log its log.
serve() {
    local name=$1 ready="$stage/seen/$1.port" tries=0
    shift
    "$python" "$here/github_server.py" --log "$stage/seen/$name.log" --ready "$ready" "$@" \
        >"$stage/seen/$name.out" 2>&1 &
    servers+=("$!")
    until [ -s "$ready" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 200 ] || fail "the server $name does not start: $(cat "$stage/seen/$name.out")"
        sleep 0.05
    done
    # shellcheck disable=SC2034 # Read by the scripts.
    port=$(cat "$ready")
}

# Counts the lines of a log for which a Python expression over `it` holds.
count() {
    "$python" -c '
import json, sys
count = 0
for line in open(sys.argv[1], encoding="utf-8"):
    it = type("Line", (), {"__getattr__": lambda self, name: ""})()
    it.__dict__.update(json.loads(line))
    count += bool(eval(sys.argv[2]))
print(count)
' "$stage/seen/$1.log" "$2"
}

# Fails unless as many lines as said are so: `none`, `some` or a number.
expect() {
    local log=$1 wanted=$2 what=$3 holds=$4 found
    found=$(count "$log" "$holds")
    case $wanted in
    none) [ "$found" -eq 0 ] || fail "$what: $found found" ;;
    some) [ "$found" -gt 0 ] || fail "$what: none found" ;;
    *) [ "$found" -eq "$wanted" ] || fail "$what: $found found, not $wanted" ;;
    esac
    shown "$what ($found)"
}
