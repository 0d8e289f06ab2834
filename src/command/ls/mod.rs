//! `camlab ls`.

mod columns;
mod records;
mod table;
mod text;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use camlab::base::terminal;
use camlab::index::expression::ExpressionError;
use camlab::index::{ListColumn, ListQuery, RowCondition, RunListing, ScanOptions, scan};
use camlab::stage::Verbosity;
use camlab::store::Store;

use self::columns::of_records;
use super::show;
use crate::cli::LsArgs;

/// Folder that `camlab run` writes reports to.
const REPORTS: &str = "reports";

/// Lists the runs on disk.
pub fn ls(arguments: &LsArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let store = Store::new(&arguments.store);
    let folders = folders(&arguments.folders)?;
    let recorded = arguments.folders.is_empty();
    let found = scan(&store, &ScanOptions { folders, recorded, rebuild: arguments.rebuild });
    if verbosity > Verbosity::Quiet {
        found.warnings.iter().for_each(|warning| terminal::note(format!("warning: {warning}")));
    }
    let count = found.reports.len();
    if verbosity == Verbosity::Verbose {
        terminal::note(format!("{count} reports, {} of them read and the others from the index", found.read));
    }
    if count == 0 {
        return nothing(arguments, &looked_in(arguments));
    }
    let here = std::env::current_dir().context("cannot find the working directory")?;
    let mut listing = RunListing::new(found.reports, &here);
    let query = query(arguments, &mut listing)?;
    let rows = listing.select(&query);
    if rows.is_empty() && query.limit != Some(0) {
        let (number, noun) = (count, if count == 1 { "run" } else { "runs" });
        return nothing(arguments, &format!("no row of {number} {noun} matches the expression"));
    }
    let chosen = chosen(&mut listing, arguments.columns.as_deref().unwrap_or_default())?;
    let all = chosen.is_empty();
    let records = if all && (arguments.json || arguments.csv) {
        of_records(&mut listing, &rows)
    } else {
        chosen.clone()
    };
    match (arguments.json, arguments.csv) {
        (true, _) => show(&records::json(&listing, &rows, &records, all)?),
        (_, true) => show(&records::csv(&listing, &rows, &records)?),
        _ => {
            let (table, note) = table::table(&listing, &rows, &chosen);
            show(&table)?;
            note.filter(|_| verbosity > Verbosity::Quiet).iter().for_each(terminal::note);
            Ok(())
        }
    }
}

/// The folders to search, absolute. One that was named must exist.
fn folders(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let usual = [PathBuf::from(REPORTS)];
    for folder in named {
        anyhow::ensure!(folder.is_dir(), "there is no folder {} (--in)", folder.display());
    }
    let folders = if named.is_empty() { &usual[..] } else { named };
    let existing = folders.iter().filter(|folder| folder.is_dir());
    let absolute = |folder: &PathBuf| {
        std::path::absolute(folder).with_context(|| format!("cannot find the folder {}", folder.display()))
    };
    existing.map(absolute).collect()
}

fn query(arguments: &LsArgs, listing: &mut RunListing) -> anyhow::Result<ListQuery> {
    let text = arguments.expression.join(" ");
    let condition = match text.trim().is_empty() {
        true => None,
        false => Some(RowCondition::new(&text, listing).map_err(|error| of_folder(error, &text))?),
    };
    let sort = arguments.sort.as_deref().map(|name| named(listing, name, "--sort")).transpose()?;
    Ok(ListQuery { condition, sort, reverse: arguments.reverse, all: arguments.all, limit: arguments.limit })
}

/// A folder that was taken for an expression.
fn of_folder(mut error: ExpressionError, text: &str) -> ExpressionError {
    if Path::new(text).is_dir() {
        error.remedy = format!("`--in {text}` lists the reports below this folder");
    }
    error
}

fn named(listing: &mut RunListing, name: &str, option: &str) -> anyhow::Result<ListColumn> {
    let found = listing.column(name.trim());
    found.map_err(|error| anyhow::anyhow!("{error} ({option}); {}", error.remedy()))
}

/// The columns of `--columns`. Names of metrics may contain commas: `box-acc@tau=0.2,iou=0.3`.
fn chosen(listing: &mut RunListing, names: &str) -> anyhow::Result<Vec<ListColumn>> {
    let parts: Vec<&str> = names.split(',').collect();
    let (mut columns, mut at) = (Vec::new(), 0);
    while at < parts.len() && !names.trim().is_empty() {
        let longer = (at + 1..=parts.len()).map(|end| (end, parts[at..end].join(",")));
        let known = longer.filter_map(|(end, name)| Some((end, listing.column(name.trim()).ok()?)));
        let (end, column) = match known.into_iter().next() {
            Some(found) => found,
            None => (at + 1, named(listing, parts[at], "--columns")?),
        };
        columns.push(column);
        at = end;
    }
    Ok(columns)
}

fn looked_in(arguments: &LsArgs) -> String {
    let named: Vec<String> = arguments.folders.iter().map(|folder| folder.display().to_string()).collect();
    match named.is_empty() {
        true => format!(
            "no reports below {REPORTS}, and none that the store {} has recorded; `camlab run FILE` makes one, and \
             --in DIR lists those of another folder",
            arguments.store.display()
        ),
        false => format!("no reports below {}; a report is a folder with run.parquet", named.join(", ")),
    }
}

/// Tells that there is nothing to list; programs that read the rows get none.
fn nothing(arguments: &LsArgs, sentence: &str) -> anyhow::Result<()> {
    match arguments.json || arguments.csv {
        true => {
            terminal::note(sentence);
            Ok(())
        }
        false => show(&format!("{sentence}\n")),
    }
}
