//! What happened in the same half year and was no failure of a deployment, however much some of it
//! looks like one. Sibling of `failures`.

use super::story::Kind::{
    FixOfSomethingOlder, FlakyRun, HarmlessRevert, HarmlessWithdrawal, NothingDeployedFailed,
    OddRecord, RapidSeries, RedRunSoundDeployment, StoppedBeforeProduction,
};
use super::story::Part::{Billing, Orders, Search, Shop};
use super::story::Run::{
    AnnouncementFailed, BuildFailed, ByHand, Cancelled, Declined, Green, GreenSecondTime,
    PullRequestFailed, RecordLost, SmokeFailed, SmokeFlaked, StagingFailed, StartupFailure,
};
use super::story::{
    Act, Episode, Kind, change, change_on, incident, issue, merge, ship, ship_beside,
};

const fn episode(
    name: &'static str,
    kind: Kind,
    day: &'static str,
    account: &'static str,
    acts: &'static [Act],
) -> Episode {
    Episode {
        name,
        kind,
        day,
        account,
        acts,
    }
}

pub(super) const BENIGN: &[Episode] = &[
    episode(
        "migration-in-steps",
        RapidSeries,
        "2026-01-19",
        "A migration in three planned deployments within an hour: add, move, remove.",
        &[
            change("09:10", Billing, "add", "feat: add the new column"),
            ship("09:30", &[(Billing, "add")], Green),
            change("09:40", Billing, "move", "refactor: read the new column"),
            ship("09:52", &[(Billing, "move")], Green),
            change("10:02", Billing, "remove", "chore: remove the old column"),
            ship("10:15", &[(Billing, "remove")], Green),
        ],
    ),
    episode(
        "tuning-afternoon",
        RapidSeries,
        "2026-04-17",
        "An afternoon of tuning weights with a customer on the telephone, five small deployments.",
        &[
            change("13:00", Search, "w1", "feat: weight of titles"),
            ship("13:15", &[(Search, "w1")], Green),
            change("13:30", Search, "w2", "feat: weight of brands"),
            ship("13:42", &[(Search, "w2")], Green),
            change("13:55", Search, "w3", "perf: fewer fields"),
            ship("14:08", &[(Search, "w3")], Green),
            change("14:20", Search, "w4", "feat: weight of stock"),
            ship("14:33", &[(Search, "w4")], Green),
            change("14:41", Search, "w5", "style: order of weights"),
            ship("14:52", &[(Search, "w5")], Green),
        ],
    ),
    episode(
        "imprint",
        RapidSeries,
        "2026-03-16",
        "Only the text of the imprint page and its documentation, a quarter of an hour after a feature.",
        &[
            change("09:30", Shop, "sizes", "feat: table of sizes"),
            ship("10:00", &[(Shop, "sizes")], Green),
            change("10:05", Shop, "imprint", "docs: new address in the imprint"),
            ship("10:16", &[(Shop, "imprint")], Green),
        ],
    ),
    episode(
        "campaign-start",
        RapidSeries,
        "2026-05-29",
        "Start of a campaign: three planned deployments of the shop, one per country.",
        &[
            change("08:00", Shop, "de", "feat: campaign in Germany"),
            ship("08:20", &[(Shop, "de")], Green),
            change("08:35", Shop, "at", "feat: campaign in Austria"),
            ship("08:50", &[(Shop, "at")], Green),
            change("09:00", Shop, "ch", "feat: campaign in Switzerland"),
            ship("09:20", &[(Shop, "ch")], Green),
        ],
    ),
    episode(
        "old-bug",
        FixOfSomethingOlder,
        "2026-02-10",
        "A bug reported weeks before was repaired and went out half an hour after a feature that has nothing to do with it.",
        &[
            change("09:20", Search, "brand", "feat: pages of brands"),
            ship("10:00", &[(Search, "brand")], Green),
            change(
                "10:12",
                Search,
                "umlaut",
                "fix: umlauts in suggestions (#137)",
            ),
            ship("10:30", &[(Search, "umlaut")], Green),
        ],
    ),
    episode(
        "robot-update",
        FixOfSomethingOlder,
        "2026-03-04",
        "The robot's update of a dependency was merged after a feature. Its messages are of type fix by its default.",
        &[
            change("08:40", Shop, "stars", "feat: half stars in ratings"),
            ship("09:15", &[(Shop, "stars")], Green),
            change(
                "09:32",
                Shop,
                "update",
                "fix(deps): update dependency date-names to v3.1.2 (#166)",
            ),
            ship("09:50", &[(Shop, "update")], Green),
        ],
    ),
    episode(
        "security-update",
        FixOfSomethingOlder,
        "2026-06-24",
        "A library had a published weakness; the update went out seventy minutes after a feature.",
        &[
            change("09:00", Shop, "gallery", "feat: gallery of pictures"),
            ship("09:30", &[(Shop, "gallery")], Green),
            change(
                "10:20",
                Shop,
                "update",
                "fix(deps): update image library for its advisory",
            ),
            ship("10:40", &[(Shop, "update")], Green),
        ],
    ),
    episode(
        "bug-report",
        FixOfSomethingOlder,
        "2026-04-09",
        "Somebody reported an old bug an hour after a deployment. It is labelled bug, and was repaired among other things, weeks later.",
        &[
            change("09:40", Search, "ranges", "feat: ranges of prices"),
            ship("10:20", &[(Search, "ranges")], Green),
            issue(
                "11:30",
                "+15 10:00",
                "bug",
                "Search ignores hyphens",
                "Since last year, at least.",
            ),
        ],
    ),
    episode(
        "typing-error",
        FixOfSomethingOlder,
        "2026-05-26",
        "The banner had a typing error, seen when it was out. Nobody would call that a failed deployment.",
        &[
            change("09:30", Shop, "banner", "feat: summer banner"),
            ship("10:00", &[(Shop, "banner")], Green),
            change("10:10", Shop, "typo", "fix: typing error in the banner"),
            ship("10:21", &[(Shop, "typo")], Green),
        ],
    ),
    episode(
        "never-deployed",
        HarmlessRevert,
        "2026-01-30",
        "Reverted on main before it was ever deployed: the tests of main had done their work.",
        &[
            change("09:00", Orders, "risky", "feat: orders in parallel"),
            change(
                "09:50",
                Orders,
                "revert",
                "Revert \"feat: orders in parallel\"\n\nThis reverts commit {risky}.",
            ),
            change(
                "10:20",
                Orders,
                "other",
                "feat: reference on delivery notes",
            ),
            ship("10:50", &[(Orders, "other")], Green),
        ],
    ),
    episode(
        "there-and-back",
        HarmlessRevert,
        "2026-06-30",
        "Reverted and brought back again on the same morning, before anything was deployed.",
        &[
            change("08:50", Orders, "notes", "feat: printed notes"),
            ship("09:20", &[(Orders, "notes")], Green),
            change(
                "10:00",
                Orders,
                "out",
                "Revert \"feat: printed notes\"\n\nThis reverts commit {notes}.",
            ),
            change(
                "10:25",
                Orders,
                "in",
                "Reapply \"feat: printed notes\"\n\nThis reverts commit {out}.",
            ),
            change("10:40", Orders, "more", "feat: printed gift cards"),
            ship("11:10", &[(Orders, "more")], Green),
        ],
    ),
    episode(
        "product-decision",
        HarmlessRevert,
        "2026-05-07",
        "An experiment with the ranking was measured for five days, brought nothing, and was reverted as agreed.",
        &[
            change("09:00", Search, "ranking", "feat: ranking by margin"),
            ship("09:40", &[(Search, "ranking")], Green),
            change(
                "+5 10:00",
                Search,
                "revert",
                "Revert \"feat: ranking by margin\"\n\nEnd of the experiment.\n\nThis reverts commit {ranking}.",
            ),
            ship("+5 10:40", &[(Search, "revert")], Green),
        ],
    ),
    episode(
        "planned-withdrawal",
        HarmlessWithdrawal,
        "2026-04-10",
        "The campaign of the weekend was withdrawn on Monday as planned, by deploying the version before.",
        &[
            change("13:00", Shop, "campaign", "feat: spring weekend"),
            ship("14:00", &[(Shop, "campaign")], Green),
            ship("+3 08:10", &[(Shop, "before")], Green),
            change(
                "+3 09:00",
                Shop,
                "removed",
                "chore: remove the spring weekend",
            ),
            ship("+3 11:00", &[(Shop, "removed")], Green),
        ],
    ),
    episode(
        "fire-drill",
        HarmlessWithdrawal,
        "2026-06-17",
        "The drill of the half year: roll back in production on purpose, and forward again.",
        &[
            change("09:10", Orders, "drill", "feat: text of the packing list"),
            ship("09:45", &[(Orders, "drill")], Green),
            ship("14:00", &[(Orders, "before")], Green),
            ship("14:20", &[(Orders, "drill")], Green),
        ],
    ),
    episode(
        "lost-runner",
        FlakyRun,
        "2026-02-05",
        "The machine that deployed went away. Tried again, fine.",
        &[
            change("09:00", Orders, "bulk", "feat: orders in bulk"),
            ship("09:50", &[(Orders, "bulk")], GreenSecondTime),
        ],
    ),
    episode(
        "slow-network",
        FlakyRun,
        "2026-05-12",
        "The registry did not answer in time. Tried again after lunch, fine.",
        &[
            change("11:20", Shop, "filters", "feat: filters stay open"),
            ship("13:10", &[(Shop, "filters")], GreenSecondTime),
        ],
    ),
    episode(
        "flaky-smoke-test",
        FlakyRun,
        "2026-03-19",
        "One test of production was too slow. Tried again, passed; nothing was wrong.",
        &[
            change("13:00", Search, "recent", "feat: recent searches"),
            ship("13:45", &[(Search, "recent")], SmokeFlaked),
        ],
    ),
    episode(
        "flaky-smoke-test-again",
        FlakyRun,
        "2026-06-02",
        "The same test, eleven weeks later.",
        &[
            change("10:00", Search, "history", "feat: clear recent searches"),
            ship("10:40", &[(Search, "history")], SmokeFlaked),
        ],
    ),
    episode(
        "expired-test-card",
        RedRunSoundDeployment,
        "2026-04-07",
        "The credit card of the tests had expired. Production was fine; the tests were repaired the next day.",
        &[
            change("10:20", Billing, "rate", "feat: payment in instalments"),
            ship("11:00", &[(Billing, "rate")], SmokeFailed),
            change(
                "+1 09:00",
                Billing,
                "card",
                "test: new card for the tests of production",
            ),
            ship("+1 09:40", &[(Billing, "card")], Green),
        ],
    ),
    episode(
        "chat-down",
        RedRunSoundDeployment,
        "2026-05-05",
        "The chat was down, so the announcement failed and the run is red. The deployment was fine.",
        &[
            change("09:00", Orders, "stock", "feat: stock per shelf"),
            ship("09:40", &[(Orders, "stock")], AnnouncementFailed),
        ],
    ),
    episode(
        "record-lost",
        RedRunSoundDeployment,
        "2026-05-28",
        "Deployed, but the push of the state file came second and was refused; the run is red. The next deployment told it.",
        &[
            change("09:30", Shop, "swatch", "feat: colours as swatches"),
            ship("10:00", &[(Shop, "swatch")], RecordLost),
            change("13:00", Shop, "zoom", "feat: zoom of pictures"),
            ship("13:35", &[(Shop, "zoom")], Green),
        ],
    ),
    episode(
        "superseded",
        StoppedBeforeProduction,
        "2026-02-18",
        "Two merges within minutes: the run of the first was cancelled, the second deployed both.",
        &[
            change("10:00", Search, "one", "feat: stop words"),
            ship("10:08", &[(Search, "one")], Cancelled),
            change("10:09", Search, "two", "feat: stop words in French"),
            ship("10:35", &[(Search, "two")], Green),
        ],
    ),
    episode(
        "not-on-friday",
        StoppedBeforeProduction,
        "2026-02-27",
        "The approval for production was declined on Friday afternoon; out on Monday.",
        &[
            change(
                "14:30",
                Billing,
                "terms",
                "feat: terms of payment per customer",
            ),
            ship("15:20", &[(Billing, "terms")], Declined),
            ship("+3 08:40", &[(Billing, "terms")], Green),
        ],
    ),
    episode(
        "staging-stopped-it",
        StoppedBeforeProduction,
        "2026-03-11",
        "Staging did not start. Repaired, deployed; production never saw it.",
        &[
            change("09:00", Orders, "async", "feat: stock is reserved later"),
            ship("09:30", &[(Orders, "async")], StagingFailed),
            change("10:10", Orders, "fixed", "fix: missing queue"),
            ship("10:45", &[(Orders, "fixed")], Green),
        ],
    ),
    episode(
        "red-build",
        StoppedBeforeProduction,
        "2026-03-25",
        "Main did not build after a merge.",
        &[
            change("11:00", Orders, "merge", "feat: addresses of companies"),
            ship("11:10", &[(Orders, "merge")], BuildFailed),
            change("11:25", Orders, "import", "fix: missing import"),
            ship("11:50", &[(Orders, "import")], Green),
        ],
    ),
    episode(
        "invalid-workflow",
        StoppedBeforeProduction,
        "2026-05-19",
        "Somebody broke the workflow file; no job began. Repaired ten minutes later.",
        &[
            change("09:50", Shop, "broken", "ci: cache of packages"),
            ship("10:00", &[(Shop, "broken")], StartupFailure),
            change("10:08", Shop, "valid", "ci: quotes around the cache key"),
            ship("10:30", &[(Shop, "valid")], Green),
        ],
    ),
    episode(
        "pull-request-runs",
        StoppedBeforeProduction,
        "2026-04-15",
        "The deploy workflow also builds pull requests; two of one pull request were red.",
        &[
            ship("09:00", &[(Billing, "before")], PullRequestFailed),
            ship("11:00", &[(Billing, "before")], PullRequestFailed),
        ],
    ),
    episode(
        "region-down",
        NothingDeployedFailed,
        "2026-02-20",
        "A region of the provider failed at night. Nothing of ours; we waited.",
        &[incident(
            "03:10",
            "05:45",
            "Everything is down in one region",
            "The provider's status page says the same.",
        )],
    ),
    episode(
        "certificate",
        NothingDeployedFailed,
        "2026-03-29",
        "On a Sunday a certificate expired that nobody had on a list.",
        &[incident(
            "11:05",
            "12:10",
            "Certificate of the shop expired",
            "",
        )],
    ),
    episode(
        "payment-partner",
        NothingDeployedFailed,
        "2026-05-22",
        "The payment partner was down over lunch.",
        &[incident(
            "11:40",
            "13:10",
            "Card payments fail at the partner",
            "Their ticket is open. Not caused by us.",
        )],
    ),
    episode(
        "wrong-line",
        OddRecord,
        "2026-06-04",
        "A script recorded a version of search that was never deployed; somebody wrote the right one back by hand.",
        &[
            change("11:00", Search, "draft", "feat: voice search"),
            ship("11:20", &[(Search, "draft")], ByHand),
            ship("11:26", &[(Search, "before")], ByHand),
        ],
    ),
    episode(
        "new-nodes",
        OddRecord,
        "2026-01-21",
        "All nodes were replaced, the same version was deployed again, twice.",
        &[
            Act::Again {
                at: "07:10",
                part: Orders,
            },
            Act::Again {
                at: "07:40",
                part: Orders,
            },
        ],
    ),
    episode(
        "same-minute",
        OddRecord,
        "2026-06-10",
        "Two teams deployed in the same minute; the second pipeline had to merge the first one's record.",
        &[
            change("13:20", Shop, "tiles", "feat: smaller tiles"),
            change("13:25", Billing, "pdf", "feat: archive format of PDF"),
            ship("14:00", &[(Shop, "tiles")], Green),
            ship_beside("14:01", &[(Billing, "pdf")], Green),
        ],
    ),
    episode(
        "by-hand",
        OddRecord,
        "2026-06-25",
        "The pipeline's machines were being renewed, so this one was deployed by hand.",
        &[
            change("09:10", Billing, "mail", "feat: invoices by mail"),
            ship("10:00", &[(Billing, "mail")], ByHand),
        ],
    ),
    episode(
        "long-branch",
        OddRecord,
        "2026-05-14",
        "A branch of three weeks was merged and deployed with two fixes of its own on it.",
        &[
            change_on("08:30", Orders, "before", "b1", "feat: returns"),
            change_on("08:40", Orders, "b1", "b2", "fix: returns without receipt"),
            merge("09:20", "b2", "merged", "Merge branch 'returns'"),
            ship("09:55", &[(Orders, "merged")], Green),
        ],
    ),
];
