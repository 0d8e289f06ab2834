//! Subcommands of camlab, one file each.

mod bench;
mod build;
mod cam;
mod check;
mod compare;
mod data;
mod export;
mod frames;
mod inspect;
mod labels;
mod list;
mod logs;
mod ls;
mod maps;
mod new;
mod npy;
mod output;
mod part;
mod plan;
mod report;
mod reproduce;
mod run;
mod schema;
mod share;
mod show;
mod stage;
mod store;
mod tail;

use std::path::Path;

use camlab::base::{causes, terminal};
use camlab::config::{Document, Invalid, Sources};
use camlab::index::expression::ExpressionError;
use camlab::plan::{Cell, Cells, Search, expand};
use camlab::stage::Verbosity;

pub use bench::bench;
pub use cam::cam;
pub use check::check;
pub use compare::compare;
pub use data::data;
pub use export::export;
pub use frames::frames;
pub use inspect::inspect;
pub use labels::{note, tag};
pub use list::list;
pub use logs::logs;
pub use ls::ls;
pub use maps::maps;
pub use new::new;
pub use output::{check_file, show};
pub use plan::plan;
pub use report::report;
pub use reproduce::reproduce;
pub use run::run;
pub use schema::schema;
pub use share::share;
pub use show::show_experiment;
pub use stage::stage;
pub use store::store;
pub use tail::tail;

/// An experiment file with all that it extends, and its cells.
struct Loaded {
    document: Document,
    cells: Vec<Cell>,
    /// The search, if the file has one; the cell is then that of the file's own values.
    search: Option<Search>,
    /// Rendered warnings about the sweep.
    warnings: Vec<String>,
}

impl Loaded {
    /// Prints the warnings on standard error.
    fn warn(&self, verbosity: Verbosity) {
        if verbosity > Verbosity::Quiet {
            self.warnings.iter().for_each(terminal::note);
        }
    }
}

/// Reads an experiment file, applies the overrides of `--set` and checks the result.
fn load(file: &Path, set: &[String]) -> anyhow::Result<Loaded> {
    let document = read(file, set)?;
    let Cells { cells, search, warnings } = expand(&document)?;
    let colour = terminal::is_coloured(&std::io::stderr());
    let warnings = warnings.iter().map(|warning| warning.render_warning(&document.sources, colour)).collect();
    Ok(Loaded { document, cells, search, warnings })
}

/// Reads an experiment file and applies the overrides of `--set`; mistakes in several overrides are shown together.
fn read(file: &Path, set: &[String]) -> anyhow::Result<Document> {
    let mut document = camlab::run::open(file)?;
    let mut found = Vec::new();
    for argument in set {
        if let Err(invalid) = document.set(argument) {
            found.extend(invalid.diagnostics);
        }
    }
    match found.is_empty() {
        true => Ok(document),
        false => Err(Invalid::new(Sources::clone(&document.sources), found).into()),
    }
}

/// Error message for standard error: with file positions for an invalid experiment, else with the chain of causes,
/// each stated once.
pub fn error_text(error: &anyhow::Error) -> String {
    let colour = terminal::is_coloured(&std::io::stderr());
    if let Some(mistake) = error.downcast_ref::<ExpressionError>() {
        return mistake.render(colour);
    }
    match error.downcast_ref::<Invalid>() {
        Some(invalid) => invalid.render(colour),
        None => format!("error: {}", causes(error.as_ref())),
    }
}
