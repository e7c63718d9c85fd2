//! How far it is, on stderr: a line that is written over on a terminal, a line every few seconds elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use verbund_store::{Progress, Stage};

use crate::output;
use crate::text;

/// Between two lines on a terminal: faster than that nobody reads.
const TERMINAL: Duration = Duration::from_millis(100);
/// Between two lines in a log.
const LOG: Duration = Duration::from_secs(5);

pub(crate) struct Meter {
    terminal: bool,
    last: Instant,
    /// There is a line that is to be written over.
    shown: bool,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            last: Instant::now(),
            shown: false,
        }
    }

    pub(crate) fn show(&mut self, progress: Progress) {
        let pause = if self.terminal { TERMINAL } else { LOG };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let stage = match progress.stage {
            Stage::Copying => text::STAGE_COPYING,
            Stage::Comparing => text::STAGE_COMPARING,
            Stage::Checking => text::STAGE_CHECKING,
            Stage::Projecting => text::STAGE_PROJECTING,
        };
        let line =
            text::STORE_PROGRESS.fill(&[&stage, &progress.table, &progress.done, &progress.total]);
        if self.terminal {
            // Nobody to show it to is no reason to fail.
            let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
            self.shown = true;
        } else {
            output::note(line);
        }
    }

    /// Takes the line away.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
