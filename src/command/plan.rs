use camlab::plan::Plan;
use camlab::stage::{Store, gather};

use super::load;
use crate::cli::{ExperimentArgs, StoreArgs};

/// Prints cells and stages: what is cached, what has to run, and which key changed.
pub fn plan(arguments: &ExperimentArgs, store: &StoreArgs) -> anyhow::Result<()> {
    let loaded = load(&arguments.file, &arguments.overrides.set)?;
    let facts = gather(&loaded.cells)?;
    let plan = Plan::new(loaded.cells, &facts).map_err(anyhow::Error::msg)?;
    let store = Store::new(&store.store);

    println!("{} cells", plan.cells.len());
    for cell in &plan.cells {
        println!("  {:<10} seed {:<6} {}", cell.id, cell.seed, cell.configuration());
    }
    let stages = plan.materials();
    let cached = stages.iter().filter(|material| store.get(material).is_some()).count();
    println!("\n{} stages, {cached} cached, {} to run", stages.len(), stages.len() - cached);
    for material in stages {
        let state = match (store.get(material), store.changed(material)) {
            (Some(_), _) => "cached".to_string(),
            (None, None) => "run: new".to_string(),
            (None, Some(changes)) => format!("run: {}", changes.join("; ")),
        };
        println!("  {:<9} {}  {:<44} {state}", material.stage, material.key().short(), material.label);
    }
    Ok(())
}
