#!/usr/bin/env python3
"""What `.dora/` holds after a command was stopped, or the system refused it something.

    record_survives.py DORA SHOP WORK [--server] [--disk]

Every writing command is run once as it should be, under a trace: that gives the old files, the new
files, and every system call that touched `.dora/`. Then it is run again from the old files, once for
each of those calls and each error (ENOSPC, EIO, EACCES), once for each call that changes something
with SIGKILL in its place, and with SIGKILL at random moments until
that ended it KILLS times. After each run:

  truth     config.json, records.jsonl and work-items.jsonl are old or new, byte for byte; only a killed
            append may end in the beginning of what it was about to say
  answer    the command ended by itself, with no panic; when it said done, everything is new
  derived   deployments.json, incidents.json and metrics.json are old, new or not there; files of the
            cache are whole
  leftovers nothing lies there beside them but the lock and temporary files
  durable   before the command says anything, what it wrote was synced: each file after its last write,
            and each directory after a name in it was made or moved (a killed process loses nothing that
            is in memory, a power cut does)
  next      the same command, undisturbed, succeeds and leaves everything new and no temporary file

`record-survives.sh` beside it makes the world and calls this. Only the standard library is used."""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import queue
import random
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

KILLS = int(os.environ.get("KILLS", "300"))
TRUTH = ("config.json", "records.jsonl", "work-items.jsonl")
APPENDED = ("records.jsonl", "work-items.jsonl")
BLOCK = 4096
TEMPORARY = ".dora-tmp-"
ERRORS = ("ENOSPC", "EIO", "EACCES")
NOW = "2026-03-09T09:00:00Z"
LATER = "2026-03-10T09:00:00Z"

# Calls that change something, and those that only look. Closing and the like cannot fail usefully.
CHANGES = {
    "write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2",
    "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "flock",
}
LOOKS = {"openat", "open", "statx", "stat", "lstat", "newfstatat", "fstat", "read", "pread64", "getdents64"}
TOUCHES = re.compile(r"/\.dora(?=[/\">])")
CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")


class Wrong(Exception):
    """A promise that was not kept."""


class Case:
    """A command, what comes before it, and what it needs."""

    def __init__(self, name, arguments, before=(), now=LATER, keeps=(), fresh=False, twice=None):
        self.name, self.arguments, self.before = name, arguments, before
        self.now, self.keeps, self.fresh, self.twice = now, keeps, fresh, twice


def environment(arguments, now):
    """Only `sync` asks anybody."""
    return {**os.environ, "DORA_NOW": now, "DORA_OFFLINE": "0" if arguments == ["sync"] else "1"}


def cases(has_server):
    """The writing commands. `keeps`: the files of truth that a run which said done must have changed;
    `twice`: what a command says to whom it is told again, when that is a mistake of theirs."""
    opened = ["incident", "open", "Checkout fails", "--at", "2026-03-06T10:10:00Z"]
    some = [
        ["init"],
        ["deploy", "--environment", "live", "--component", "api=v1", "--at", "2026-03-05T10:00:00Z"],
        opened,
        ["import", "items.csv"],
        ["report"],
    ]
    found = [
        Case("init (first)", ["init"], fresh=True, keeps=("config.json",)),
        Case("init", ["init"], some),
        Case("init --reset", ["init", "--reset"], some),
        Case("report", ["report"], some),
        Case("import (first)", ["import", "items.csv"], fresh=True, keeps=("work-items.jsonl",)),
        Case("import", ["import", "more.csv"], some, keeps=("work-items.jsonl",)),
        Case("deploy (first)", ["deploy", "--environment", "live", "--component", "api=v2",
                                "--at", "2026-03-06T10:00:00Z"], fresh=True, keeps=("records.jsonl",)),
        Case("deploy", ["deploy", "--environment", "live", "--component", "api=v2",
                        "--at", "2026-03-06T10:00:00Z"], some, keeps=("records.jsonl",)),
        Case("incident open", ["incident", "open", "Search is slow", "--at", "2026-03-06T12:00:00Z"],
             some, keeps=("records.jsonl",)),
        Case("incident resolve", ["incident", "resolve", "incident-", "--at", "2026-03-06T11:00:00Z"],
             some, keeps=("records.jsonl",), twice="is resolved already"),
        Case("incident edit", ["incident", "edit", "incident-", "--severity", "sev2"],
             some, keeps=("records.jsonl",)),
        Case("incident import", ["incident", "import", "incidents.csv"], some, keeps=("records.jsonl",)),
        Case("mark", ["mark", "live-", "failed", "--reason", "Half of the requests failed"],
             some, keeps=("records.jsonl",)),
    ]
    if has_server:
        found.append(Case("sync", ["sync"], some + [["sync"]]))
    return found


def files_below(directory):
    """Content by name; a directory is None."""
    found = {}
    for path in sorted(directory.rglob("*")) if directory.is_dir() else ():
        name = str(path.relative_to(directory))
        if path.name in ("lock", "github.lock"):
            continue
        found[name] = None if path.is_dir() else path.read_bytes()
    return found


def without_temporary(files):
    return {name: content for name, content in files.items() if TEMPORARY not in name}


def is_whole_cache(name, content):
    """What GitHub answered depends on what was asked, and that on what came before: whole is enough."""
    if not name.startswith("cache/") or content is None:
        return False
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


class Place:
    """A work tree of one worker. They all have the same name: reports hold it."""

    def __init__(self, original, path):
        self.log = path / "trace"
        path = path / original.name
        shutil.copytree(original, path, symlinks=True)
        self.path = path
        self.store = path / ".dora"

    def put(self, files, is_mounted=False):
        if not is_mounted:
            shutil.rmtree(self.store, ignore_errors=True)
            if files is None:
                return
            self.store.mkdir()
        for name, content in files.items():
            target = self.store / name
            if content is None:
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)


def run(place, dora, arguments, now, wrapper=(), **more):
    return subprocess.run(
        [*wrapper, dora, *arguments], cwd=place.path, env=environment(arguments, now), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False, **more)


def traced_calls(place, case, dora, log):
    """Every call of the first thread that touched `.dora/` (name, which of that name it was, the line),
    and whether there are more threads."""
    wrapper = ["strace", "-f", "-qq", "-y", "-o", str(log), "-e", "trace=%file,%desc"]
    ended = run(place, dora, case.arguments, case.now, wrapper)
    if ended.returncode != 0:
        raise Wrong(f"{case.name}: it does not work under a trace: {ended.stderr.decode()}")
    met, calls, first, has_threads = collections.Counter(), [], None, False
    lines = log.read_text(errors="replace").splitlines()
    synced_before_it_is_said(case, lines)
    for line in lines:
        found = CALL.match(line)
        if not found:
            continue
        first = first or found[1]
        if found[1] != first:
            has_threads = True
            continue
        met[found[2]] += 1
        if TOUCHES.search(found[3]):
            calls.append((found[2], met[found[2]], found[3]))
    return calls, has_threads


def synced_before_it_is_said(case, lines):
    """Holds against a trace that nothing of the truth is in memory alone when the command speaks."""
    files, names, synced = {}, {}, set()
    for line in lines:
        found = CALL.match(line)
        if not found or " = -1 " in found[3]:
            continue
        name, rest = found[2], found[3]
        handle = re.match(r"\d+<([^>]*)>", rest)
        paths = re.findall(r'"([^"]*)"', rest)
        if name in ("write", "writev", "pwrite64", "ftruncate") and handle:
            path = handle[1]
            if path.endswith(TRUTH) or TEMPORARY in path:
                files[path] = line
                synced.discard(path)
            elif rest.startswith("1<") and (files or names):
                raise Wrong(f"{case.name}: it speaks before this is on the disk: "
                            f"{[*files.values(), *names.values()]}")
        elif name in ("fsync", "fdatasync") and handle:
            synced.add(handle[1])
            files.pop(handle[1], None)
            names.pop(handle[1], None)
        elif name in ("rename", "renameat", "renameat2") and paths:
            if TEMPORARY in paths[0] and any(path.endswith(paths[0]) for path in files):
                raise Wrong(f"{case.name}: {paths[-1]} is put in its place before it is on the disk: {line}")
            if TOUCHES.search(rest):
                names[directory_of(case, lines, paths[-1])] = line
        elif name in ("mkdir", "mkdirat") and paths and re.search(r"(^|/)\.dora$", paths[-1]):
            names[directory_of(case, lines, paths[-1])] = line
        elif name in ("openat", "open") and "O_CREAT" in rest and rest.rstrip().endswith(">"):
            path = rest.rsplit("<", 1)[1].rstrip()[:-1]
            if path.endswith(APPENDED):
                names[str(pathlib.PurePath(path).parent)] = line
    if case.keeps and not synced:
        raise Wrong(f"{case.name}: no file was synced")
    if files or names:
        raise Wrong(f"{case.name}: it ends before this is on the disk: {[*files.values(), *names.values()]}")


def directory_of(case, lines, path):
    """The directory of a path, as strace shows open ones: whole."""
    parent = str(pathlib.PurePath(path).parent)
    if parent.startswith("/"):
        return parent
    ends = {whole for line in lines for whole in re.findall(r"<([^<>]*)>", line) if whole.endswith("/" + parent)}
    if len(ends) != 1:
        raise Wrong(f"{case.name}: {path} is of one of {sorted(ends)}")
    return ends.pop()


def faults(calls):
    """What to do to a command, one thing at a time: call, number, `error=…` or `signal=KILL`."""
    seen = set()
    for name, number, line in calls:
        changes = name in CHANGES or (name in ("openat", "open") and "O_CREAT" in line)
        if changes:
            for error in ERRORS:
                yield name, number, f"error={error}"
            yield name, number, "signal=KILL"
        elif name in ("read", "pread64"):
            # The first of a file, and not the hundredth of a large one.
            handle = line.split(",")[0]
            if handle not in seen:
                seen.add(handle)
                yield name, number, "error=EIO"
        elif name in LOOKS:
            seen.discard(line.split(",")[0])
            yield name, number, "error=EIO"
            if name in ("openat", "open"):
                yield name, number, "error=EACCES"


class Trial:
    """One case with its old and new files, and what is held against them."""

    def __init__(self, case, dora, original, work, is_padded=False):
        self.case, self.dora, self.work = case, dora, work
        self.place = Place(original, work / "first")
        # No `.dora/` before a command that makes it.
        self.old = None
        if not case.fresh:
            for arguments in case.before:
                ended = run(self.place, dora, arguments, NOW)
                if ended.returncode != 0:
                    raise Wrong(f"{case.name}: {arguments}: {ended.stderr.decode()}")
            self.old = files_below(self.place.store)
        if is_padded:
            # Thirty bytes before the end of a block: what is appended begins on one that is there
            # and ends on one that a full disk does not give.
            for name in APPENDED:
                content = self.old.get(name, b"")
                self.old[name] = content + b"\n" * ((BLOCK - 30 - len(content)) % BLOCK)
            self.place.put(self.old)
        ended = run(self.place, dora, case.arguments, case.now)
        if ended.returncode != 0:
            raise Wrong(f"{case.name}: {ended.stderr.decode()}")
        self.new = files_below(self.place.store)
        for name in case.keeps:
            if self.new.get(name) == (self.old or {}).get(name):
                raise Wrong(f"{case.name}: {name} is not changed: nothing would be shown")
        self.lock, self.known_good, self.has_threads = threading.Lock(), set(), False

    def hold(self, place, ended, what, killed):
        """All promises, after one run."""
        old, new = self.old or {}, self.new
        now = files_below(place.store)
        said = ended.stderr.decode(errors="replace") if ended else ""
        if not killed and (ended.returncode < 0 or ended.returncode == 101 or "panicked" in said):
            raise Wrong(f"{what}: ended with {ended.returncode}: {said}")
        done = ended is not None and ended.returncode == 0
        for name in TRUTH:
            content = now.get(name)
            if done and self.case.keeps and content != new.get(name):
                raise Wrong(f"{what}: it said done, and {name} is not what it should be")
            if content in (old.get(name), new.get(name)):
                continue
            before, after = old.get(name) or b"", new.get(name) or b""
            is_torn = name in APPENDED and content is not None and content.startswith(before) \
                and after.startswith(content)
            if not (is_torn and (killed or content == before)):
                raise Wrong(f"{what}: {name} is neither old nor new: {(content or b'nothing')[:300]!r}")
        for name, content in without_temporary(now).items():
            if name in TRUTH or content is None or content in (old.get(name), new.get(name)):
                continue
            if is_whole_cache(name, content):
                continue
            raise Wrong(f"{what}: {name} is neither old nor new: {content[:300]!r}")
        self.go_on(place, now, what)

    def go_on(self, place, now, what):
        """The same command again, undisturbed. What follows the same files is the same."""
        shown = hashlib.sha256()
        for name, content in sorted(now.items()):
            name = re.sub(rf"{TEMPORARY}\S*", TEMPORARY, name)
            shown.update(repr((name, content)).encode())
        key = shown.digest()
        with self.lock:
            if key in self.known_good:
                return
        ended = run(place, self.dora, self.case.arguments, self.case.now)
        is_there = self.case.twice and self.case.twice in ended.stderr.decode()
        if ended.returncode != 0 and not is_there:
            raise Wrong(f"{what}: the next run: {ended.returncode}: {ended.stderr.decode()}")
        after = files_below(place.store)
        for name in sorted({*after, *self.new}):
            there, wanted = after.get(name), self.new.get(name)
            if name in APPENDED and there is not None and wanted is not None:
                # A line that was cut right before its line end is whole: it counts, and stays.
                there, wanted = there.rstrip(b"\n"), wanted.rstrip(b"\n")
            if there is not None and is_whole_cache(name, there):
                continue
            if there != wanted or (name in after) != (name in self.new):
                raise Wrong(f"{what}: {name} is not as it should be after the next run")
        with self.lock:
            self.known_good.add(key)

    def fault(self, place, name, number, fault):
        place.put(self.old)
        killed = fault == "signal=KILL"
        # What other threads call is not counted. The filter is quicker, but it wants to follow them
        # and delivers no signals.
        quick = ["-f", "--seccomp-bpf"] if not (killed or self.has_threads) else []
        wrapper = ["strace", "-qq", "-y", *quick, "-o", str(place.log), "-e", f"trace={name}",
                   "-e", f"inject={name}:{fault}:when={number}"]
        ended = run(place, self.dora, self.case.arguments, self.case.now, wrapper)
        what = f"{self.case.name}, {name} {number} with {fault}"
        lines = place.log.read_text(errors="replace").splitlines()
        if killed:
            hit = ended.returncode in (-9, 137)
        else:
            hit = any("(INJECTED)" in line and TOUCHES.search(line) for line in lines)
        # Where threads wake each other the count may be one off, and a call of the runtime is met, which
        # takes that for its end.
        self.hold(place, ended, what, killed or (self.has_threads and not hit and ended.returncode != 0))
        return hit

    def seconds(self, place):
        """How long it takes, beside others that run."""
        place.put(self.old)
        begin = time.monotonic()
        run(place, self.dora, self.case.arguments, self.case.now)
        return time.monotonic() - begin

    def kill(self, place, after):
        place.put(self.old)
        child = subprocess.Popen(
            [self.dora, *self.case.arguments], cwd=place.path, env=environment(self.case.arguments, self.case.now),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after)
        child.kill()
        code = child.wait()
        # One that ended before has to have kept its word, as any.
        ended = None if code == -signal.SIGKILL else subprocess.CompletedProcess([], code, b"", b"")
        self.hold(place, ended, f"{self.case.name}, killed after {after * 1000:.2f} ms", ended is None)
        return code == -signal.SIGKILL

    def limited(self, place, limit, ignored):
        """With no file longer than `limit` bytes. Ignored, the signal becomes an error (EFBIG)."""
        place.put(self.old)

        def before():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignored else signal.SIG_DFL)

        ended = run(place, self.dora, self.case.arguments, self.case.now, preexec_fn=before,
                    restore_signals=False)
        what = f"{self.case.name}, files of at most {limit} bytes"
        killed = ended.returncode == -signal.SIGXFSZ
        if killed and ignored:
            raise Wrong(f"{what}: killed by a signal that was ignored")
        self.hold(place, ended, what, killed)
        return ended.returncode != 0


def shown(trial, places, pool):
    """All faults and kills of one case, spread over the workers."""
    calls, trial.has_threads = traced_calls(
        restored(trial), trial.case, trial.dora, trial.work / "trace")
    todo = list(faults(calls))
    chance = random.Random(trial.case.name)
    largest = max((len(it) for it in trial.new.values() if it), default=0)
    limits = sorted({1, 16, 100, largest - 1, *(chance.randrange(1, largest) for _ in range(3))})

    def borrowed(work, *arguments):
        place = places.get()
        try:
            return work(place, *arguments)
        finally:
            places.put(place)

    usual = statistics.median(pool.map(lambda _: borrowed(trial.seconds), range(7)))
    hits = list(pool.map(lambda it: borrowed(trial.fault, *it), todo))
    struck = []
    while sum(struck) < KILLS:
        kills = [chance.uniform(0, usual * 1.1) for _ in range(20)]
        struck += pool.map(lambda it: borrowed(trial.kill, it), kills)
        if len(struck) > 10 * KILLS:
            raise Wrong(f"{trial.case.name}: only {sum(struck)} of {len(struck)} kills came in time")
    refused = list(pool.map(lambda it: borrowed(trial.limited, *it),
                            [(limit, ignored) for limit in limits for ignored in (True, False)]))
    missed = [fault for fault, hit in zip(todo, hits) if not hit]
    if len(missed) * 20 > len(hits):
        raise Wrong(f"{trial.case.name}: {len(missed)} of {len(hits)} faults did not meet their call, "
                    f"among them {missed[:5]}")
    if not any(refused):
        raise Wrong(f"{trial.case.name}: no limit was met")
    at_calls = sum(fault == "signal=KILL" for _, _, fault in todo)
    print(f"ok: {trial.case.name}: {len(todo) - at_calls} failing calls, {at_calls} kills at calls, "
          f"{sum(struck)} at random, {len(refused)} limits, "
          f"{len(trial.known_good)} different endings", flush=True)
    return len(todo) - at_calls, at_calls + sum(struck)


def on_a_disk(trial):
    """The same on a file system of its own, in a namespace of its own: full, then read-only."""
    store = trial.place.store
    shutil.rmtree(store)
    store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", store], check=True)
    try:
        for state in ("full", "read-only"):
            for name in list(store.iterdir()):
                shutil.rmtree(name) if name.is_dir() else name.unlink()
            trial.place.put(trial.old, is_mounted=True)
            filler = store / "filler"
            if state == "full":
                with open(filler, "wb", buffering=0) as out:
                    try:
                        while out.write(b"x" * BLOCK):
                            pass
                    except OSError:
                        pass
            else:
                subprocess.run(["mount", "-o", "remount,ro", store], check=True)
            ended = run(trial.place, trial.dora, trial.case.arguments, trial.case.now)
            what = f"{trial.case.name} on a {state} disk"
            words = "No space left on device" if state == "full" else "Read-only file system"
            if words not in ended.stderr.decode():
                raise Wrong(f"{what}: it does not say why: {ended.returncode}: {ended.stderr.decode()}")
            if trial.case.name != "report" and ended.returncode != 1:
                raise Wrong(f"{what}: ended with {ended.returncode}")
            if state == "read-only":
                subprocess.run(["mount", "-o", "remount,rw", store], check=True)
            filler.unlink(missing_ok=True)
            for name, content in trial.old.items():
                if name in TRUTH and (store / name).read_bytes() != content:
                    raise Wrong(f"{what}: {name} is not what it was")
            trial.hold(trial.place, ended, what, False)
    finally:
        subprocess.run(["umount", store], check=True)
    print(f"ok: {trial.case.name}: says so on a full and on a read-only disk, and goes on after", flush=True)


def restored(trial):
    trial.place.put(trial.old)
    return trial.place


def main():
    dora, original, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    workers = max(2, len(os.sched_getaffinity(0)))
    places = queue.Queue()
    for number in range(workers):
        places.put(Place(original, work / f"place-{number}"))
    only = os.environ.get("ONLY")
    failing = killed = 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for number, case in enumerate(cases("--server" in sys.argv)):
            if only and not re.search(only, case.name):
                continue
            own = work / f"case-{number}"
            own.mkdir()
            if "--disk" in sys.argv:
                if not case.fresh:
                    on_a_disk(Trial(case, dora, original, own, is_padded=True))
                continue
            more = shown(Trial(case, dora, original, own), places, pool)
            failing, killed = failing + more[0], killed + more[1]
    if "--disk" in sys.argv:
        return
    print(f"ok: {failing} failing calls and {killed} kills lost nothing")


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"failed: {wrong}")
