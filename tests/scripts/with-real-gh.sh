#!/usr/bin/env bash
# The real gh, over TLS, to a server that behaves like GitHub Enterprise Server: dora gets its token,
# asks over HTTPS itself or through `gh api`, and knows the same afterwards. gh takes no host with a port,
# so the server has port 443 of a network of its own, which leads nowhere else.
set -euo pipefail

if [ "${1-}" != inside ]; then
    apart=(unshare --net)
    [ "$(id -u)" -eq 0 ] || apart=(unshare --map-root-user --net)
    if "${apart[@]}" true 2>/dev/null; then
        exec "${apart[@]}" bash "${BASH_SOURCE[0]}" inside
    fi
    printf 'skipped: this machine lets nobody have a network of its own\n'
    exit 77
fi

# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/world.sh"

need gh openssl
gh=$(command -v gh)
said=$(GH_CONFIG_DIR=$stage/nothing "$gh" auth token --hostname localhost 2>&1 || true)
case $said in *'unknown command'*) skip "gh is too old: $("$gh" --version | head -n 1)" ;; esac

# The loopback of a new network is down.
"$python" -c '
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 1, 64
flags = struct.pack("16sh22x", b"lo", IFF_UP | IFF_RUNNING)
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, flags)
' 2>/dev/null || skip 'the network of its own has no loopback'

# An authority that both trust, and one that only a stranger trusts.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj "/CN=$1" -keyout "$stage/seen/$1.key" -out "$stage/seen/$1.pem" 2>/dev/null
}
authority trusted
authority stranger
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
    -keyout "$stage/seen/server.key" -out "$stage/seen/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2\nbasicConstraints=CA:FALSE\n' \
    >"$stage/seen/server.extensions"
openssl x509 -req -days 2 -in "$stage/seen/server.csr" -out "$stage/seen/server.pem" \
    -CA "$stage/seen/trusted.pem" -CAkey "$stage/seen/trusted.key" -CAcreateserial \
    -extfile "$stage/seen/server.extensions" 2>/dev/null

# Two ways to know the same: each has a repository of the same name.
make_shop "$stage/world/direct/shop" https://localhost/acme/shop.git
cp -R "$stage/world/direct" "$stage/world/through"
cp -R "$stage/world/direct" "$stage/world/fallen"
serve github --bind 0.0.0.0 --port 443 --root /api/v3 --deployed "$stage/seen/deployed" \
    --missing issues --certificate "$stage/seen/server.pem" --key "$stage/seen/server.key"

# gh is logged in at localhost, and writes down its arguments before it begins.
token=gho_$("$python" -c 'import secrets; print(secrets.token_hex(18))')
cat >"$stage/world/gh/hosts.yml" <<YAML
localhost:
    user: octocat
    oauth_token: $token
    git_protocol: https
    users:
        octocat:
            oauth_token: $token
YAML
printf 'version: "1"\n' >"$stage/world/gh/config.yml"
chmod 600 "$stage/world/gh"/*
cat >"$stage/bin/gh" <<WRAPPER
#!/bin/sh
printf '%s\n' "\$*" >>"$stage/seen/gh-arguments"
SSL_CERT_FILE="$stage/seen/trusted.pem" exec "$gh" "\$@"
WRAPPER
chmod +x "$stage/bin/gh"

number=0
# dora in one of the repositories; what it says is in seen/said, and all of it in world/said.
asks() {
    local shop=$stage/world/$1/shop code=0
    shift
    : >"$stage/seen/gh-arguments"
    # More variables go before the program.
    local settings=()
    while [[ ${1-} =~ ^[A-Z_]+= ]]; do
        settings+=("$1")
        shift
    done
    alone SSL_CERT_FILE="$stage/seen/trusted.pem" "${settings[@]+"${settings[@]}"}" \
        "$dora" -C "$shop" "$@" >"$stage/seen/said" 2>&1 || code=$?
    if grep -F "$token" "$stage/seen/gh-arguments"; then
        fail 'a token is among the arguments of gh'
    fi
    number=$((number + 1))
    cp "$stage/seen/said" "$stage/world/said/$number"
    return "$code"
}

broke() { fail "$1: $(cat "$stage/seen/said")"; }
has_run() { grep -q "^$1" "$stage/seen/gh-arguments"; }

# Begins a new log, after a look at what holds for every question.
restart_log() {
    local seen
    seen=$(count github it.visible)
    [ "$seen" -eq 0 ] || fail "a token is among the arguments of a program, $seen times"
    : >"$stage/seen/github.log"
}

direct="it.method and it.agent.startswith('dora/') and it.authorization == 'Bearer $token'"
through="it.method and it.agent.startswith('GitHub CLI') and it.authorization == 'token $token'"

# Its token, our HTTPS.
asks direct init --skip-github || broke 'init'
asks direct sync || broke 'sync with the token of gh'
has_run 'auth token --hostname=localhost' || fail 'gh was not asked for its token'
! has_run api || fail 'gh was asked to ask'
expect github some 'questions over HTTPS with the token of gh' "$direct"
expect github none 'questions of anybody else' "it.method and not ($direct)"
first=$(count github 'it.method')
restart_log

# The same through gh.
asks through init --skip-github || broke 'init'
asks through DORA_GITHUB_VIA=gh sync || broke 'sync through gh'
grep -q 'issues were not read' "$stage/seen/said" || broke 'a kind that is not there is not told'
has_run 'api ' || fail 'gh was not asked to ask'
has_run 'api .*--input=- -- graphql' || fail 'GraphQL does not go through standard input'
expect github "$first" 'questions through gh, as many as without it' "$through"
expect github none 'questions of anybody else' "it.method and not ($through)"
expect github some 'second pages of runs through gh' "'/runs?' in it.target and '&page=2' in it.target"
expect github some 'third pages of runs through gh' "'/runs?' in it.target and '&page=3' in it.target"
expect github some 'second pages of a comparison through gh' \
    "'/compare/' in it.target and '&page=2' in it.target"
expect github some 'kinds that are not there' "it.status == 404 and '/issues?' in it.target"
# Three of the shop, one of its component.
expect github 4 'pages of pull requests through GraphQL' \
    "it.method == 'POST' and it.target == '/api/graphql' and it.status == 200"
restart_log

# Both know the same.
same() {
    local file
    for file in runs deployments pulls issues commits; do
        file=.dora/cache/github-$file.json
        cmp "$stage/world/direct/shop/$file" "$stage/world/$1/shop/$file" ||
            fail "$file is not the same"
    done
    alone "$dora" -C "$stage/world/direct/shop" report --verbose --format json >"$stage/seen/direct.json"
    alone "$dora" -C "$stage/world/$1/shop" report --verbose --format json >"$stage/seen/$1.json"
    cmp "$stage/seen/direct.json" "$stage/seen/$1.json" || fail 'the reports are not the same'
    "$python" - "$stage/seen/direct.json" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
# Twelve by state files, four of them after a failed run.
assert report["metrics"]["deployment_frequency"]["count"] == 12, report["metrics"]
PYTHON
}
same through
shown 'cache and report are the same, byte for byte'

# A certificate that is not trusted gets no token; gh, which trusts it, takes over.
asks fallen init --skip-github || broke 'init'
asks fallen SSL_CERT_FILE="$stage/seen/stranger.pem" sync || broke 'sync where only gh trusts'
grep -q 'gh reaches it' "$stage/seen/said" || broke 'it is not said that gh takes over'
expect github some 'handshakes that were broken off' 'it.refused'
expect github none 'questions over a certificate that is not trusted' "$direct"
expect github "$first" 'questions through gh instead' "$through"
same fallen
shown 'cache and report are the same again'
restart_log

# Again: what did not change costs nothing.
for way in direct through; do
    via=()
    [ "$way" = direct ] || via=(DORA_GITHUB_VIA=gh)
    asks "$way" "${via[@]+"${via[@]}"}" sync || broke 'the second sync'
    restart_log
    asks "$way" "${via[@]+"${via[@]}"}" sync || broke 'the third sync'
    expect github some "answers 304 to runs, $way" "it.status == 304 and '/runs?' in it.target and it.tag"
    expect github some "answers 304 to deployments, $way" \
        "it.status == 304 and '/deployments?' in it.target and it.tag"
    restart_log
done
same through
shown 'cache and report are still the same'

# A host that only the repository names is never contacted, whatever tokens there are.
alone git -C "$stage/world/direct/shop" remote set-url origin https://127.0.0.2/acme/shop.git
tokens=(GH_TOKEN="$token" GITHUB_TOKEN="$token" GH_ENTERPRISE_TOKEN="$token"
    GITHUB_ENTERPRISE_TOKEN="$token")
for via in api gh; do
    for command in sync 'report --sync' init; do
        code=0
        # shellcheck disable=SC2086 # A command and its flag.
        asks direct "${tokens[@]}" DORA_GITHUB_VIA=$via $command || code=$?
        grep -q 'is not known to be a host of GitHub' "$stage/seen/said" || broke "$via: $command"
        [ "$command" != sync ] || [ "$code" -eq 4 ] || fail "exit $code, not that of authentication"
        ! has_run api || fail 'gh was asked to ask it'
    done
done
expect github none 'connections to a host that only the repository names' 'it.connection'
asks direct GH_HOST=127.0.0.2 "${tokens[@]}" sync || broke 'sync with GH_HOST'
expect github some 'connections to it once GH_HOST names it (the control)' \
    "it.connection == '127.0.0.2'"

# After all that.
restart_log
shown 'no token was among the arguments of any program at any question'
if grep -rF "$token" "$stage/world/"{direct,through,fallen,home,temporary,config,cache,data,state} \
    "$stage/world/said"; then
    fail 'a token was kept or printed'
fi
shown "no token in any file and in any of $number outputs"
