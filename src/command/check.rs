use std::path::PathBuf;

use camlab::base::terminal;
use camlab::stage::Verbosity;

use super::{error_text, load, show};
use crate::cli::Overrides;

/// Checks every file, prints the mistakes of all, and fails if there are any.
pub fn check(files: &[PathBuf], overrides: &Overrides, verbosity: Verbosity) -> anyhow::Result<()> {
    let mut broken = 0;
    for file in files {
        match load(file, &overrides.set) {
            Ok(loaded) if verbosity > Verbosity::Quiet => {
                loaded.warn(verbosity);
                let cells = loaded.cells.len();
                let plural = if cells == 1 { "" } else { "s" };
                let words = match &loaded.search {
                    None => format!("{cells} cell{plural}"),
                    Some(search) => search.words(),
                };
                show(&format!("{}: ok, {words}\n", file.display()))?;
            }
            Ok(_) => {}
            Err(error) if files.len() == 1 => return Err(error),
            Err(error) => {
                broken += 1;
                terminal::note(format!("{}\n", error_text(&error)));
            }
        }
    }
    anyhow::ensure!(broken == 0, "{broken} of {} files have mistakes (listed above)", files.len());
    Ok(())
}
