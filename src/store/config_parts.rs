//! `environments` and `components` in config.json: paths that stay inside the repository, and the one
//! that may lead to a clone beside it. The rest of the file is read in `config`.

use crate::model::github::GithubRepository;
use crate::model::settings::{ComponentSettings, EnvironmentSettings};

use super::config_fields::Fields;
use super::json_positions::{Located, Member};

const ENVIRONMENT_KEYS: [&str; 3] = ["state_file", "is_production", "deploy_workflow"];
const COMPONENT_KEYS: [&str; 4] = ["repository", "paths", "ref", "github"];
const INCIDENT_KEYS: [&str; 2] = ["labels", "titles"];
/// No pattern needs to be longer, no list to hold more.
const LONGEST_PATTERN: usize = 200;
const MOST_PATTERNS: usize = 100;

/// One environment, by its name.
pub(super) fn environment(fields: &mut Fields<'_>, named: &Member) -> EnvironmentSettings {
    let mut settings = EnvironmentSettings::default();
    let inside = named_key(fields, "environments", named);
    for member in fields.object(&inside, &named.value) {
        let key = format!("{inside}.{}", member.name);
        let value = &member.value;
        match member.name.as_str() {
            "state_file" => settings.state_file = fields.confined_path(&key, value),
            "is_production" => settings.is_production = fields.truth(&key, value),
            "deploy_workflow" => settings.deploy_workflow = fields.confined_path(&key, value),
            _ => fields.unknown_key(&inside, member, &ENVIRONMENT_KEYS),
        }
    }
    settings
}

/// One component, by its name.
pub(super) fn component(fields: &mut Fields<'_>, named: &Member) -> ComponentSettings {
    let mut settings = ComponentSettings::default();
    let inside = named_key(fields, "components", named);
    for member in fields.object(&inside, &named.value) {
        let key = format!("{inside}.{}", member.name);
        let value = &member.value;
        match member.name.as_str() {
            "repository" => settings.repository = repository(fields, &key, value),
            "paths" => {
                for item in value.items() {
                    settings.paths.extend(fields.confined_path(&key, item));
                }
            }
            "ref" => settings.waiting_ref = reference(fields, &key, value),
            "github" => settings.github = owner_and_name(fields, &key, value),
            _ => fields.unknown_key(&inside, member, &COMPONENT_KEYS),
        }
    }
    settings
}

/// `environments.<name>`; an empty name is a fault.
fn named_key(fields: &mut Fields<'_>, inside: &str, named: &Member) -> String {
    if named.name.trim().is_empty() || named.name.chars().any(char::is_control) {
        let message = format!("a name in `{inside}` is empty or holds a control character");
        fields.fault(named.at, message, None);
    }
    format!("{inside}.{}", named.name)
}

/// The one path that may lead out of the repository; but never to another host.
fn repository(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<String> {
    let path = fields.text(key, value)?;
    let is_remote = path.contains("://")
        || path.starts_with("\\\\")
        || path
            .split_once(':')
            .is_some_and(|(host, _)| host.len() > 1 && !host.contains('/'));
    if is_remote {
        let message = format!("`{key}` \"{path}\" is an address; expected the path of a clone");
        let suggestion = "clone it beside this repository and write \"../<name>\"".to_owned();
        fields.fault(value.at, message, Some(suggestion));
        return None;
    }
    Some(path)
}

/// `owner/name`: which host it is on is never the repository's to say.
fn owner_and_name(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<String> {
    let text = fields.text(key, value)?;
    let is_named = text
        .split_once('/')
        .is_some_and(|(owner, name)| GithubRepository::new("github.com", owner, name).is_some());
    if !is_named {
        let message = format!("`{key}` \"{text}\" names no repository on GitHub");
        let suggestion = "write owner/name, like \"acme/shop-web\"".to_owned();
        fields.fault(value.at, message, Some(suggestion));
        return None;
    }
    Some(text)
}

/// `incidents`: patterns of labels and of titles.
pub(super) fn incidents(
    fields: &mut Fields<'_>,
    value: &Located,
) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let (mut labels, mut titles) = (None, None);
    for member in fields.object("incidents", value) {
        let key = format!("incidents.{}", member.name);
        match member.name.as_str() {
            "labels" => labels = Some(patterns(fields, &key, &member.value)),
            "titles" => titles = Some(patterns(fields, &key, &member.value)),
            _ => fields.unknown_key("incidents", member, &INCIDENT_KEYS),
        }
    }
    (labels, titles)
}

/// A list of patterns, or one.
pub(super) fn patterns(fields: &mut Fields<'_>, key: &str, value: &Located) -> Vec<String> {
    let items = value.items();
    if items.len() > MOST_PATTERNS {
        let message = format!("`{key}` holds more than {MOST_PATTERNS} patterns");
        fields.fault(value.at, message, None);
        return Vec::new();
    }
    let mut patterns = Vec::new();
    for item in items {
        let Some(text) = fields.text(key, item) else {
            continue;
        };
        if text.chars().count() > LONGEST_PATTERN || text.trim_matches('*').is_empty() {
            let message = format!("`{key}` \"{text}\" is no pattern");
            let suggestion = "write the words that have to be there, like \"sev*\"".to_owned();
            fields.fault(item.at, message, Some(suggestion));
        } else {
            patterns.push(text);
        }
    }
    patterns
}

fn reference(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<String> {
    let name = fields.text(key, value)?;
    if name.starts_with('-') || name.contains(char::is_whitespace) {
        let message = format!("`{key}` \"{name}\" cannot be the name of a ref");
        let suggestion = "write a branch or tag, like \"origin/main\"".to_owned();
        fields.fault(value.at, message, Some(suggestion));
        return None;
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;
    use crate::store::config::{Config, parse};

    fn read(text: &str) -> Result<Config, Vec<String>> {
        parse(text.as_bytes(), "c").map_err(|error| match error {
            StoreError::Configuration(faults) => {
                faults.into_iter().map(|fault| fault.message).collect()
            }
            other => panic!("{other}"),
        })
    }

    #[test]
    fn environments_and_components_are_read_by_name() {
        let text = r#"{
            "environments": {
                "production": { "state_file": "./state/p.json", "is_production": true,
                                "deploy_workflow": "release.yml" },
                "blue": { "is_production": true }, "qa": null },
            "components": { "web": { "repository": "../web", "paths": "web/", "ref": "origin/main",
                                     "github": "acme/shop-web" },
                            "api": { "paths": ["api/", "shared/"] } } }"#;
        let layer = read(text).unwrap().layer;
        assert_eq!(
            layer.environments["production"],
            EnvironmentSettings {
                state_file: Some("state/p.json".into()),
                is_production: Some(true),
                deploy_workflow: Some("release.yml".into()),
            }
        );
        assert_eq!(layer.environments["blue"].is_production, Some(true));
        assert!(!layer.environments.contains_key("qa"));
        assert_eq!(
            layer.components["web"],
            ComponentSettings {
                repository: Some("../web".into()),
                paths: vec!["web/".into()],
                github: Some("acme/shop-web".into()),
                waiting_ref: Some("origin/main".into()),
            }
        );
        assert_eq!(layer.components["api"].paths, ["api/", "shared/"]);
    }

    #[test]
    fn a_repository_on_github_names_no_host_and_a_pattern_says_something() {
        let text = r#"{ "components": { "web": { "github": "evil.test/acme/web" } },
                        "incidents": { "labels": ["sev*", "**"], "title": "x" }, "bots": [7] }"#;
        assert_eq!(
            read(text).unwrap_err(),
            [
                "`components.web.github` \"evil.test/acme/web\" names no repository on GitHub",
                "`incidents.labels` \"**\" is no pattern",
                "`bots` is a number; expected text",
            ]
        );
    }

    #[test]
    fn no_path_but_a_clones_leads_out_of_the_repository() {
        for path in [
            "/etc/passwd",
            "../x",
            "state/../../x",
            "C:/x",
            "~/x",
            "a\\..\\b",
        ] {
            let text = serde_json::json!({
                "environments": { "e": { "state_file": path, "deploy_workflow": path } },
                "components": { "c": { "paths": [path, "fine/"] } }
            });
            let faults = read(&text.to_string()).unwrap_err();
            assert_eq!(faults.len(), 3, "{path}");
            assert!(faults[0].ends_with("leads out of the repository"), "{path}");
        }
        assert!(read(r#"{"components":{"c":{"repository":"/srv/git/shop"}}}"#).is_ok());
        assert!(read(r#"{"environments":{"e":{"state_file":"state/a..b.json"}}}"#).is_ok());
    }

    #[test]
    fn a_clone_is_a_path_and_never_a_host() {
        for address in [
            "https://example.test/x.git",
            "git@example.test:acme/x.git",
            "host:x",
            "file:///x",
        ] {
            let text = format!("{{\"components\":{{\"c\":{{\"repository\":\"{address}\"}}}}}}");
            let faults = read(&text).unwrap_err();
            assert!(faults[0].contains("is an address"), "{address}");
        }
        assert!(read(r#"{"components":{"c":{"repository":"C:/git/x"}}}"#).is_ok());
        assert!(read(r#"{"components":{"c":{"ref":"--upload-pack=x"}}}"#).is_err());
        assert!(read(r#"{"components":{"":{}}}"#).is_err());
    }
}
