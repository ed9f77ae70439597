//! What the names of workflows, jobs and environments say: whether something is deployed, to which
//! environment, or that it only looks like it. Words are split where letters and digits end, and
//! where a capital follows a small letter.

use std::collections::BTreeSet;

use crate::model::environment::production_likeness;

const DEPLOYING: [&str; 14] = [
    "deploy",
    "deploys",
    "deploying",
    "deployed",
    "deployer",
    "deployment",
    "deployments",
    "rollout",
    "rollouts",
    "ship",
    "shipping",
    "promote",
    "promotes",
    "promotion",
];

const RELEASING: [&str; 7] = [
    "release",
    "releases",
    "releasing",
    "publish",
    "publishes",
    "publishing",
    "publication",
];

/// Environments that a name alone means, without a word of deploying.
const ENVIRONMENTS: [&str; 7] = [
    "production",
    "prod",
    "live",
    "staging",
    "stage",
    "uat",
    "preprod",
];

const CHECKING: [&str; 30] = [
    "test",
    "tests",
    "testing",
    "tested",
    "lint",
    "linting",
    "ci",
    "build",
    "builds",
    "check",
    "checks",
    "docs",
    "doc",
    "documentation",
    "e2e",
    "nightly",
    "integration",
    "unit",
    "smoke",
    "audit",
    "scan",
    "security",
    "coverage",
    "benchmark",
    "validate",
    "verify",
    "verification",
    "plan",
    "monitor",
    "health",
];

/// What takes away, or only tries.
const NEVER: [&str; 10] = [
    "undeploy",
    "undeployment",
    "cleanup",
    "teardown",
    "destroy",
    "preview",
    "previews",
    "dryrun",
    "rollbacktest",
    "ephemeral",
];

/// What is done around a release, and releases nothing.
const AROUND_A_RELEASE: [&str; 7] = [
    "drafter",
    "draft",
    "please",
    "notes",
    "changelog",
    "label",
    "labeler",
];

/// Jobs that tell others, or tidy up: how they end says nothing of the product.
const TELLING: [&str; 22] = [
    "announce",
    "announcement",
    "artifact",
    "artifacts",
    "badge",
    "cache",
    "chat",
    "clean",
    "cleanup",
    "comment",
    "discord",
    "email",
    "mail",
    "notification",
    "notifications",
    "notify",
    "purge",
    "report",
    "slack",
    "summary",
    "teams",
    "telegram",
];

/// What is published beside a product.
const BESIDE_A_PRODUCT: [&str; 6] = ["docs", "doc", "documentation", "pages", "storybook", "wiki"];

/// What says how or when something is deployed, not what.
const MANNER: [&str; 28] = [
    "and",
    "auto",
    "automatic",
    "back",
    "cd",
    "cicd",
    "continuous",
    "dispatch",
    "emergency",
    "hotfix",
    "main",
    "manual",
    "manually",
    "master",
    "new",
    "old",
    "on",
    "pipeline",
    "push",
    "redeploy",
    "revert",
    "roll",
    "rollback",
    "tag",
    "the",
    "to",
    "trigger",
    "workflow",
];

/// Two words that mean one.
const PAIRS: [(&str, &str, &str); 9] = [
    ("roll", "out", "rollout"),
    ("pre", "prod", "preprod"),
    ("pre", "production", "preprod"),
    ("non", "prod", "nonprod"),
    ("non", "production", "nonprod"),
    ("clean", "up", "cleanup"),
    ("tear", "down", "teardown"),
    ("dry", "run", "dryrun"),
    ("rollback", "test", "rollbacktest"),
];

/// The words of a name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Splits a name.
    pub(super) fn of(name: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut word = String::new();
        let mut before = ' ';
        for c in name.chars().chain([' ']) {
            let begins_anew = c.is_uppercase() && !before.is_uppercase();
            if (!c.is_alphanumeric() || begins_anew) && !word.is_empty() {
                push(&mut words, std::mem::take(&mut word));
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            }
            before = c;
        }
        Self(words)
    }

    fn first_of(&self, known: &[&str]) -> Option<&str> {
        let mut words = self.0.iter().map(String::as_str);
        words.find(|word| known.contains(word))
    }

    /// Whether a word is among them.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|known| known == word)
    }

    /// The word that says that it deploys, if one does.
    pub(super) fn deploying(&self) -> Option<&str> {
        self.first_of(&DEPLOYING)
    }

    /// The word that says that it releases, if one does.
    pub(super) fn releasing(&self) -> Option<&str> {
        self.first_of(&RELEASING)
    }

    /// The word that says that it tells others or tidies up, if one does.
    pub(super) fn telling(&self) -> Option<&str> {
        self.first_of(&TELLING)
    }

    /// The word that says that it checks something, if one does.
    pub(super) fn checking(&self) -> Option<&str> {
        self.first_of(&CHECKING)
    }

    /// The word that says that it deploys nothing that stays, if one does.
    pub(super) fn never(&self) -> Option<&str> {
        self.first_of(&NEVER)
    }

    /// The word that says that a release or a deployment is not that of the product, if one does.
    pub(super) fn beside(&self) -> Option<&str> {
        self.first_of(&AROUND_A_RELEASE)
            .or_else(|| self.first_of(&BESIDE_A_PRODUCT))
    }

    /// The most production-like word for an environment (spec 2.1). `release` is what is done, not
    /// where; `test` is both, and a place only where something is deployed to it.
    pub(super) fn environment(&self) -> Option<&str> {
        let before = std::iter::once("").chain(self.0.iter().map(String::as_str));
        let ranked = self.0.iter().zip(before).filter_map(|(word, before)| {
            let is_place = match word.as_str() {
                "release" => false,
                "test" => before == "to" || DEPLOYING.contains(&before),
                _ => true,
            };
            match production_likeness(word) {
                (0, rank) if is_place => Some((rank, word.as_str())),
                _ => None,
            }
        });
        ranked.min().map(|(_, word)| word)
    }

    /// Whether they say what is deployed, beside that, how and where something is: a part of the
    /// product.
    pub(super) fn name_a_part(&self) -> bool {
        let is_version = |word: &str| {
            let number = word.strip_prefix('v').unwrap_or(word);
            number.bytes().all(|byte| byte.is_ascii_digit())
        };
        let lists: [&[&str]; 5] = [&DEPLOYING, &RELEASING, &CHECKING, &ENVIRONMENTS, &MANNER];
        self.0.iter().map(String::as_str).any(|word| {
            let is_common = lists.iter().any(|list| list.contains(&word));
            let is_place = production_likeness(word).0 == 0;
            !is_common && !is_place && !is_version(word)
        })
    }

    /// The word for an environment that needs no word of deploying beside it.
    pub(super) fn plain_environment(&self) -> Option<&str> {
        self.environment()
            .filter(|word| ENVIRONMENTS.contains(word))
    }
}

fn push(words: &mut Vec<String>, word: String) {
    if let Some(last) = words.last_mut()
        && let Some((_, _, both)) = PAIRS
            .iter()
            .find(|(first, second, _)| last == first && word == *second)
    {
        *last = (*both).to_owned();
    } else {
        words.push(word);
    }
}

/// The known environment that a name means: itself in any case, its other common spelling, else the
/// name as it is.
pub(super) fn known_environment(name: &str, known: &BTreeSet<String>) -> String {
    let find = |wanted: &str| known.iter().find(|one| one.eq_ignore_ascii_case(wanted));
    let lower = name.to_ascii_lowercase();
    let other = match lower.as_str() {
        "prod" => "production",
        "production" => "prod",
        "stage" => "staging",
        "staging" => "stage",
        _ => "",
    };
    find(name)
        .or_else(|| find(other))
        .cloned()
        .unwrap_or_else(|| name.to_owned())
}

/// The known environment that a word in a name means: as [`known_environment`], else the only one
/// that begins with it (`production` means `production-eu`).
pub(super) fn environment_of_word(word: &str, known: &BTreeSet<String>) -> String {
    let name = known_environment(word, known);
    if known.contains(&name) {
        return name;
    }
    let mut longer = known.iter().filter(|one| {
        let rest = one.to_ascii_lowercase();
        rest.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    match (longer.next(), longer.next()) {
        (Some(only), None) => only.clone(),
        _ => name,
    }
}

/// Why an environment of GitHub is none to which a product is deployed, if it is none.
pub(super) fn is_no_environment(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is_pull_request = ["pr-", "pr_", "pr/", "pull-", "pull/"]
        .iter()
        .any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
    if name == "github-pages" {
        Some("it holds documentation")
    } else if name == "copilot" || name == "copilot-pull-request-reviewer" {
        Some("GitHub's own tools run in it")
    } else if is_pull_request || name.starts_with("preview") || name.starts_with("review/") {
        Some("it goes away again")
    } else {
        None
    }
}

/// Longest foreign name inside a reason, in characters.
const LONGEST_NAME: usize = 80;

/// A foreign name, cut where it is too long for a sentence.
pub(super) fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Where releases are published to rather than products deployed: an environment of that name guards
/// the right to publish, and what went there is what was tagged.
const RELEASES: [&str; 15] = [
    "cratesio",
    "dockerhub",
    "ghcr",
    "maven",
    "mavencentral",
    "npm",
    "npmjs",
    "nuget",
    "publish",
    "publishing",
    "pypi",
    "release",
    "releases",
    "rubygems",
    "testpypi",
];

/// Whether an environment of GitHub is one of releases.
pub(super) fn is_release(name: &str) -> bool {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    RELEASES.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn names_are_split_where_letters_end_and_where_a_capital_begins() {
        for (name, words) in [
            ("deploy-prod", vec!["deploy", "prod"]),
            ("Build, test & deploy", vec!["build", "test", "deploy"]),
            ("deployToUAT", vec!["deploy", "to", "uat"]),
            ("CI/CD", vec!["ci", "cd"]),
            ("e2e_tests.v2", vec!["e2e", "tests", "v2"]),
            (
                "Roll out to pre-production",
                vec!["rollout", "to", "preprod"],
            ),
            ("Über-Deploy", vec!["über", "deploy"]),
            ("…", vec![]),
        ] {
            assert_eq!(Words::of(name).0, words, "{name}");
        }
    }

    #[test]
    fn the_most_production_like_word_is_the_environment() {
        for (name, environment) in [
            ("deploy-prod", Some("prod")),
            ("promote-uat-to-production", Some("production")),
            ("release-staging", Some("staging")),
            ("release", None),
            ("test-and-deploy-dev", Some("dev")),
            ("deploy-test", Some("test")),
            ("Deploy to test", Some("test")),
            ("Build, test and deploy", None),
            ("deploy-pre-prod", Some("preprod")),
            ("deploy-non-prod", None),
            ("reproduction", None),
        ] {
            assert_eq!(Words::of(name).environment(), environment, "{name}");
        }
    }

    #[test]
    fn a_name_says_what_is_deployed_or_only_how_and_where() {
        for part in [
            "deploy-api",
            "deploy_web_production",
            "ReleaseBackend",
            "ship-docs-site",
        ] {
            assert!(Words::of(part).name_a_part(), "{part}");
        }
        for whole in [
            "deploy",
            "ci",
            "cd",
            "deploy-rollback",
            "roll-back",
            "hotfix",
            "manual-deploy-prod",
            "deploy-v2",
            "release_2",
            "deploy to staging",
            "",
        ] {
            assert!(!Words::of(whole).name_a_part(), "{whole}");
        }
    }

    #[test]
    fn a_name_means_the_known_environment_with_the_same_meaning() {
        let both = known(&["prod", "production"]);
        let eu = known(&["production-eu", "uat"]);
        assert_eq!(
            known_environment("prod", &known(&["production"])),
            "production"
        );
        assert_eq!(known_environment("prod", &both), "prod");
        assert_eq!(
            known_environment("Production", &known(&["production"])),
            "production"
        );
        assert_eq!(known_environment("prod", &known(&["uat"])), "prod");
        assert_eq!(known_environment("production", &eu), "production");
        assert_eq!(environment_of_word("production", &eu), "production-eu");
        assert_eq!(
            environment_of_word("production", &known(&["production-eu", "production-us"])),
            "production"
        );
        assert_eq!(environment_of_word("live", &known(&["liverpool"])), "live");
    }

    #[test]
    fn what_goes_away_again_is_no_environment() {
        for name in [
            "github-pages",
            "copilot",
            "pr-12",
            "preview",
            "Preview-7",
            "review/login",
        ] {
            assert!(is_no_environment(name).is_some(), "{name}");
        }
        for name in ["production", "pr-eu", "reviewed", "pre-prod"] {
            assert_eq!(is_no_environment(name), None, "{name}");
        }
    }
}
