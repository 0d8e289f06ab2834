//! Subcommands of camlab, one file each.

mod bench;
mod cam;
mod check;
mod export;
mod frames;
mod list;
mod new;
mod npy;
mod output;
mod part;
mod plan;
mod report;
mod run;
mod schema;
mod stage;

use std::path::Path;

use anyhow::Context as _;
use camlab::base::{causes, terminal};
use camlab::config::{Document, Invalid};
use camlab::plan::{Cell, cells};

pub use bench::bench;
pub use cam::cam;
pub use check::check;
pub use export::export;
pub use frames::frames;
pub use list::list;
pub use new::new;
pub use output::{check_file, show};
pub use plan::plan;
pub use report::report;
pub use run::run;
pub use schema::schema;
pub use stage::stage;

/// Text of an experiment file, and its cells.
struct Loaded {
    text: String,
    cells: Vec<Cell>,
}

/// Reads an experiment file, applies the overrides of `--set` and checks the result.
fn load(file: &Path, set: &[String]) -> anyhow::Result<Loaded> {
    let bytes = std::fs::read(file).with_context(|| {
        format!("cannot read {}; `camlab new {0}` writes an experiment to start from", file.display())
    })?;
    let Ok(text) = String::from_utf8(bytes) else {
        anyhow::bail!("{} is not UTF-8; save it as UTF-8 text", file.display());
    };
    let mut document = Document::parse(file, &text)?;
    for argument in set {
        document.set(argument)?;
    }
    let cells = cells(&document)?;
    Ok(Loaded { text, cells })
}

/// Error message for standard error: with file positions for an invalid experiment, else with the chain of causes,
/// each stated once.
pub fn error_text(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Invalid>() {
        Some(invalid) => invalid.render(terminal::is_coloured(&std::io::stderr())),
        None => format!("error: {}", causes(error.as_ref())),
    }
}
