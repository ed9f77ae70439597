//! Which format an export is in: told from its content, never from its name. The formats are asked in
//! the order of how certain they can be; what none of them knows is described, so that a person sees
//! why. Each format reads itself.

use std::io::{self, Read, SeekFrom};

use super::json_head::JsonHead;
use super::text::head;
use super::{Input, ReadOptions, Sink};
use super::{
    azure_csv, azure_json, focalboard, github_issues, github_project, gitlab, gitlab_csv, jira_cli,
    jira_csv, jira_json, linear, linear_csv, plain_csv, stage_dates,
};

/// A format of exports.
#[derive(Debug, Clone, Copy)]
pub struct Format(&'static Reader);

type Reading = fn(&mut dyn Input, &ReadOptions<'_>, &mut Sink<'_>) -> io::Result<()>;

#[derive(Debug)]
struct Reader {
    name: &'static str,
    title: &'static str,
    recognise: fn(&str) -> bool,
    read: Reading,
}

/// All formats, in the order in which they are asked: those that need the most signs first.
const READERS: [Reader; 14] = [
    Reader {
        name: "focalboard",
        title: "Focalboard archive or API",
        recognise: focalboard::recognise,
        read: focalboard::read,
    },
    Reader {
        name: "jira-json",
        title: "Jira search with changelog",
        recognise: jira_json::recognise,
        read: jira_json::read,
    },
    Reader {
        name: "jira-cli",
        title: "jira-cli list",
        recognise: jira_cli::recognise,
        read: jira_cli::read,
    },
    Reader {
        name: "azure-json",
        title: "Azure DevOps updates or revisions",
        recognise: azure_json::recognise,
        read: azure_json::read,
    },
    Reader {
        name: "github-issues",
        title: "GitHub issues",
        recognise: github_issues::recognise,
        read: github_issues::read,
    },
    Reader {
        name: "github-project",
        title: "GitHub project items",
        recognise: github_project::recognise,
        read: github_project::read,
    },
    Reader {
        name: "linear-json",
        title: "Linear issues",
        recognise: linear::recognise,
        read: linear::read,
    },
    Reader {
        name: "gitlab-json",
        title: "GitLab issues",
        recognise: gitlab::recognise,
        read: gitlab::read,
    },
    Reader {
        name: "jira-csv",
        title: "Jira CSV",
        recognise: jira_csv::recognise,
        read: jira_csv::read,
    },
    Reader {
        name: "azure-csv",
        title: "Azure DevOps CSV",
        recognise: azure_csv::recognise,
        read: azure_csv::read,
    },
    Reader {
        name: "gitlab-csv",
        title: "GitLab CSV",
        recognise: gitlab_csv::recognise,
        read: gitlab_csv::read,
    },
    Reader {
        name: "linear-csv",
        title: "Linear CSV",
        recognise: linear_csv::recognise,
        read: linear_csv::read,
    },
    Reader {
        name: "stage-dates",
        title: "CSV with a date per stage (ID,Link,Name,…)",
        recognise: stage_dates::recognise,
        read: stage_dates::read,
    },
    Reader {
        name: "csv",
        title: "plain CSV (key,status,created,updated)",
        recognise: plain_csv::recognise,
        read: plain_csv::read,
    },
];

/// A file that no format knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What it looks like, in words; may hold foreign text.
    pub looks_like: String,
}

impl Format {
    /// All that are known.
    pub fn all() -> impl Iterator<Item = Self> {
        READERS.iter().map(Self)
    }

    /// The one of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// What it is called where it is chosen.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What it is called for people.
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// Which format an export is in.
    ///
    /// # Errors
    /// When the input cannot be read. What no format knows is no error of the reading.
    pub fn recognise(input: &mut dyn Input) -> io::Result<Result<Self, Unknown>> {
        let mut first = Vec::new();
        input.seek(SeekFrom::Start(0))?;
        (&mut *input).take(8).read_to_end(&mut first)?;
        let head = head(input)?;
        let is_archive = focalboard::is_archive(&first);
        let known = Self::all().find(|format| match is_archive {
            true => format.name() == "focalboard",
            false => (format.0.recognise)(&head),
        });
        Ok(known.ok_or_else(|| Unknown {
            looks_like: looks_like(&head, &first),
        }))
    }

    /// Reads an export in this format, from its beginning.
    ///
    /// # Errors
    /// When the input cannot be read, or is damaged as a whole.
    pub fn read(
        self,
        input: &mut dyn Input,
        options: &ReadOptions<'_>,
        sink: &mut Sink<'_>,
    ) -> io::Result<()> {
        input.seek(SeekFrom::Start(0))?;
        (self.0.read)(input, options, sink)
    }
}

/// What a file looks like that nobody knows.
fn looks_like(head: &str, first: &[u8]) -> String {
    const MOST_NAMES: usize = 8;
    const LONGEST: usize = 120;
    let text = head.trim_start_matches('\u{feff}').trim_start();
    if first.is_empty() || text.is_empty() {
        return "it is empty".to_owned();
    }
    if first.starts_with(&[0x1f, 0x8b]) {
        return "it is compressed (gzip): unpack it first".to_owned();
    }
    if text.chars().take(1_000).any(|sign| sign == '\0') {
        return "it is no text".to_owned();
    }
    let seen = JsonHead::of(text);
    if seen.is_json() {
        let names = seen.shortest(MOST_NAMES);
        return match names.is_empty() {
            true => "it is JSON without names".to_owned(),
            false => format!("it is JSON with `{}`", names.join("`, `")),
        };
    }
    if text.starts_with('<') {
        return "it looks like HTML or XML: a page of the tracker instead of an export?".to_owned();
    }
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LONGEST).collect();
    let is_cut = cut.len() < line.len();
    format!("its first line is `{cut}{}`", if is_cut { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    fn recognised(content: &[u8]) -> Result<&'static str, String> {
        Format::recognise(&mut Cursor::new(content.to_vec()))
            .unwrap()
            .map(Format::name)
            .map_err(|unknown| unknown.looks_like)
    }

    #[test]
    fn every_example_is_recognised_by_one_format_alone() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/work-items");
        let mut count = 0;
        for entry in std::fs::read_dir(examples).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension == "md") {
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut input = Cursor::new(std::fs::read(&path).unwrap());
            let known = Format::recognise(&mut input).unwrap();
            let known = known.unwrap_or_else(|unknown| panic!("{name}: {}", unknown.looks_like));
            let head = head(&mut input).unwrap();
            let all: Vec<_> = READERS
                .iter()
                .filter(|reader| (reader.recognise)(&head))
                .map(|reader| reader.name)
                .collect();
            assert!(all.len() <= 1, "{name}: {all:?}");
            let tracker = name.split(['-', '.']).next().unwrap();
            let of_it = match tracker {
                "plain" => "csv",
                other => other,
            };
            assert!(
                known.name().starts_with(of_it),
                "{name} is {}",
                known.name()
            );
            count += 1;
        }
        assert!(count > 3);
    }

    #[test]
    fn what_nobody_knows_is_described() {
        for (content, expected) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            (
                "{\"a\":1,\"b\":{\"c\":2}}",
                "it is JSON with `a`, `b`, `b.c`",
            ),
            ("[1,2]", "it is JSON without names"),
            ("name;age\nx;3\n", "its first line is `name;age`"),
            (
                "<!doctype html>",
                "it looks like HTML or XML: a page of the tracker instead of an export?",
            ),
        ] {
            assert_eq!(recognised(content.as_bytes()), Err(expected.to_owned()));
        }
        assert_eq!(
            recognised(b"\x1f\x8b\x08\0"),
            Err("it is compressed (gzip): unpack it first".to_owned())
        );
        assert_eq!(recognised(b"ab\0cd"), Err("it is no text".to_owned()));
    }

    #[test]
    fn names_of_formats_are_unique_and_found_again() {
        for format in Format::all() {
            assert_eq!(
                Format::of_name(format.name()).map(Format::title),
                Some(format.title())
            );
        }
        let mut names: Vec<_> = Format::all().map(Format::name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(Format::of_name("word").is_none());
    }
}
