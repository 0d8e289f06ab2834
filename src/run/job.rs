use std::path::Path;
use std::sync::Arc;

use super::build_info::BuildInfo;
use camlab_base::registry::toml_text;
use camlab_config::{Document, RunOptions};
use camlab_plan::{Facts, Plan};
use camlab_store::Store;

use super::events::RunEvents;
use super::search::record::SearchRecord;
use super::worker::WorkerOptions;

/// Incremented when the same rows give another report.
const REPORT_VERSION: u32 = 10;

/// Runs a plan: every stage without an artefact in the store, then the report.
pub struct Runner<'a> {
    /// The experiment file.
    pub file: &'a Path,
    /// The file with all that it extends and the `--set` arguments, as read.
    pub document: &'a Document,
    /// The build of camlab, for the provenance of the report.
    pub build: &'a BuildInfo,
    /// The arguments of the process, likewise.
    pub command_line: &'a [String],
    /// `true` to replace the report of another experiment file.
    pub overwrite: bool,
    /// The plan to run.
    pub plan: &'a Plan,
    /// Facts about its data sets and checkpoints.
    pub facts: &'a Facts,
    /// The store of finished artefacts.
    pub store: Store,
    /// Name of this run: that of its folder in the store.
    pub run_id: String,
    /// Receiver of everything that happens.
    pub events: &'a RunEvents,
    /// Retries, and the end at the first failure.
    pub options: RunOptions,
    /// Worker processes; `None`: stages run in this process.
    pub workers: Option<WorkerOptions>,
    /// The search that the plan is part of.
    pub search: Option<&'a SearchRecord>,
    /// Renders the report in a folder from the frames in it. A parameter, so that this crate does not depend on the
    /// report's rendering.
    pub render: &'a dyn Fn(&Path) -> anyhow::Result<()>,
}

impl Runner<'_> {
    /// Hash of everything that the report depends on.
    pub(super) fn plan_key(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.document.as_written().as_bytes());
        // The cells that differ in their seed alone share an experiment.
        let mut last = None;
        for cell in &self.plan.cells {
            if !last.is_some_and(|last| Arc::ptr_eq(last, &cell.experiment)) {
                hasher.update(toml_text(&*cell.experiment).unwrap_or_default().as_bytes());
            }
            last = Some(&cell.experiment);
        }
        for other in self.plan.others() {
            hasher.update(other.document.as_written().as_bytes());
        }
        for stage in self.plan.stages.iter() {
            hasher.update(stage.key.0.as_bytes());
        }
        if let Some(search) = self.search {
            search.hash(&mut hasher);
        }
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.update(&REPORT_VERSION.to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }
}
