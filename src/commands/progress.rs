//! Progress on standard error while something long is read: a spinner on a terminal, a plain line
//! every few seconds elsewhere, nothing for what takes less than 300 ms.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const SILENT_FOR: Duration = Duration::from_millis(300);
const PLAIN_LINE_EVERY: Duration = Duration::from_secs(5);

/// Tells how far the reading is.
pub(super) struct Progress {
    state: RefCell<State>,
    is_shown: bool,
    is_terminal: bool,
}

struct State {
    started: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts; shows nothing when `is_shown` is false.
    pub(super) fn start(is_shown: bool) -> Self {
        let now = Instant::now();
        Self {
            state: RefCell::new(State {
                started: now,
                last_line: now,
                bar: None,
            }),
            is_shown,
            is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// So many commits were read. `remark` writes a plain line.
    pub(super) fn commits(&self, count: u64, remark: &dyn Fn(&str)) {
        self.step(&format!("history: {count} commits"), remark);
    }

    /// Something is being read, in words. `remark` writes a plain line.
    pub(super) fn step(&self, what: &str, remark: &dyn Fn(&str)) {
        if !self.is_shown {
            return;
        }
        let mut state = self.state.borrow_mut();
        if self.is_terminal {
            if state.bar.is_none() && state.started.elapsed() > SILENT_FOR {
                state.bar = Some(spinner());
            }
            if let Some(bar) = &state.bar {
                bar.set_message(format!("reading {what}"));
                bar.tick();
            }
        } else if state.last_line.elapsed() > PLAIN_LINE_EVERY {
            state.last_line = Instant::now();
            remark(&format!("reading {what}"));
        }
    }

    /// Leaves no trace on the terminal.
    pub(super) fn finish(&self) {
        if let Some(bar) = self.state.borrow_mut().bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style.tick_chars("|/-\\ "));
    }
    bar
}
