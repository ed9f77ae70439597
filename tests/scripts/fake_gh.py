"""A `gh` for the scripts beside it: it writes down its arguments and environment, has a token of its
own, and carries questions to a server on this machine, without TLS. with-real-gh.sh has the real one.
"""

import http.client
import os
import sys


def main(directory, arguments):
    with open(os.path.join(directory, "gh-arguments"), "a", encoding="utf-8") as log:
        log.write("\0".join(arguments) + "\n")
    with open(os.path.join(directory, "gh-token"), encoding="utf-8") as file:
        token = file.read().strip()
    with open(os.path.join(directory, "own.port"), encoding="utf-8") as file:
        port = int(file.read())
    if arguments[:2] == ["auth", "token"]:
        print(token)
        return 0
    if arguments[:1] != ["api"]:
        return 1
    headers = {"Authorization": f"token {token}", "User-Agent": "GitHub CLI",
               "Host": "api.github.com", "X-Forwarded-Proto": "https"}
    for argument in arguments:
        if argument.startswith("--header="):
            name, _, value = argument[len("--header="):].partition(": ")
            headers[name] = value
    body = sys.stdin.buffer.read() if "--input=-" in arguments else None
    connection = http.client.HTTPConnection("127.0.0.1", port)
    path = "/" + arguments[-1].lstrip("/")
    connection.request("POST" if body else "GET", path, body, headers)
    try:
        reply = connection.getresponse()
        said = reply.read()
    except http.client.HTTPException as error:
        print(f"{error} ({token})", file=sys.stderr)
        return 1
    head = f"HTTP/1.1 {reply.status} {reply.reason}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in reply.getheaders())
    sys.stdout.buffer.write(head.encode() + b"\r\n" + said)
    if reply.status >= 300:
        print(f"gh: {said.decode()} (HTTP {reply.status})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
