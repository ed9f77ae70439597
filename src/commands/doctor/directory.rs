//! The checks of `.dora/`: is it there, is each file whole and of this version, is the lock free, and
//! does git do with it what it was told. Nothing is written.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::path::Path;

use crate::model::github::{
    GithubDeployment, IncidentIssue, PullRequest, RemoteCommit, WorkflowRun,
};
use crate::model::{Notice, WorkItem, shell_path};
use crate::report::doctor::{Check, Status, add_notices_to};
use crate::report::quantity::plural;
use crate::sources::git::Repository;
use crate::store::derived::NAMES;
use crate::store::{DerivedState, LockState, Store, StoreError, ToldToGit};

/// What came of reading the files.
#[derive(Default)]
pub(super) struct Records {
    /// Whether a report could read all that it needs.
    pub(super) are_readable: bool,
    /// What was left out of those that can be read.
    pub(super) notices: Vec<Notice>,
    /// The work items that are known.
    pub(super) items: Vec<WorkItem>,
}

/// The store, if it can be opened.
pub(super) fn open(root: Option<&Path>, checks: &mut Vec<Check>) -> Option<Store> {
    let opened = root.map_or(Ok(None), Store::open);
    let (store, check) = match opened {
        Ok(Some(store)) => {
            let check = unwritable(&store, Check::new("directory", ".dora/"));
            (Some(store), check)
        }
        Ok(None) => {
            let check = Check::new("directory", "no .dora/: reports work without");
            (None, check.note("dora init keeps settings and records"))
        }
        Err(error) => {
            let check = Check::new("directory", ".dora/ cannot be used");
            (None, check.fail(error.to_string(), error.hint()))
        }
    };
    checks.push(check);
    store
}

/// Whether something can be recorded. Files are opened as a writer opens them, and left as they are.
fn unwritable(store: &Store, check: Check) -> Check {
    let place = shell_path(store.path());
    let mend = format!("chmod -R u+w {place}");
    let refuses = |name: &&str| {
        let path = store.path().join(name);
        let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
        let opened = is_file.then(|| OpenOptions::new().append(true).open(&path));
        opened.and_then(Result::err)
    };
    for name in ["lock", "records.jsonl", "work-items.jsonl", "config.json"] {
        if let Some(error) = refuses(&name) {
            let message =
                format!(".dora/{name} cannot be written ({error}): nothing can be recorded");
            return check.fail(message, mend);
        }
    }
    let is_read_only = store.path().metadata();
    match is_read_only.is_ok_and(|found| found.permissions().readonly()) {
        true => check.warn(
            ".dora/ is read-only: no file can be made or replaced in it",
            mend,
        ),
        false => check,
    }
}

/// Every file, the lock and what was left behind.
pub(super) fn files(store: Option<&Store>, checks: &mut Vec<Check>) -> Records {
    let Some(store) = store else {
        return Records {
            are_readable: true,
            ..Records::default()
        };
    };
    let mut records = Records {
        are_readable: true,
        ..Records::default()
    };
    let mut files = Check::new("files", "");
    let mut whole = Vec::new();
    for name in NAMES {
        match store.derived_state(name) {
            Ok(DerivedState::Missing) => {}
            Ok(DerivedState::Whole) => whole.push(name),
            Ok(DerivedState::Broken(reason)) => {
                let message = format!(".dora/{name} is damaged ({reason}); it can be made again");
                files.find(Status::Warn, message, Some("dora init".to_owned()));
            }
            Ok(DerivedState::CdAgents) => {
                let message = format!(".dora/{name} is cd-agent's, and nobody has taken it over");
                files.find(Status::Warn, message, Some("dora init".to_owned()));
            }
            Err(error) => unreadable(&mut files, &error, &mut records),
        }
    }
    if let Err(error) = store.cd_agent_records(&BTreeSet::new(), "") {
        unreadable(&mut files, &error, &mut records);
    }
    cached(store, &mut files, &mut records);
    files.summary = match (whole.is_empty(), files.status) {
        (true, Status::Ok) => "none derived yet".to_owned(),
        (true, _) => "none whole".to_owned(),
        (false, _) => format!("{} whole", whole.join(", ")),
    };
    checks.push(files);
    checks.push(recorded(store, &mut records));
    checks.push(work_items(store, &mut records));
    checks.push(lock(store));
    records
}

fn unreadable(check: &mut Check, error: &StoreError, records: &mut Records) {
    records.are_readable = false;
    let message = error.to_string();
    if check.findings.iter().all(|known| known.message != message) {
        check.find(Status::Fail, message, error.hint());
    }
}

/// The cache: thrown away when it is damaged, but a link or a newer one is refused.
fn cached(store: &Store, files: &mut Check, records: &mut Records) {
    let errors = [
        store.github::<WorkflowRun>().err(),
        store.github::<GithubDeployment>().err(),
        store.github::<PullRequest>().err(),
        store.github::<IncidentIssue>().err(),
        store.github::<RemoteCommit>().err(),
    ];
    for error in errors.into_iter().flatten() {
        unreadable(files, &error, records);
    }
}

fn recorded(store: &Store, records: &mut Records) -> Check {
    let mut check = Check::new("records", "");
    match store.records() {
        Ok(log) => {
            check.summary = match log.records.len() {
                0 => "none".to_owned(),
                count => plural(count, "record"),
            };
            // What they mean together is told by what is gathered from them.
            records.notices.extend(log.notices);
        }
        Err(error) => {
            check.summary = "cannot be read".to_owned();
            unreadable(&mut check, &error, records);
        }
    }
    check
}

fn work_items(store: &Store, records: &mut Records) -> Check {
    let mut check = Check::new("work-items", "");
    match store.work_items() {
        Ok(known) => {
            check.summary = match known.items.len() {
                0 => "none: dora import reads exports of trackers".to_owned(),
                count => plural(count, "work item"),
            };
            add_notices_to(&mut check, &known.notices);
            records.items = known.items;
        }
        // The numbers of deployments do not need them.
        Err(error) => {
            check.summary = "cannot be read".to_owned();
            check.find(Status::Fail, error.to_string(), error.hint());
        }
    }
    check
}

fn lock(store: &Store) -> Check {
    let mut check = match store.lock_state() {
        Ok(LockState::Free) => Check::new("lock", "free"),
        Ok(LockState::Left(holder)) => Check::new("lock", "free").note(format!(
            "{holder} ended without a word; its lock ended with it"
        )),
        Ok(LockState::Held(holder)) => Check::new("lock", "held").warn(
            format!("{holder} is writing; others wait for it"),
            "wait for it; a process that is gone holds no lock".to_owned(),
        ),
        Err(error) => {
            Check::new("lock", "cannot be looked at").fail(error.to_string(), error.hint())
        }
    };
    let is_held = check.summary == "held";
    match store.leftovers() {
        Ok(0) => {}
        Ok(_) if is_held => {}
        Ok(count) => {
            let message = format!(
                "{} of a process that was stopped {} there",
                plural(count, "temporary file"),
                if count == 1 { "lies" } else { "lie" }
            );
            check.find(Status::Warn, message, Some("dora init".to_owned()));
        }
        Err(error) => check.find(Status::Fail, error.to_string(), error.hint()),
    }
    check
}

/// Whether git ignores or tracks what `.dora/.gitignore` says.
pub(super) fn git_ignore(store: &Store, repository: &Repository, tracked: &[String]) -> Check {
    let told = match store.told_to_git() {
        Ok(told) => told,
        Err(error) => {
            let check = Check::new("git-ignore", "cannot be read");
            return check.fail(error.to_string(), error.hint());
        }
    };
    let check = Check::new(
        "git-ignore",
        match told {
            ToldToGit::IgnoreAll => "git ignores .dora/: what is recorded stays on this machine",
            ToldToGit::IgnoreCache => "git may track .dora/, except cache and lock",
            ToldToGit::Own => ".dora/.gitignore is your own",
            ToldToGit::Nothing => "no .dora/.gitignore",
        },
    );
    let caches = tracked
        .iter()
        .filter(|path| path.starts_with(".dora/cache/") || *path == ".dora/lock")
        .count();
    let check = match caches {
        0 => check,
        _ => check.warn(
            format!(
                "git tracks {} of the cache, which differs from machine to machine",
                plural(caches, "file")
            ),
            "git rm -r --cached --ignore-unmatch .dora/cache .dora/lock".to_owned(),
        ),
    };
    if told == ToldToGit::IgnoreAll {
        let truth = tracked.len() - caches;
        return match truth {
            0 => check,
            _ => check.warn(
                format!(
                    "git tracks {} in it all the same; new ones would be left out",
                    plural(truth, "file")
                ),
                "dora init --track".to_owned(),
            ),
        };
    }
    let left_out: Vec<String> = ["config.json", "records.jsonl", "work-items.jsonl"]
        .iter()
        .filter(|name| store.path().join(name).exists())
        .map(|name| format!(".dora/{name}"))
        .filter(|path| repository.is_ignored(path) && !tracked.contains(path))
        .collect();
    if told != ToldToGit::IgnoreCache || left_out.is_empty() {
        return check;
    }
    check.warn(
        format!(
            "a rule outside of .dora/ makes git ignore {}: --track is void",
            left_out.join(", ")
        ),
        format!(
            "git add --force {} (git check-ignore --verbose {} names the rule)",
            left_out.join(" "),
            left_out.first().map_or("", String::as_str)
        ),
    )
}
