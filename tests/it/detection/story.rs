//! The language in which the story of a project is told: who changed what, when it was brought to
//! production, what went wrong, who opened an issue. `failures` and `benign` tell the episodes,
//! `rhythm` the ordinary days between them, `project` makes a repository and GitHub's data of it.
//!
//! Whether a deployment failed is said by the story alone, in the words of the people who were there.

/// A separately deployed part, each with a team of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    Shop,
    Orders,
    Search,
    Billing,
}

impl Part {
    pub(super) const ALL: [Self; 4] = [Self::Shop, Self::Orders, Self::Search, Self::Billing];

    /// Its name in the state file, and its directory.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Orders => "orders",
            Self::Search => "search",
            Self::Billing => "billing",
        }
    }
}

/// What people say afterwards about something that was brought to production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It did what it was meant to do, or nothing that anybody had to repair.
    Sound,
    /// Production was worse for it and somebody had to intervene; or, where nothing arrived in
    /// production, the deployment had begun there and did not come through.
    Failed,
}

/// What the run of the pipeline did. It builds, deploys to staging, then to production (where the
/// last step of the job commits the state file), then tests production and announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Everything passed.
    Green,
    /// The first attempt broke off in the production job before anything was recorded; tried again.
    GreenSecondTime,
    /// Deployed and recorded; the tests of production failed, and nobody tried again.
    SmokeFailed,
    /// Deployed and recorded; the tests failed and passed when they were tried again.
    SmokeFlaked,
    /// Deployed, recorded, tested; the announcement failed.
    AnnouncementFailed,
    /// Deployed by hand: no run, but the state file was committed.
    ByHand,
    /// The production job failed. Nothing was recorded.
    DeployFailed,
    /// The production job failed, was tried again and failed again. Nothing was recorded.
    DeployFailedTwice,
    /// The production job ran out of time. Nothing was recorded.
    DeployTimedOut,
    /// The production job deployed, but could not push the state file.
    RecordLost,
    /// Somebody declined the approval for production.
    Declined,
    /// The staging job failed, production was not touched.
    StagingFailed,
    /// The build failed, nothing else was tried.
    BuildFailed,
    /// A newer run took its place before production.
    Cancelled,
    /// The workflow file was invalid: no job began.
    StartupFailure,
    /// A run for a pull request; it builds and stops, red.
    PullRequestFailed,
}

impl Run {
    /// Whether the state file was committed.
    pub(super) const fn is_recorded(self) -> bool {
        matches!(
            self,
            Self::Green
                | Self::GreenSecondTime
                | Self::SmokeFailed
                | Self::SmokeFlaked
                | Self::AnnouncementFailed
                | Self::ByHand
        )
    }
}

/// One thing that somebody did. Times are `HH:MM` of the episode's day, or `+N HH:MM` of a later one.
/// Labels name commits within an episode; `before` is what stood in production when it began.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// A commit on main. `{label}` in a message is the id of that commit; `(#n)` makes it the squash
    /// merge of that pull request.
    Change {
        at: &'static str,
        part: Part,
        label: &'static str,
        message: &'static str,
    },
    /// A commit on a branch that starts at `base`.
    ChangeOn {
        at: &'static str,
        part: Part,
        base: &'static str,
        label: &'static str,
        message: &'static str,
    },
    /// A merge commit on main of the branch that ends at `tip`.
    Merge {
        at: &'static str,
        tip: &'static str,
        label: &'static str,
        message: &'static str,
    },
    /// The pipeline brings versions to production; `at` is when it ended there.
    Ship {
        at: &'static str,
        versions: &'static [(Part, &'static str)],
        run: Run,
        truth: Truth,
    },
    /// The same, and its commit of the state file is made beside the one before and then merged.
    ShipBeside {
        at: &'static str,
        versions: &'static [(Part, &'static str)],
        run: Run,
        truth: Truth,
    },
    /// The version that stands there is deployed once more.
    Again { at: &'static str, part: Part },
    /// An issue.
    Issue {
        opened: &'static str,
        closed: &'static str,
        tag: &'static str,
        title: &'static str,
        body: &'static str,
    },
}

/// What kind of episode it is; the tables count by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    RolledBack,
    RepairedSoon,
    RepairedLater,
    Reverted,
    SmokeTestsSpoke,
    RepairedWithoutDeployment,
    NeverArrived,
    RapidSeries,
    FixOfSomethingOlder,
    HarmlessRevert,
    HarmlessWithdrawal,
    FlakyRun,
    RedRunSoundDeployment,
    StoppedBeforeProduction,
    NothingDeployedFailed,
    OddRecord,
}

impl Kind {
    /// As the tables say it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            Self::RepairedSoon => "repaired by a deployment soon after",
            Self::RepairedLater => "repaired by a deployment hours or days later",
            Self::Reverted => "reverted",
            Self::SmokeTestsSpoke => "told by the tests of production",
            Self::RepairedWithoutDeployment => "repaired without a deployment",
            Self::NeverArrived => "begun and never arrived",
            Self::RapidSeries => "rapid or planned series",
            Self::FixOfSomethingOlder => "fix of something older, soon after",
            Self::HarmlessRevert => "revert that repairs nothing",
            Self::HarmlessWithdrawal => "withdrawal that repairs nothing",
            Self::FlakyRun => "flaky run, tried again",
            Self::RedRunSoundDeployment => "red run of a sound deployment",
            Self::StoppedBeforeProduction => "stopped before production",
            Self::NothingDeployedFailed => "incident that no deployment caused",
            Self::OddRecord => "unusual record",
        }
    }
}

/// One episode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Episode {
    /// Its name, unique.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The day on which it begins.
    pub(super) day: &'static str,
    /// What happened, as somebody of the team tells it.
    pub(super) account: &'static str,
    pub(super) acts: &'static [Act],
}

pub(super) const fn change(
    at: &'static str,
    part: Part,
    label: &'static str,
    message: &'static str,
) -> Act {
    Act::Change {
        at,
        part,
        label,
        message,
    }
}

pub(super) const fn change_on(
    at: &'static str,
    part: Part,
    base: &'static str,
    label: &'static str,
    message: &'static str,
) -> Act {
    Act::ChangeOn {
        at,
        part,
        base,
        label,
        message,
    }
}

pub(super) const fn merge(
    at: &'static str,
    tip: &'static str,
    label: &'static str,
    message: &'static str,
) -> Act {
    Act::Merge {
        at,
        tip,
        label,
        message,
    }
}

/// Brought to production by a run of this kind, and nobody had reason to complain.
pub(super) const fn ship(
    at: &'static str,
    versions: &'static [(Part, &'static str)],
    run: Run,
) -> Act {
    Act::Ship {
        at,
        versions,
        run,
        truth: Truth::Sound,
    }
}

/// Brought to production, or nearly, and it failed.
pub(super) const fn bad(
    at: &'static str,
    versions: &'static [(Part, &'static str)],
    run: Run,
) -> Act {
    Act::Ship {
        at,
        versions,
        run,
        truth: Truth::Failed,
    }
}

pub(super) const fn ship_beside(
    at: &'static str,
    versions: &'static [(Part, &'static str)],
    run: Run,
) -> Act {
    Act::ShipBeside {
        at,
        versions,
        run,
        truth: Truth::Sound,
    }
}

/// An issue with the label `incident`.
pub(super) const fn incident(
    opened: &'static str,
    closed: &'static str,
    title: &'static str,
    body: &'static str,
) -> Act {
    issue(opened, closed, "incident", title, body)
}

pub(super) const fn issue(
    opened: &'static str,
    closed: &'static str,
    tag: &'static str,
    title: &'static str,
    body: &'static str,
) -> Act {
    Act::Issue {
        opened,
        closed,
        tag,
        title,
        body,
    }
}
