//! The checks of what surrounds the data: this program and others of its name, the terminal, and the
//! way to GitHub. No program is run and no connection opened.

use std::path::{Path, PathBuf};

use crate::model::{GithubKnown, shell_path};
use crate::render::Charset;
use crate::report::doctor::Check;
use crate::report::quantity::duration;
use crate::store::SCHEMA_VERSION;

use super::super::output::Output;
use super::super::session::Account;

/// Variables that hold a token, as `sources::github` looks for them.
const TOKENS: [&str; 4] = [
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
];

/// Program, path and terminal.
pub(super) fn checks(output: &Output) -> Vec<Check> {
    vec![program(), path(), terminal(output)]
}

fn program() -> Check {
    Check::new(
        "program",
        format!(
            "dora {}, files of version {SCHEMA_VERSION}",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

/// Whether typing `dora` runs this program.
fn path() -> Check {
    let Ok(this) = std::env::current_exe() else {
        return Check::new(
            "path",
            "unknown: the system does not say which program this is",
        );
    };
    let variable = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&variable)
        .map(|directory| directory.join(executable_name()))
        .find(|file| is_executable(file));
    let shown = this.display().to_string();
    match first {
        None => Check::new("path", shown).note("no `dora` is on PATH"),
        Some(first) if is_same(&first, &this) => Check::new("path", first.display().to_string()),
        Some(first) => {
            let directory = this.parent().unwrap_or(Path::new("."));
            Check::new("path", shown).warn(
                format!(
                    "`dora` alone runs another one, which comes first on PATH: {}",
                    first.display()
                ),
                format!("export PATH={}:\"$PATH\"", shell_path(directory)),
            )
        }
    }
}

fn executable_name() -> PathBuf {
    Path::new("dora").with_extension(std::env::consts::EXE_EXTENSION)
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// How text looks on standard output, and why.
fn terminal(output: &Output) -> Check {
    let decided = &output.decisions;
    let charset = match decided.charset.value {
        Charset::Unicode => "Unicode",
        Charset::Ascii => "ASCII",
    };
    let colour = match decided.colour.value {
        true => "colour",
        false => "no colour",
    };
    let check = Check::new(
        "terminal",
        format!(
            "{} columns ({}), {colour} ({}), {charset} ({})",
            decided.width.value,
            decided.width.because,
            decided.colour.because,
            decided.charset.because
        ),
    );
    let wrong = [
        ("DORA_COLOR", &["always", "never", "auto", ""][..]),
        ("DORA_CHARSET", &["unicode", "ascii", "auto", ""]),
    ];
    let check = wrong.iter().fold(check, |check, (name, known)| {
        match std::env::var(name).ok() {
            Some(value) if !known.contains(&value.as_str()) => check.warn(
                format!("{name} is `{value}`, which means nothing here"),
                format!("unset {name}, or set it to {} or {}", known[0], known[1]),
            ),
            _ => check,
        }
    });
    match std::env::var("COLUMNS").ok() {
        Some(columns) if columns.trim().parse::<usize>().is_err() => check.warn(
            format!("COLUMNS is `{columns}`, which is no number"),
            "unset COLUMNS".to_owned(),
        ),
        _ => check,
    }
}

/// What is cached of GitHub, and whether there is something to ask it with.
pub(super) fn github(account: &Account) -> Check {
    let gathered = &account.gathered;
    let facts = &gathered.facts;
    let Some(repository) = &gathered.github.repository else {
        return Check::new("github", "no remote of this repository is on GitHub");
    };
    let asked = match facts.github.as_ref().and_then(GithubKnown::last_checked) {
        Some(at) => {
            let age = (facts.as_of - at).as_seconds_f64().max(0.0) / 60.0;
            format!("asked {} ago", duration(age))
        }
        None => "never asked".to_owned(),
    };
    let is_set = |name: &&&str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let token = TOKENS.iter().find(is_set);
    let variable = std::env::var_os("PATH").unwrap_or_default();
    let has_gh = std::env::split_paths(&variable).any(|place| is_executable(&place.join("gh")));
    let way = match (token, has_gh) {
        (Some(name), _) => format!("{name} is set"),
        (None, true) => "gh is on PATH".to_owned(),
        (None, false) => "neither a token nor gh".to_owned(),
    };
    let check = Check::new("github", format!("{repository}: {asked}; {way}"));
    match (facts.github.is_some(), token.is_some() || has_gh) {
        (false, true) => check.note("dora sync adds runs, pull requests and incidents"),
        (false, false) => check.note(
            "with a token (GH_TOKEN) or `gh auth login`, dora sync adds runs, pull requests and \
             incidents",
        ),
        (true, _) => check,
    }
}
