use std::time::{Duration, Instant};

use camlab::base::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Minimum time between progress lines without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Progress over images on standard error: a bar on a terminal, a line now and then otherwise.
pub(super) enum ImageProgress {
    Hidden,
    Bar(ProgressBar),
    Lines { total: usize, told: Instant },
}

impl ImageProgress {
    pub(super) fn new(total: usize, shown: bool) -> Self {
        match (shown, terminal::is_interactive()) {
            (false, _) => Self::Hidden,
            (true, false) => Self::Lines { total, told: Instant::now() },
            (true, true) => {
                let bar =
                    ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr_with_hz(10));
                let style = ProgressStyle::with_template(
                    "  {bar:20.green/dim} {pos:>5}/{len} images  {elapsed_precise}  {per_sec}",
                );
                Self::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
            }
        }
    }

    pub(super) fn set(&mut self, done: usize) {
        match self {
            Self::Hidden => {}
            Self::Bar(bar) => bar.set_position(done as u64),
            Self::Lines { total, told } => {
                if told.elapsed() >= LINE_EVERY {
                    terminal::note(format!("{done} of {total} images checked"));
                    *told = Instant::now();
                }
            }
        }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
