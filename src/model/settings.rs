//! The settings in force, all valid. How a person writes them is `store::config`'s business.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Serialize;

use super::FlowSettings;

/// Which time a change counts from (spec 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeadTimeStart {
    /// Author time: survives rebase and cherry-pick.
    #[default]
    Author,
    /// Committer time.
    Committer,
}

impl LeadTimeStart {
    /// The name used in config and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Committer => "committer",
        }
    }
}

/// Which failure rules are on (spec 2.6); `marked` cannot be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FailureRules {
    /// A later deployment took the version back.
    pub rollback: bool,
    /// A later deployment shipped a revert of a commit it brought.
    pub revert: bool,
    /// Fixes followed within the window.
    pub hotfix: bool,
    /// It never passed acceptance and was fixed next.
    pub acceptance: bool,
    /// An incident names it or was opened soon after it.
    pub incident: bool,
    /// It did not come through.
    pub attempt: bool,
    /// Its deploy run failed after deploying.
    pub run: bool,
}

impl Default for FailureRules {
    fn default() -> Self {
        Self {
            rollback: true,
            revert: true,
            hotfix: true,
            acceptance: true,
            incident: true,
            attempt: true,
            run: true,
        }
    }
}

/// The three thresholds of one metric in one band profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Limit of the elite band.
    pub elite: f64,
    /// Limit of the high band.
    pub high: f64,
    /// Limit of the medium band.
    pub medium: f64,
}

/// Thresholds a user wrote in config; a metric left out keeps the built-in ones.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CustomThresholds {
    /// Deployments per day.
    pub deployment_frequency: Option<Thresholds>,
    /// Lead time in minutes.
    pub lead_time_minutes: Option<Thresholds>,
    /// Change failure rate as a fraction.
    pub change_failure_rate: Option<Thresholds>,
    /// Time to restore in minutes.
    pub mttr_minutes: Option<Thresholds>,
}

/// What config says of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentSettings {
    /// Path of its state file inside the repository.
    pub state_file: Option<String>,
    /// Whether it is a production environment.
    pub is_production: Option<bool>,
    /// The workflow file that deploys to it.
    pub deploy_workflow: Option<String>,
}

/// What config says of a component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ComponentSettings {
    /// Path of its repository, relative to the analysed repository's root.
    pub repository: Option<String>,
    /// Path prefixes of a monorepo component.
    pub paths: Vec<String>,
    /// Its repository on GitHub, `owner/name`, on the host of the analysed one: asked for its commits
    /// when it is not cloned.
    pub github: Option<String>,
    /// The ref up to which its changes wait.
    pub waiting_ref: Option<String>,
}

/// Which issues tell of incidents: patterns in which `*` stands for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentSettings {
    /// Labels.
    pub labels: Vec<String>,
    /// Titles.
    pub titles: Vec<String>,
}

impl Default for IncidentSettings {
    fn default() -> Self {
        let labels = [
            "incident",
            "incidents",
            "*:incident",
            "*: incident",
            "*/incident",
            "outage",
            "*:outage",
            "*: outage",
            "*/outage",
            "sev0",
            "sev1",
            "sev2",
            "sev3",
            "sev-0",
            "sev-1",
            "sev-2",
            "sev-3",
        ];
        Self {
            labels: labels.map(str::to_owned).to_vec(),
            titles: Vec::new(),
        }
    }
}

/// Everything that can be set, with the built-in values as default.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many days `init` shows as baseline.
    pub lookback_days: u32,
    /// Zone of calendar periods and weeks.
    pub timezone: Tz,
    /// The environment the headline is about.
    pub measured_environment: Option<String>,
    /// Environments by name.
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// Components by name.
    pub components: BTreeMap<String, ComponentSettings>,
    /// Name of the band profile, if one was chosen.
    pub bands: Option<String>,
    /// Thresholds of the user's own.
    pub thresholds: Option<CustomThresholds>,
    /// Which time a change counts from.
    pub lead_time_start: LeadTimeStart,
    /// Failure rules that are on.
    pub failure_rules: FailureRules,
    /// Window of the rules `hotfix` and `acceptance`, in minutes.
    pub hotfix_window_minutes: u32,
    /// Window of the rule `incident`, in hours.
    pub incident_window_hours: u32,
    /// Issues that tell of incidents.
    pub incidents: IncidentSettings,
    /// Accounts whose pull requests are those of bots, beside the ones that GitHub calls so: patterns
    /// of logins.
    pub bots: Vec<String>,
    /// The value stream.
    pub flow: FlowSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lookback_days: 90,
            timezone: Tz::UTC,
            measured_environment: None,
            environments: BTreeMap::new(),
            components: BTreeMap::new(),
            bands: None,
            thresholds: None,
            lead_time_start: LeadTimeStart::Author,
            failure_rules: FailureRules::default(),
            hotfix_window_minutes: 60,
            incident_window_hours: 24,
            incidents: IncidentSettings::default(),
            bots: Vec::new(),
            flow: FlowSettings::default(),
        }
    }
}
