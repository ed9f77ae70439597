//! The two streams: standard output gets the document asked for, rendered into a buffer and written
//! once; everything else goes to standard error. A closed pipe ends quietly.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use crate::cli::{self, Answer, Common};
use crate::error::{Error, Exit};
use crate::render::{
    self, CharsetChoice, ColourChoice, Decided, Style, decide_charset, decide_colour, decide_width,
    doctor, flow, trend, why,
};
use crate::report::Document;
use crate::report::doctor::Doctor;
use crate::report::explain::Explanation;
use crate::report::trend::TrendReport;
use crate::report::why::Why;
use crate::store::atomic_file;

/// What was decided of standard output, each with its reason.
pub(super) struct Decisions {
    /// Whether it is coloured.
    pub(super) colour: Decided<bool>,
    /// Which characters are written.
    pub(super) charset: Decided<render::Charset>,
    /// Columns of a line.
    pub(super) width: Decided<usize>,
}

/// Where everything goes that a command says.
pub(super) struct Output {
    /// How text looks on standard output.
    pub(super) style: Style,
    /// Why it looks so.
    pub(super) decisions: Decisions,
    /// The format asked for; text where nothing was.
    pub(super) format: render::Format,
    /// Whether a person watches standard error.
    pub(super) shows_progress: bool,
    /// Whether notices on standard error were declined.
    quiet: bool,
    error_style: Style,
    buffer: Vec<u8>,
}

impl Output {
    /// Decides colour, characters and width once, from flags, environment and streams.
    pub(super) fn new(common: &Common) -> Self {
        let env = |name: &str| std::env::var(name).ok();
        let colour = match common.color {
            cli::When::Auto => ColourChoice::Auto,
            cli::When::Always => ColourChoice::Always,
            cli::When::Never => ColourChoice::Never,
        };
        let charset = match common.charset {
            cli::Charset::Auto => CharsetChoice::Auto,
            cli::Charset::Unicode => CharsetChoice::Unicode,
            cli::Charset::Ascii => CharsetChoice::Ascii,
        };
        let stdout_is_terminal = io::stdout().is_terminal();
        let stderr_is_terminal = io::stderr().is_terminal();
        let terminal_width = terminal_size::terminal_size()
            .filter(|_| stdout_is_terminal)
            .map(|(width, _)| usize::from(width.0));
        let decisions = Decisions {
            colour: decide_colour(colour, env, stdout_is_terminal),
            charset: decide_charset(charset, env),
            width: decide_width(env, terminal_width),
        };
        let style = Style {
            colour: decisions.colour.value,
            charset: decisions.charset.value,
            width: decisions.width.value,
            accessible: common.accessible || is_set(env("DORA_ACCESSIBLE").as_deref()),
        };
        Self {
            error_style: Style {
                colour: decide_colour(colour, env, stderr_is_terminal).value,
                ..style
            },
            style,
            decisions,
            format: match common.format {
                None | Some(cli::Format::Text) => render::Format::Text,
                Some(cli::Format::Json) => render::Format::Json,
                Some(cli::Format::Csv) => render::Format::Csv,
                Some(cli::Format::Md) => render::Format::Markdown,
            },
            shows_progress: !common.quiet && !common.no_progress,
            quiet: common.quiet,
            buffer: Vec::new(),
        }
    }

    /// Adds text to standard output.
    pub(super) fn say(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    /// Adds a value to standard output, as JSON.
    pub(super) fn say_json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        render::write_json(value, &mut self.buffer)
            .map_err(|error| Error::failure("cannot write JSON").cause(error.to_string()))
    }

    /// Adds a document to standard output, in the format asked for.
    pub(super) fn show(&mut self, shown: &impl Shown) -> Result<(), Error> {
        shown
            .render(self.format, &self.style, &mut self.buffer)
            .map_err(|error| Error::failure("cannot render the report").cause(error.to_string()))
    }

    /// Says something that is not the document, on standard error; nothing with `--quiet`.
    pub(super) fn remark(&self, text: &str) {
        if !self.quiet {
            let text = self.error_style.foreign(text);
            to_stderr(&format!("{text}\n"));
        }
    }

    /// Foreign text, safe for the terminal of standard error.
    pub(super) fn safe(&self, text: &str) -> String {
        self.error_style.foreign(text)
    }

    /// Writes what was collected to standard output.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&self.buffer).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::failure("cannot write to standard output").cause(error.to_string()))
            }
            _ => {
                self.buffer.clear();
                Ok(())
            }
        }
    }

    /// Tells an error: words on standard error, or one JSON object with `--format json`.
    pub(super) fn error(&self, error: &Error) {
        if self.format == render::Format::Json {
            to_stderr(&format!("{}\n", as_object(error)));
            return;
        }
        let mut text = String::new();
        let lines = std::iter::once(("error:", error.message.as_str()))
            .chain(error.causes.iter().map(|cause| ("", cause.as_str())))
            .chain(error.hints.iter().map(|hint| ("hint:", hint.as_str())));
        for (word, line) in lines {
            for (number, part) in line.lines().enumerate() {
                let safe = self.error_style.foreign(part);
                text.push_str(&match (number, word) {
                    (0, "") => format!("  {safe}\n"),
                    (0, word) => format!("{} {safe}\n", self.error_style.strong(word)),
                    (_, _) => format!("  {safe}\n"),
                });
            }
        }
        to_stderr(&text);
    }
}

/// `1`, `true`, `yes`, anything but empty and what says no to `DORA_OFFLINE` too.
fn is_set(value: Option<&str>) -> bool {
    const NO: [&str; 7] = ["", "0", "n", "no", "f", "false", "off"];
    value.is_some_and(|value| !NO.contains(&value.trim().to_ascii_lowercase().as_str()))
}

fn to_stderr(text: &str) {
    // Nobody is left to tell when standard error is closed.
    drop(io::stderr().lock().write_all(text.as_bytes()));
}

/// Prints what the command line is answered with: help and version to standard output, mistakes to
/// standard error (as one JSON object where JSON was asked for).
pub(super) fn answer(answer: &Answer, as_json: bool) -> Exit {
    if !answer.is_mistake {
        // A closed pipe is no reason to complain.
        drop(io::stdout().lock().write_all(answer.text.as_bytes()));
        return Exit::Done;
    }
    if as_json {
        let message = answer.text.trim_start_matches("error: ").trim_end();
        to_stderr(&format!("{}\n", as_object(&Error::usage(message))));
    } else {
        to_stderr(&answer.text);
    }
    Exit::Usage
}

fn as_object(error: &Error) -> String {
    let object = json!({ "error": {
        "message": error.message,
        "causes": error.causes,
        "hints": error.hints,
        "exit": error.exit.code(),
    }});
    render::tame_json(&object.to_string())
}

/// What every format can show: a document with what was asked for beside the format.
pub(super) trait Shown {
    /// Writes it.
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()>;
}

impl Shown for (&Document, &render::Options) {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        render::render(self.0, format, self.1, style, out)
    }
}

impl Shown for (&flow::Document, &flow::Options) {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        flow::render(self.0, format, self.1, style, out)
    }
}

impl Shown for Explanation {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        render::explanation(self, format, style, out)
    }
}

impl Shown for (&Why, &why::Options) {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        why::render(self.0, format, self.1, style, out)
    }
}

impl Shown for &TrendReport {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        trend::render(self, format, style, out)
    }
}

impl Shown for Doctor {
    fn render(&self, format: render::Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        doctor::render(self, format, style, out)
    }
}

/// A file to write beside the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    path: PathBuf,
    format: render::Format,
}

impl Export {
    /// Checks names before anything is computed. An empty path stands for the default name.
    pub(super) fn read(paths: &[OsString], default_name: &str) -> Result<Vec<Self>, Error> {
        paths
            .iter()
            .map(|path| {
                let path = if path.is_empty() {
                    Path::new(default_name)
                } else {
                    Path::new(path)
                };
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                match render::Format::of_extension(&extension) {
                    Some(format) => Ok(Self {
                        path: path.to_owned(),
                        format,
                    }),
                    None => Err(unknown_extension(path)),
                }
            })
            .collect()
    }

    /// Whether it is to hold rows.
    pub(super) fn is_csv(&self) -> bool {
        self.format == render::Format::Csv
    }

    /// Writes the file.
    pub(super) fn write(&self, shown: &impl Shown, output: &Output) -> Result<(), Error> {
        let mut content = Vec::new();
        shown
            .render(self.format, &Style::default(), &mut content)
            .map_err(|error| Error::failure("cannot render the report").cause(error.to_string()))?;
        atomic_file::export(&self.path, &content)?;
        output.remark(&format!("wrote {}", self.path.display()));
        Ok(())
    }
}

fn unknown_extension(path: &Path) -> Error {
    let known: Vec<String> = render::Format::EXTENSIONS
        .iter()
        .map(|(extension, _)| format!(".{extension}"))
        .collect();
    Error::usage(format!(
        "the extension of `{}` names no format",
        path.display()
    ))
    .hint(format!("known extensions: {}", known.join(" ")))
}

/// A name that is safe in a file name: letters, digits, dots and dashes.
pub(super) fn file_name_part(text: &str) -> String {
    let dashed: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    dashed.trim_matches(['-', '.']).to_owned()
}
