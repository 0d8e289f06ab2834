use std::path::PathBuf;

use super::ShareError;

/// Runs of one or more reports under the name that they have in a tracker.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedExperiment {
    /// Name of the experiment in the tracker.
    pub name: String,
    /// Runs; a parent stands before the runs that belong to it.
    pub runs: Vec<SharedRun>,
}

/// A run as other trackers understand it: one per cell (configuration and seed), and one per configuration over all
/// seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedRun {
    /// Identity of the run: two runs with one key are the same run, sent again. ASCII letters, digits, `.`, `_`, `-`.
    pub key: String,
    /// Name for people, such as `quickstart lr=0.1 seed 0`.
    pub name: String,
    /// Index in [`SharedExperiment::runs`] of the run over all seeds that this run belongs to.
    pub parent: Option<usize>,
    /// Start in milliseconds since the beginning of 1970, UTC; not negative.
    pub start_ms: i64,
    /// End in milliseconds since the beginning of 1970, UTC; not before the start.
    pub end_ms: i64,
    /// The resolved experiment: dotted key, value as text. No key twice.
    pub parameters: Vec<(String, String)>,
    /// Facts about the run: seed, commit, report folder, version of camlab. No key twice.
    pub tags: Vec<(String, String)>,
    /// Results at step 0, series at steps of their own. No two entries with one key and step.
    pub metrics: Vec<SharedMetric>,
    /// Markdown about the run, such as the report; empty for none.
    pub note: String,
    /// Files: name in the tracker (parts separated by `/`), path on disk. Only MLflow gets them.
    pub files: Vec<(String, PathBuf)>,
}

/// A value of a metric at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedMetric {
    /// Name, with `/` between its parts.
    pub key: String,
    /// Value; may be infinite or not a number.
    pub value: f64,
    /// Step: 0 for a result, the epoch for a training curve.
    pub step: i64,
    /// Time in milliseconds since the beginning of 1970, UTC.
    pub time_ms: i64,
}

impl SharedExperiment {
    /// Checks what the types do not say: names and keys are not empty, keys stand once, a parent comes before its
    /// children and has none itself, times are in order.
    ///
    /// # Errors
    /// [`ShareError::Runs`] with the first run that is not as its fields demand.
    pub fn check(&self) -> Result<(), ShareError> {
        let wrong = |run: &str, reason: String| Err(ShareError::Runs { run: run.to_owned(), reason });
        if self.name.trim().is_empty() {
            return wrong("the experiment", "it has no name".into());
        }
        let mut keys = std::collections::BTreeSet::new();
        for (at, run) in self.runs.iter().enumerate() {
            if run.name.trim().is_empty() {
                return wrong(&run.key, "it has no name".into());
            }
            // MLflow's filters quote it.
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if run.key.is_empty() || !run.key.chars().all(plain) {
                return wrong(
                    &run.name,
                    format!("`{}` is no key of letters, digits, `.`, `_`, `-`", run.key),
                );
            }
            if !keys.insert(&run.key) {
                return wrong(&run.name, format!("its key `{}` is that of another run", run.key));
            }
            if let Some(parent) = run.parent
                && (parent >= at || self.runs[parent].parent.is_some())
            {
                return wrong(&run.name, format!("its parent, run {parent}, is none of the runs before it"));
            }
            if run.start_ms < 0 || run.end_ms < run.start_ms {
                return wrong(&run.name, format!("it lasts from {} to {} ms", run.start_ms, run.end_ms));
            }
            for pairs in [&run.parameters, &run.tags] {
                if let Some(key) = repeated(pairs.iter().map(|(key, _)| key)) {
                    return wrong(&run.name, format!("the key `{key}` stands twice"));
                }
            }
            if let Some((key, step)) = repeated(run.metrics.iter().map(|metric| (&metric.key, metric.step))) {
                return wrong(&run.name, format!("the metric `{key}` stands twice at step {step}"));
            }
        }
        Ok(())
    }
}

fn repeated<T: Ord>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    let at = (1..items.len()).find(|&at| items[at - 1] == items[at])?;
    Some(items.swap_remove(at))
}
