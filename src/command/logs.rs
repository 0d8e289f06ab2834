use anyhow::Context as _;
use camlab::store::Store;

use super::show;
use crate::cli::LogsArgs;

/// Prints the log of a stage.
pub fn logs(arguments: &LogsArgs) -> anyhow::Result<()> {
    let store = Store::new(&arguments.store.store);
    let found = store.logs(&arguments.stage)?;
    let (path, others) = found.split_first().with_context(|| {
        format!(
            "no log of a stage in the store {} begins with `{}`; stages that were cached have none",
            store.root().display(),
            arguments.stage
        )
    })?;
    anyhow::ensure!(
        others.is_empty(),
        "the logs of {} stages begin with `{}`; write more of the key",
        found.len(),
        arguments.stage
    );
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    show(&String::from_utf8_lossy(&bytes))
}
