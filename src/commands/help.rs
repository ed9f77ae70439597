//! `dora help`: commands from their declaration, and the topics exit-codes, periods and formats.

use crate::cli::{self, Cli};
use crate::error::{Error, Exit};
use crate::render::Format;

use super::output::Output;

/// Topics that are no commands.
const TOPICS: [&str; 3] = ["exit-codes", "periods", "formats"];

/// Prints the help asked for.
pub(super) fn run(flags: &cli::Help, output: &mut Output) -> Result<Exit, Error> {
    let words = flags.topic.join(" ");
    let topic = (!words.is_empty()).then_some(words.as_str());
    let text = match topic {
        None => Cli::help_of(None, true),
        Some(name) => self::topic(name).or_else(|| Cli::help_of(Some(name), true)),
    };
    match text {
        Some(text) => {
            output.say(&text);
            Ok(Exit::Done)
        }
        None => Err(Error::usage(format!(
            "there is no command or topic `{}`",
            topic.unwrap_or_default()
        ))
        .hint(format!(
            "commands: {}; topics: {}",
            Cli::command_names().join(", "),
            TOPICS.join(", ")
        ))),
    }
}

/// The text of a topic.
pub(super) fn topic(name: &str) -> Option<String> {
    match name {
        "exit-codes" => Some(exit_codes()),
        "periods" => Some(PERIODS.to_owned()),
        "formats" => Some(formats()),
        _ => None,
    }
}

/// What the program says when there is nothing to report on.
pub(super) fn short() -> String {
    SHORT.to_owned()
}

const SHORT: &str = "\
dora: DORA metrics from the history of a git repository, local and exact

It reads what is there already: state/<environment>-deployed-versions.json files
that a pipeline commits at every deployment, or release tags.

  dora demo                       a sample project and its report, in seconds
  dora init                       in a repository: find the data, keep settings
  dora report                     the four metrics of the last 30 days
  dora report --verbose           everything behind them
  dora why lead-time              one number, opened down to its rows
  dora help                       all commands and options
";

fn exit_codes() -> String {
    let mut text = String::from("Exit codes\n\n");
    for exit in Exit::ALL {
        text.push_str(&format!("  {:>3}  {}\n", exit.code(), exit.meaning()));
    }
    text
}

const PERIODS: &str = "\
Periods

  30, 30d               the last 30 x 24 hours (the default)
  2w, 12h               the last 2 x 7 x 24 hours, the last 12 hours
  3mo, 1y               calendar months and years back from now
  2026-08-15            one day
  2026-W34              an ISO week, Monday to Sunday
  2026-08               a month
  2026-Q3, 2026-H2      a quarter, half a year
  2026                  a year
  2026-08-01..2026-08-31   from day to day, both whole
  2026-08-01T09:00:00Z..2026-08-02T09:00:00Z   from instant to instant
  2026-08-01.., ..2026-08-31   without an end (now) or a start (of the record)
  today, yesterday, this-week, last-week, this-month, last-month,
  this-quarter, last-quarter, this-year, last-year

Days, weeks and months are those of the configured zone (`timezone` in
.dora/config.json, DORA_TIMEZONE; UTC by default). A period holds its first
instant and not its last. One that reaches past now, or past --as-of, ends there
and is marked incomplete. It is compared with the period of equal length before
it; a calendar period with the calendar period before.
";

fn formats() -> String {
    let mut text = String::from(
        "\
Formats

  text   for people: one screen; --compact, --verbose, --compare, --accessible
  json   the whole report, field names are a contract (docs/data-files.md)
  csv    report: one row per metric, or per deployment with --of deployments;
         flow: one row per item with its hours in each stage, or what --of names
  md     tables for a document

--format chooses the format of the standard output. --export FILE writes a file
beside it, as often as given; its extension decides:
",
    );
    for (extension, format) in Format::EXTENSIONS {
        let name = match format {
            Format::Text => "text",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Markdown => "md",
        };
        text.push_str(&format!("  .{extension:<10} {name}\n"));
    }
    text.push_str(
        "\
--export without FILE writes dora-report-<period>.csv (dora-flow-…, dora-value-…). --from FILE renders a
report that was exported as JSON again, in any format.
",
    );
    text
}
