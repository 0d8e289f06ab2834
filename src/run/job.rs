use std::path::Path;

use camlab_plan::{Facts, Plan};
use camlab_stage::Progress;
use camlab_store::Store;

/// Bumped when the same rows give another report.
const REPORT_VERSION: u32 = 1;

/// Under which name `run.parquet` keeps the plan that a report shows.
pub(super) const PLAN_KEY: &str = "plan";

/// Runs a plan: every stage that the store does not hold, then the report.
pub struct Runner<'a> {
    /// The experiment file.
    pub file: &'a Path,
    /// Its text, as written.
    pub text: &'a str,
    /// What to run.
    pub plan: &'a Plan,
    /// What was found on the disk.
    pub facts: &'a Facts,
    /// What has run before.
    pub store: Store,
    /// Who is told.
    pub progress: Progress,
    /// Renders the report in a folder from the frames there. Handed in, so that running depends on no figure.
    pub render: &'a dyn Fn(&Path) -> anyhow::Result<()>,
}

impl Runner<'_> {
    /// Identifies everything the report shows.
    pub(super) fn plan_key(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.text.as_bytes());
        for cell in &self.plan.cells {
            hasher.update(toml::to_string(&cell.experiment).unwrap_or_default().as_bytes());
        }
        for material in self.plan.materials() {
            hasher.update(material.key().0.as_bytes());
        }
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.update(&REPORT_VERSION.to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }
}
