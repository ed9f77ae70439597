#!/usr/bin/env python3
"""Shows that the rows of `dora why` add up to the figures of `dora report`.

Makes a repository and 200 random records of deployments, attempts, incidents and marks in it, one after the
other (another number may be given as the argument). For each it takes the CSV of every number of delivery,
computes the figure from the rows that counted with a calculation of its own (fractions and instants, no
rounding), and compares. A control changes a row on purpose and has to be found. Needs git and a debug build.
"""

import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TARGET = PROJECT / os.environ.get("CARGO_TARGET_DIR", "target")
DORA = TARGET / "debug" / "dora"
BEGIN = datetime(2026, 5, 1, tzinfo=timezone.utc)
DAYS = 40
NOW = BEGIN + timedelta(days=DAYS)
# What a float may lose: a thousandth of a millisecond in minutes.
ROUNDING = Fraction(1, 60_000_000)


def stamp(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def git(repository, *arguments, given=None):
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments],
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def make_repository(directory, chance):
    """Sixty commits with merges, fixes and reverts; their ids, oldest first."""
    repository = directory / "shop"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    lines, times = [], []
    for number in range(1, 61):
        when = BEGIN + timedelta(minutes=chance.randrange(DAYS * 1440 * 3 // 4))
        times.append(when)
    times.sort()
    for number, when in enumerate(times, 1):
        subject = chance.choice(["feat: it", "fix: it", "docs: it", "hotfix: it"])
        text = subject.encode()
        lines.append(f"commit refs/heads/main\nmark :{number}\n".encode())
        seconds = int(when.timestamp())
        # An author before the committer, and sometimes one whose clock is ahead.
        author = seconds - chance.choice([0, 60, 3600, 86_400, -900])
        lines.append(f"author A <a@example.org> {author} +0000\n".encode())
        lines.append(f"committer A <a@example.org> {seconds} +0000\n".encode())
        lines.append(b"data %d\n%s\n" % (len(text), text))
        if number > 3 and chance.random() < 0.15:
            lines.append(f"from :{number - 1}\nmerge :{number - 3}\n".encode())
        name = f"file{number % 7}"
        lines.append(b"M 644 inline %s\ndata %d\n%d\n" % (name.encode(), len(str(number)), number))
    git(repository, "fast-import", "--quiet", given=b"".join(lines))
    git(repository, "reset", "-q", "--hard")
    return repository, git(repository, "rev-list", "--reverse", "main").split()


def write_records(repository, commits, chance):
    """A random record: what was deployed, what failed, what people said."""
    lines, ids = [], []

    def add(kind, **facts):
        lines.append({"schema_version": 1, "at": stamp(NOW), "type": kind, **facts})

    def moment():
        return BEGIN + timedelta(seconds=chance.randrange(DAYS * 86_400))

    for number in range(chance.randrange(0, 25)):
        when = moment()
        # Mostly forward, sometimes back or aside.
        place = (when - BEGIN) / timedelta(days=DAYS) + chance.choice([0, 0.05, 0.1, -0.2])
        version = commits[max(0, min(len(commits) - 1, int(place * len(commits))))]
        version = version if chance.random() < 0.93 else "latest"
        id = f"production-{when.strftime('%Y%m%dT%H%M%SZ')}-r{number:07x}"
        ids.append(id)
        add(
            "deployment",
            id=id,
            environment="production",
            time=stamp(when),
            components={"app": version},
            success=chance.random() < 0.9,
        )
    for number in range(chance.randrange(0, 4)):
        opened = moment()
        id = f"incident-{opened.strftime('%Y%m%dT%H%M%SZ')}-r{number:07x}"
        named = {"deployment": chance.choice(ids)} if ids and chance.random() < 0.5 else {}
        add("incident-opened", id=id, title="down", opened_at=stamp(opened), environment="production", **named)
        if chance.random() < 0.7:
            resolved = opened + timedelta(minutes=chance.randrange(1, 3000))
            add("incident-resolved", id=f"resolved-{id}", incident=id, resolved_at=stamp(resolved))
    for number in range(chance.randrange(0, 3) if ids else 0):
        verdict = chance.choice(["failed", "ok"])
        add("mark", id=f"mark-{number}", deployment=chance.choice(ids), verdict=verdict)
    chance.shuffle(lines)
    store = repository / ".dora"
    store.mkdir(exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (store / "records.jsonl").write_text(text)
    (store / "config.json").write_text('{"schema_version": 1}\n')


class Figures:
    """What the program says of one record."""

    def __init__(self, repository, home, period):
        self.repository, self.home, self.period = repository, home, period

    def run(self, *arguments):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "DORA_NOW": stamp(NOW),
            "DORA_OFFLINE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        command = [str(DORA), "-C", str(self.repository), *arguments, "--period", self.period, "--quiet"]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        if done.returncode != 0:
            sys.exit(f"failed: {' '.join(command)}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def report(self):
        return json.loads(self.run("report", "--format", "json"))["metrics"]

    def rows(self, number):
        text = self.run("why", number, "--format", "csv")
        return list(csv.DictReader(io.StringIO(text, newline="")))


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def median_of_spans(rows, begin, end):
    """In minutes, from the instants alone. What ended before it began took no time."""
    spans = sorted(max(instant(row[end]) - instant(row[begin]), timedelta()) for row in rows)
    if not spans:
        return None
    seconds = [Fraction(round(span.total_seconds())) for span in spans]
    middle = seconds[(len(seconds) - 1) // 2] + seconds[len(seconds) // 2]
    return middle / 120


def of(rows, section):
    return [row for row in rows if row["section"] == section]


def share(part, whole):
    return Fraction(part, whole) if whole else None


def from_rows(number, rows, metrics):
    if number == "lead-time":
        return median_of_spans(of(rows, "changes"), "committed", "deployed")
    if number == "time-to-restore":
        return median_of_spans(of(rows, "outages"), "start", "end")
    if number == "change-failure-rate":
        failed = len(of(rows, "failed"))
        return share(failed, failed + len(of(rows, "not_failed")))
    if number == "rework-rate":
        rework = len(of(rows, "rework"))
        return share(rework, rework + len(of(rows, "no_rework")))
    # Deployments per day: the days are the report's, the count is the rows'.
    metric = metrics["deployment_frequency"]
    if metric["value"] is None:
        return None
    return len(of(rows, "deployments")) / Fraction(metric["days"])


KEYS = {
    "deployment-frequency": "deployment_frequency",
    "lead-time": "lead_time",
    "change-failure-rate": "change_failure_rate",
    "time-to-restore": "mttr",
    "rework-rate": "rework_rate",
}


def agrees(said, computed):
    if said is None or computed is None:
        return said is None and computed is None
    return abs(Fraction(said) - computed) <= ROUNDING


def main():
    if not DORA.exists():
        sys.exit(f"failed: {DORA} is missing: cargo build makes it")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    chance = random.Random(20260501)
    compared = {number: 0 for number in KEYS}
    controls = 0
    with tempfile.TemporaryDirectory() as stage:
        stage = Path(stage)
        home = stage / "home"
        home.mkdir()
        repository, commits = make_repository(stage, chance)
        for record in range(wanted):
            write_records(repository, commits, chance)
            first = BEGIN + timedelta(hours=chance.randrange(DAYS * 12))
            last = first + timedelta(hours=chance.randrange(24, DAYS * 12))
            figures = Figures(repository, home, f"{stamp(first)}..{stamp(last)}")
            metrics = figures.report()
            for number, key in KEYS.items():
                rows = figures.rows(number)
                said, computed = metrics[key]["value"], from_rows(number, rows, metrics)
                if not agrees(said, computed):
                    sys.exit(f"failed: record {record}, {number}: report {said}, rows {computed}")
                compared[number] += said is not None
                # Another row that counted changes a share: if it did not, nothing was compared here.
                failed = of(rows, "failed")
                if number == "change-failure-rate" and failed and of(rows, "not_failed"):
                    if agrees(said, from_rows(number, rows + failed[:1], metrics)):
                        sys.exit(f"failed: the control of record {record} was not found")
                    controls += 1
    if wanted >= 50 and (min(compared.values()) < wanted // 5 or controls < wanted // 5):
        sys.exit(f"failed: too little to compare: {compared}, {controls} controls")
    told = ", ".join(f"{number} {count}" for number, count in compared.items())
    print(f"ok: the rows of {wanted} records make the figures of their reports ({told} with data)")


if __name__ == "__main__":
    main()
