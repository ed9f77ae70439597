"""A server that behaves like GitHub's API, for the scripts beside it.

It knows acme/shop (a workflow, its runs and jobs, deployments, pull requests, incidents) and
acme/backend (six commits). What was deployed when comes from the shop's own history, so that runs and
state files tell one story. Repositories called answers-… are answered badly, with the caller's token
repeated wherever it could hurt. Everything asked is written to a log, one line of JSON per question,
with the token, and with whether that token can be seen among the arguments of any running program.
"""

import argparse
import glob
import hashlib
import json
import os
import ssl
import sys
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Small pages, so that a few rows are several of them.
PAGE = 4
# A workflow of acme/shop.
DEPLOY = 7


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Shop:
    """The rows of acme/shop, newest first."""

    def __init__(self, deployed):
        self.runs, self.jobs, self.deployments, self.pulls, self.issues = [], {}, [], [], []
        for number, (commit, code, at) in enumerate(deployed, start=1):
            begun = at - timedelta(minutes=10)
            if number % 3 == 0:
                self.run(number * 10, code, begun - timedelta(hours=1), "failure")
            if number % 4 == 0:
                self.run(number * 10 + 1, code, begun - timedelta(minutes=30), "cancelled")
            self.run(number * 10 + 2, code, begun, "success", attempt=1 + number % 2)
            self.deployments.append({
                "id": number, "sha": code, "environment": "production", "created_at": iso(begun),
            })
            opened = at - timedelta(hours=20)
            self.pulls.append({
                "number": number,
                "createdAt": iso(opened),
                "mergedAt": iso(at - timedelta(hours=2)),
                "updatedAt": iso(at - timedelta(hours=1)),
                "author": {"__typename": "User", "login": "octocat"},
                "mergeCommit": {"oid": code},
                "commits": {
                    "totalCount": 1,
                    "pageInfo": {"hasNextPage": False, "endCursor": "1"},
                    "nodes": [{"commit": {"oid": code, "authoredDate": iso(opened)}}],
                },
                "reviews": {"nodes": [{
                    "submittedAt": iso(at - timedelta(hours=5)),
                    "state": "APPROVED",
                    "author": {"__typename": "User", "login": "hubot"},
                }]},
            })
            if number % 5 == 0:
                self.issues.append({
                    "number": 100 + number,
                    "state": "closed",
                    "title": "Checkout down",
                    "body": "root cause: " + code,
                    "labels": [{"name": "incident"}],
                    "created_at": iso(at + timedelta(minutes=20)),
                    "updated_at": iso(at + timedelta(hours=2)),
                    "closed_at": iso(at + timedelta(hours=1)),
                })
        self.runs.sort(key=lambda run: run["created_at"], reverse=True)
        for rows in (self.deployments, self.pulls, self.issues):
            rows.reverse()

    def run(self, number, code, begun, conclusion, attempt=1):
        self.runs.append({
            "id": number,
            "name": "Deploy",
            "head_branch": "main",
            "head_sha": code,
            "path": ".github/workflows/deploy.yml",
            "event": "push",
            "status": "completed",
            "conclusion": conclusion,
            "workflow_id": DEPLOY,
            "run_attempt": attempt,
            "created_at": iso(begun),
            "run_started_at": iso(begun),
            "updated_at": iso(begun + timedelta(minutes=12)),
        })
        self.jobs[number] = [{
            "id": number * 100,
            "name": "deploy",
            "status": "completed",
            "conclusion": conclusion,
            "started_at": iso(begun),
            "completed_at": iso(begun + timedelta(minutes=11)),
        }]


class Backend:
    """acme/backend: a line of commits, known by the versions that the shop deployed."""

    IDS = [f"{number}b" * 20 for number in range(1, 7)]

    def commit(self, index):
        at = iso(datetime(2026, 2, 1, 9, tzinfo=timezone.utc) + timedelta(days=3 * index))
        return {
            "sha": self.IDS[index],
            "commit": {
                "message": f"feat: step {index}",
                "author": {"name": "Octo Cat", "email": "octocat@example.test", "date": at},
                "committer": {"name": "Octo Cat", "email": "octocat@example.test", "date": at},
            },
            "parents": [{"sha": self.IDS[index - 1]}] if index else [],
        }

    def index(self, name):
        return len(self.IDS) - 1 if name == "heads/main" else self.IDS.index(name)


def seen_among_arguments(token):
    """Whether any program that runs now was started with the token among its arguments."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as arguments:
                if token.encode() in arguments.read():
                    return True
        except OSError:
            pass  # It has ended.
    return False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    # Head and body in one piece, at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    # The question.

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        # gh does not know how much its standard input holds.
        body = b""
        while length := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return self.answer(body)

    def answer(self, body):
        words = (self.headers.get("Authorization") or "").split(" ")
        self.token = words[-1]
        self.path_below_root = urlsplit(self.path).path
        self.query = parse_qs(urlsplit(self.path).query)
        self.status = None
        root = self.server.options.root
        question = json.loads(body) if body else {}
        try:
            if self.path_below_root in (root + "/graphql", "/api/graphql"):
                variables = question["variables"]
                name = variables["name"]
                if not self.badly(name, is_graphql=True):
                    self.graphql(name, variables)
            elif self.path_below_root.startswith(root + "/repos/acme/"):
                parts = self.path_below_root[len(root + "/repos/acme/"):].split("/")
                if not self.badly(parts[0], is_graphql=False):
                    self.rest(parts[0], "/".join(parts[1:]))
            else:
                self.send(404, {"message": "Not Found"})
        finally:
            self.server.note(
                method=self.command,
                target=self.path,
                host=self.headers.get("Host"),
                agent=self.headers.get("User-Agent"),
                authorization=self.headers.get("Authorization"),
                all_headers=str(self.headers),
                tag=self.headers.get("If-None-Match"),
                status=self.status,
                visible=bool(self.token) and seen_among_arguments(self.token),
            )

    # Good answers.

    def rest(self, repository, at):
        shop, backend = self.server.shop, Backend()
        parts = at.split("/")
        if self.server.options.missing and parts[0] == self.server.options.missing:
            return self.send(404, {"message": "Not Found"})
        if repository == "backend":
            if at == "":
                return self.send(200, {"default_branch": "main"})
            if parts[0] == "commits" and (at[8:] in backend.IDS or at[8:] == "heads/main"):
                return self.send(200, backend.commit(backend.index(at[8:])))
            if parts[0] == "compare":
                base, head = (backend.index(name) for name in parts[1].split("..."))
                between = [backend.commit(index) for index in range(base + 1, head + 1)]
                return self.page(between, lambda rows: {
                    "base_commit": backend.commit(base),
                    "merge_base_commit": backend.commit(min(base, head)),
                    "status": "ahead",
                    "ahead_by": len(between),
                    "behind_by": max(base - head, 0),
                    "total_commits": len(between),
                    "commits": rows,
                })
        elif repository == "shop":
            if at == "actions/workflows":
                return self.send(200, {"total_count": 2, "workflows": [
                    {"id": DEPLOY, "name": "Deploy", "path": ".github/workflows/deploy.yml",
                     "state": "active"},
                    {"id": 8, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active"},
                ]})
            if at == f"actions/workflows/{DEPLOY}/runs":
                runs = [run for run in shop.runs if self.is_created(run["created_at"])]
                return self.page(
                    runs, lambda rows: {"total_count": len(runs), "workflow_runs": rows})
            if at.startswith("actions/runs/") and parts[-1] == "jobs":
                jobs = shop.jobs[int(parts[2])]
                return self.page(jobs, lambda rows: {"total_count": len(jobs), "jobs": rows})
            if at == "deployments":
                return self.page(shop.deployments, list)
            if parts[0] == "deployments":
                at = shop.deployments[-int(parts[1])]["created_at"]
                at = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ")
                return self.page([
                    {"id": 2, "state": "inactive", "created_at": iso(at + timedelta(days=1))},
                    {"id": 1, "state": "success", "created_at": iso(at + timedelta(minutes=10))},
                ], list)
            if at == "labels":
                return self.page([{"name": "bug"}, {"name": "incident"}], list)
            if at == "issues":
                return self.page(shop.issues, list)
            if parts[0] == "issues":
                number = int(parts[1])
                issue = next(issue for issue in shop.issues if issue["number"] == number)
                return self.page([{"id": 1, "event": "labeled", "label": {"name": "incident"},
                                   "created_at": issue["created_at"]}], list)
        return self.send(404, {"message": "Not Found"})

    def graphql(self, name, variables):
        pulls = self.server.shop.pulls if name == "shop" else []
        start = int(variables.get("cursor") or 0)
        end = start + PAGE
        self.send(200, {"data": {"repository": {"pullRequests": {
            "totalCount": len(pulls),
            "pageInfo": {"hasNextPage": end < len(pulls), "endCursor": str(end)},
            "nodes": pulls[start:end],
        }}}})

    def is_created(self, at):
        asked = self.query["created"][0]
        if asked.startswith(">="):
            return at >= asked[2:]
        first, last = asked.split("..")
        return first <= at <= last

    def page(self, rows, shape):
        number = int(self.query.get("page", ["1"])[0])
        headers = {}
        if number * PAGE < len(rows):
            headers["Link"] = f'<{self.own_address(number + 1)}>; rel="next"'
        self.send(200, shape(rows[(number - 1) * PAGE:number * PAGE]), headers)

    def own_address(self, number):
        kept = [part for part in urlsplit(self.path).query.split("&") if part[:5] != "page="]
        query = "&".join(kept + [f"page={number}"])
        return f"{self.own_host()}{self.path_below_root}?{query}"

    def own_host(self):
        usual = "https" if self.server.tls else "http"
        return f"{self.headers.get('X-Forwarded-Proto', usual)}://{self.headers['Host']}"

    # Bad answers.

    def badly(self, name, is_graphql):
        token, other = self.token, self.server.options.other
        here = self.own_host() + self.server.options.root
        rows = {"workflows": [], "note": token}
        if is_graphql:
            rows = {"data": None, "errors": [{"type": "ODD", "message": f"no {token} here"}]}
        said = {"message": f"{token} is refused", "documentation_url": f"{other}/{token}"}
        statuses = {"answers-400": 400, "answers-401": 401, "answers-403": 403,
                    "answers-404": 404, "answers-422": 422, "answers-500": 500}
        if name in statuses:
            self.send(statuses[name], said, {"X-Echo": token})
        elif name == "answers-long":
            # Cut where messages are cut, in the middle of the token.
            said["message"] = "x" * 180 + token
            self.send(403, said)
        elif name == "answers-limit":
            said["message"] = f"You have exceeded a secondary rate limit, {token}"
            self.send(403, said, {"Retry-After": "99999"})
        elif name == "answers-elsewhere":
            # The one redirection that holds for GraphQL too.
            self.send(307, said, {"Location": f"{other}/{token}?token={token}"})
        elif name == "answers-elsewhere-302":
            self.send(302, said, {"Location": f"{other}/repos/{token}"})
        elif name == "answers-odd-location":
            self.send(302, said, {"Location": f"http://{token}@[{token}"})
        elif name == "answers-moved":
            self.send(307, said, {"Location": f"{here}/repos/{token}/shop?token={token}"})
        elif name == "answers-html":
            self.send(200, f"<html><title>{token}</title>", {"Content-Type": "text/html"})
        elif name == "answers-text":
            self.send(200, token, {"Content-Type": f"text/{token}"})
        elif name == "answers-broken":
            self.send(200, '{"' + token + '": "' + token, {})
        elif name == "answers-next-elsewhere":
            self.send(200, rows, {"Link": f'<{other}/{token}?page=2>; rel="next"'})
        elif name == "answers-next-odd":
            self.send(200, rows, {"Link": f'<{token}://{token}/?page=2>; rel="next"'})
        elif name == "answers-next-here":
            self.send(200, rows, {"Link": f'<{here}/repos/{token}/2?token={token}>; rel="next"'})
        elif name == "answers-tags":
            # Rows, names and tags that would be kept.
            if is_graphql or "labels" in self.path:
                self.send(200, rows)
            elif "deployments" in self.path:
                self.send(200, [], {"ETag": f'W/"{token}"'})
            elif "runs" in self.path:
                self.send(200, {"total_count": 0, "workflow_runs": []}, {"ETag": f'"{token}"'})
            else:
                self.send(200, {"workflows": [{
                    "id": DEPLOY, "name": f"Deploy {token}", "state": token,
                    "path": ".github/workflows/deploy.yml"}]}, {"ETag": f'W/"{token}"'})
        elif name == "answers-cut-off":
            self.send(200, '{"' + token, {"Content-Length": "1000"})
            self.close_connection = True
        else:
            return False
        return True

    def send(self, status, body, headers=None):
        text = body if isinstance(body, str) else json.dumps(body)
        text = text.encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        headers.setdefault("ETag", 'W/"' + hashlib.sha256(text).hexdigest() + '"')
        if status == 200 and self.command == "GET" and (
                self.headers.get("If-None-Match") == headers["ETag"]):
            status, text = 304, b""
        headers.setdefault("Content-Length", str(len(text)))
        self.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options):
        self.options = options
        self.log = open(options.log, "a", buffering=1, encoding="utf-8")
        deployed = []
        if options.deployed:
            with open(options.deployed, encoding="utf-8") as lines:
                for line in lines:
                    commit, code, at = line.split()
                    at = datetime.fromtimestamp(int(at), tz=timezone.utc)
                    deployed.append((commit, code, at))
        self.shop = Shop(deployed)
        self.tls = None
        if options.certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.certificate, options.key)
        super().__init__((options.bind, options.port), Handler)

    def note(self, **what):
        self.log.write(json.dumps(what) + "\n")

    def get_request(self):
        """Notes every connection, also those that never ask anything."""
        connection, peer = super().get_request()
        self.note(connection=connection.getsockname()[0])
        connection.settimeout(20)
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError as error:
                connection.close()
                self.note(refused=str(error))
                raise
        return connection, peer

    def handle_error(self, request, client_address):
        self.note(broken=str(sys.exc_info()[1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--root", default="", help="the path before /repos")
    parser.add_argument("--log", required=True)
    parser.add_argument("--ready", required=True, help="gets the port once it listens")
    parser.add_argument("--deployed", help="lines of state commit, its parent, epoch")
    parser.add_argument("--missing", help="the first part of the paths that are not found")
    parser.add_argument("--other", default="", help="the address of another host")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    server = Server(parser.parse_args())
    begun = server.options.ready + ".begun"
    with open(begun, "w", encoding="utf-8") as ready:
        ready.write(f"{server.server_address[1]}\n")
    os.replace(begun, server.options.ready)
    server.serve_forever()


if __name__ == "__main__":
    main()
