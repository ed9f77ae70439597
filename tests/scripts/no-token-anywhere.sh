#!/usr/bin/env bash
# A token goes to its host and nowhere else. After a full run with every kind of failure, most of them
# repeating the token, it is in no file, no output and no argument, and the other host was never asked.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/world.sh"

[ -r /proc/self/cmdline ] || skip 'arguments of programs are seen in /proc, which is not here'

word() { "$python" -c 'import secrets; print("canary" + secrets.token_hex(16))'; }
of_variable=$(word) of_gh=$(word) of_remote=$(word)

make_shop "$stage/world/shop" https://github.com/acme/shop.git
serve other
other=http://127.0.0.1:$port
serve own --deployed "$stage/seen/deployed" --other "$other"
own=http://127.0.0.1:$port
printf '%s\n' "$of_gh" >"$stage/seen/gh-token"
printf '#!/bin/sh\nexec "%s" "%s" "%s" "$@"\n' "$python" "$here/fake_gh.py" "$stage/seen" \
    >"$stage/bin/gh"
chmod +x "$stage/bin/gh"

# Runs dora; the first arguments are a name for its output and variables. It may fail, not break.
runs() {
    local code=0 said
    said=$stage/world/said/$1
    shift
    [ ! -e "$said.out" ] || fail "$said: two runs of one name"
    alone RUST_BACKTRACE=full RUST_LOG=trace GH_DEBUG=api DEBUG=api "$@" >"$said.out" 2>"$said.err" ||
        code=$?
    # 2: the command line is wrong, and nothing was tried.
    if [ "$code" -eq 2 ] || [ "$code" -ge 100 ]; then
        fail "exit $code: $(cat "$said.err")"
    fi
}

# The remote that is asked for: with a token in its address, as some write it.
point() {
    alone git -C "$1" remote set-url origin "https://x-access-token:$of_remote@github.com/acme/$2.git"
}

everything() {
    local way=$1 shop=$stage/world/shop format
    shift
    point "$shop" shop
    runs "$way-init" "$@" "$dora" -C "$shop" init --verbose
    grep -q "asked github.com/acme/shop" "$stage/world/said/$way-init.out" ||
        fail "$way: init did not ask: $(cat "$stage/world/said/$way-init".*)"
    for format in text json; do
        runs "$way-sync-$format" "$@" "$dora" -C "$shop" sync --format "$format" --since 60d
    done
    for format in text json csv md; do
        runs "$way-report-$format" "$@" "$dora" -C "$shop" report --sync --verbose --format "$format" \
            --export "$stage/world/$way-$format.json" --export "$stage/world/$way-$format.csv" \
            --export "$stage/world/$way-$format.md"
    done
    runs "$way-sync-accessible" "$@" "$dora" -C "$shop" sync --accessible
    runs "$way-sync-quiet" "$@" "$dora" -C "$shop" sync --quiet --strict
    runs "$way-init-json" "$@" "$dora" -C "$shop" init --reset --format json
    runs "$way-fast" "$@" "$dora" -C "$shop" report --fast
}

# Asks what answers badly.
badly() {
    local way=$1 how=$2 shop=$3
    shift 3
    point "$shop" "answers-$how"
    runs "$way-$how-sync" "$@" "$dora" -C "$shop" sync --color always
    runs "$way-$how-json" "$@" "$dora" -C "$shop" report --sync --verbose --format json
    [ "$way" != with-variable ] || runs "$way-$how-init" "$@" "$dora" -C "$shop" init
}

# As badly, but what makes dora try three times is asked for once.
slowly() {
    local way=$1 how=$2 shop=$stage/world/$1-$2
    shift 2
    point "$shop" "answers-$how"
    runs "$way-$how-sync" "$@" "$dora" -C "$shop" sync
    runs "$way-$how-report" "$@" "$dora" -C "$shop" report --verbose
}

# All of it in one way to ask; the first arguments, up to `--`, are the bad answers.
asks() {
    local way=$1 how slow=() bad=()
    shift
    while [ "$1" != -- ]; do
        bad+=("$1")
        shift
    done
    shift
    everything "$way" "$@"
    for how in "${bad[@]}"; do
        case $how in
        500 | cut-off)
            cp -R "$stage/world/shop" "$stage/world/$way-$how"
            slowly "$way" "$how" "$@" &
            slow+=("$!")
            ;;
        *) badly "$way" "$how" "$stage/world/shop" "$@" ;;
        esac
    done
    for how in "${slow[@]+"${slow[@]}"}"; do
        wait "$how"
    done
}

all=(500 cut-off 400 401 403 404 422 long limit elsewhere elsewhere-302 odd-location moved html text
    broken next-elsewhere next-odd next-here tags)
asks with-variable "${all[@]}" -- GH_TOKEN="$of_variable" GITHUB_API_URL="$own"
asks with-gh-token 401 403 tags -- GITHUB_API_URL="$own"
asks through-gh "${all[@]}" -- DORA_GITHUB_VIA=gh
# What is no token is told without quoting it.
runs no-token GH_TOKEN="$of_variable two" GITHUB_API_URL="$own" "$dora" -C "$stage/world/shop" sync
runs no-address GH_TOKEN="$of_variable" GITHUB_API_URL="http://$of_variable@example.test" \
    "$dora" -C "$stage/world/shop" sync

# Where they went, which is also the control: the token was used.
expect own some 'questions with the token of the variable' "it.authorization == 'Bearer $of_variable'"
expect own some 'questions with the token of gh' "it.authorization == 'Bearer $of_gh'"
expect own some 'questions through gh' "it.authorization == 'token $of_gh'"
expect own none 'questions without a token' 'it.method and not it.authorization'
expect own none 'tokens in a question beside its own header' \
    "it.method and it.all_headers.count('canary') != 1"
expect own none 'questions with the token of the remote' "'$of_remote' in (it.all_headers or '')"
expect other none 'connections to the other host' 'it.connection'
for status in 200 302 304 307 400 401 403 404 422 500; do
    expect own some "answers with status $status" "it.status == $status"
done

# Arguments: those of gh were written down, and the server looked at those of every program.
[ -s "$stage/seen/gh-arguments" ] || fail 'gh was never run'
if grep -aF canary "$stage/seen/gh-arguments"; then fail 'a token among the arguments of gh'; fi
shown 'no token among the arguments of gh'
expect own none 'tokens among the arguments of a program' it.visible
"$python" -c '
import sys, urllib.request
question = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
urllib.request.urlopen(question).read()
' "$own/repos/acme/shop/labels" "$of_variable"
expect own 1 'token among the arguments of a program that has it there (the control)' it.visible

# Files and outputs, their names included.
grep -rqaF "$of_variable" "$stage/seen" || fail 'the search finds nothing where a token is'
shown 'the search finds a token where one is (the control)'
for token in "$of_variable" "$of_gh" "$of_remote"; do
    # A part of it would be too much.
    token=${token:0:14}
    found=$(grep -rlaF -- "$token" "$stage/world" || true)
    found+=$(find "$stage/world" -name "*$token*")
    if [[ $of_remote = "$token"* ]]; then
        # git itself keeps the address.
        found=$(grep -v '/\.git/config$' <<<"$found" || true)
    fi
    if [ -n "$found" ]; then
        # shellcheck disable=SC2086 # A list of files without blanks in their names.
        grep -aF -m 2 -- "$token" $found >&2 || true
        fail 'a token was kept or printed'
    fi
done
runs=$(find "$stage/world/said" -name '*.out' | wc -l)
files=$(find "$stage/world" -type f ! -path '*/.git/objects/*' | wc -l)
shown "no token in any of $files files after $runs runs"
