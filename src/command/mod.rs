//! What each subcommand does, one file each.

mod bench;
mod cam;
mod check;
mod export;
mod list;
mod new;
mod npy;
mod part;
mod plan;
mod report;
mod run;

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use camlab::config::Document;
use camlab::plan::{Cell, cells};

pub use bench::bench;
pub use cam::cam;
pub use check::check;
pub use export::export;
pub use list::list;
pub use new::new;
pub use plan::plan;
pub use report::report;
pub use run::run;

/// Prints a text; a reader who has seen enough, like `head`, is no error.
fn show(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// An experiment file as read: its text and its cells.
struct Loaded {
    text: String,
    cells: Vec<Cell>,
}

/// Reads, overrides and checks an experiment file.
fn load(file: &Path, set: &[String]) -> anyhow::Result<Loaded> {
    let text = std::fs::read_to_string(file).with_context(|| {
        format!("cannot read {}; `camlab new {0}` writes one to start from", file.display())
    })?;
    let mut document = Document::parse(file, &text)?;
    for argument in set {
        document.set(argument)?;
    }
    let cells = cells(&document)?;
    Ok(Loaded { text, cells })
}
