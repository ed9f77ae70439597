#!/usr/bin/env python3
"""Writes a Jira search result with changelogs to standard output: for measuring.

    tests/scripts/make_jira_export.py ITEMS EVENTS_PER_ITEM [SEED] > file.json

The same arguments give the same bytes. About three in four events of an item are changes of its status,
the rest is what real changelogs are full of: ranks, links, flags, labels. Everything is made up.
"""

import datetime
import json
import random
import sys

STATUSES = [
    ("10000", "Backlog", "new"),
    ("10001", "Design", "indeterminate"),
    ("10002", "Development", "indeterminate"),
    ("10003", "Code Review", "indeterminate"),
    ("10004", "Testing", "indeterminate"),
    ("10005", "Deploy", "indeterminate"),
    ("10008", "Production", "done"),
    ("10009", "Cancelled", "done"),
]
CATEGORIES = {"new": 2, "indeterminate": 4, "done": 3}
TYPES = ["Story", "Story", "Bug", "Task", "Security", "Tech Debt"]
START = datetime.datetime(2023, 1, 2, 9, tzinfo=datetime.timezone.utc)
ZONE = datetime.timezone(datetime.timedelta(hours=1))
WORDS = "search login export invoice cache retry banner basket limit queue report filter".split()


def written(at):
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0100"


def status_item(before, after):
    return {
        "field": "status",
        "fieldtype": "jira",
        "fieldId": "status",
        "from": STATUSES[before][0],
        "fromString": STATUSES[before][1],
        "to": STATUSES[after][0],
        "toString": STATUSES[after][1],
    }


def other_item(chance, flagged):
    kind = chance.random()
    if kind < 0.6:
        return {
            "field": "Rank",
            "fieldtype": "custom",
            "fieldId": "customfield_10019",
            "from": "",
            "fromString": "",
            "to": "",
            "toString": chance.choice(["Ranked higher", "Ranked lower"]),
        }
    if kind < 0.8:
        return {
            "field": "RemoteIssueLink",
            "fieldtype": "jira",
            "from": None,
            "fromString": None,
            "to": str(chance.randrange(10**6)),
            "toString": "This issue links to \"page %d\"" % chance.randrange(10**6),
        }
    flag = ["[10019]", "Impediment"]
    before, after = (flag, ["", ""]) if flagged else (["", ""], flag)
    return {
        "field": "Flagged",
        "fieldtype": "custom",
        "fieldId": "customfield_10021",
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }


def issue(number, events, chance):
    created = START + datetime.timedelta(minutes=number * 13 % (3 * 365 * 24 * 60))
    at = created
    status = 0
    flagged = False
    category_changed = created
    histories = []
    for event in range(events):
        at += datetime.timedelta(seconds=chance.randrange(60, 4 * 24 * 3600))
        if chance.random() < 0.75:
            after = min(status + 1, 6)
            draw = chance.random()
            if draw < 0.2:
                after = max(status - 1, 0)
            elif draw > 0.98:
                after = 7
            item = status_item(status, after)
            if STATUSES[status][2] != STATUSES[after][2]:
                category_changed = at
            status = after
        else:
            item = other_item(chance, flagged)
            if item["field"] == "Flagged":
                flagged = not flagged
        histories.append(
            {
                "id": str(number * 1000 + event),
                "author": {
                    "accountId": "made-up-%d" % chance.randrange(100),
                    "displayName": "Person %d" % chance.randrange(100),
                    "timeZone": "Europe/Berlin",
                },
                "created": written(at),
                "items": [item],
            }
        )
    histories.reverse()
    identity, name, category = STATUSES[status]
    title = " ".join(chance.choice(WORDS) for _ in range(6))
    key = "FOC-%d" % (number + 1)
    base = "https://jira.example/rest/api/2"
    return {
        "expand": "operations,versionedRepresentations,editmeta,changelog",
        "id": str(100000 + number),
        "self": "%s/issue/%d" % (base, 100000 + number),
        "key": key,
        "changelog": {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(histories),
            "histories": histories,
        },
        "fields": {
            "summary": title,
            "description": "As somebody I want \"%s\".\n" % title * 3,
            "issuetype": {"id": "1", "name": chance.choice(TYPES), "subtask": False},
            "status": {
                "self": "%s/status/%s" % (base, identity),
                "id": identity,
                "name": name,
                "statusCategory": {"id": CATEGORIES[category], "key": category, "name": category},
            },
            "created": written(created),
            "updated": written(at),
            "resolutiondate": None,
            "resolution": {"name": "Won't Do"} if status == 7 else None,
            "statuscategorychangedate": written(category_changed),
            "labels": chance.sample(["web", "api", "billing"], chance.randrange(3)),
            "customfield_10050": float(chance.randrange(1, 101)),
            "customfield_10021": [{"id": "10019", "value": "Impediment"}] if flagged else None,
        },
    }


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.strip())
    items, events = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) == 4 else 1)
    out = sys.stdout
    names = {"customfield_10050": "Business Value", "customfield_10021": "Flagged"}
    out.write('{"expand":"names,schema","startAt":0,"maxResults":%d,"total":%d,' % (items, items))
    out.write('"names":%s,"issues":[' % json.dumps(names))
    for number in range(items):
        out.write(",\n" if number else "\n")
        out.write(json.dumps(issue(number, events, chance), separators=(",", ":")))
    out.write("\n]}\n")


if __name__ == "__main__":
    main()
