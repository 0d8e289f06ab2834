use std::path::{Path, PathBuf};

use camlab::stage::Verbosity;

use super::show;

/// Rebuilds a report from the Parquet files in its folder.
pub fn report(name: &Path, verbosity: Verbosity) -> anyhow::Result<()> {
    let folder = report_folder(name)?;
    camlab::report::write(&folder)?;
    if verbosity > Verbosity::Quiet {
        show(&format!("{}\n", folder.join("index.html").display()))?;
    }
    Ok(())
}

/// The folder of a report that is named by its folder or its name under `reports/`.
pub(super) fn report_folder(name: &Path) -> anyhow::Result<PathBuf> {
    let folder = if name.is_dir() { name.to_path_buf() } else { PathBuf::from("reports").join(name) };
    anyhow::ensure!(
        folder.is_dir(),
        "no report in {} or {}; `camlab run FILE` writes one",
        name.display(),
        folder.display()
    );
    Ok(folder)
}
