//! Experiment and run as the folder of a report records them, as keys and values to be compared.

use std::path::Path;

use super::provenance::{DIFFERENCE, FOLDER, Provenance};
use super::reproduce::RecordedRun;
use camlab_base::causes;
use camlab_base::registry::toml_text;
use camlab_config::{dotted, recorded_values};
use camlab_frame::compared::ReportConfiguration;
use camlab_frame::{Row as _, RunRow};
use camlab_plan::expand;

/// Characters of a hash that are shown.
const HASH: usize = 16;

/// The rows of `run.parquet` that tell code, data and machine, in the order in which they are shown.
const FACTS: [&str; 15] = [
    RunRow::CAMLAB,
    RunRow::BUILD,
    RunRow::LOCK,
    RunRow::COMMIT,
    "data",
    "checkpoint",
    "bad images skipped",
    "precision of inference",
    RunRow::INSTRUCTIONS,
    RunRow::PROCESSOR,
    RunRow::FEATURES,
    RunRow::HOST,
    RunRow::THREADS,
    RunRow::MEMORY,
    RunRow::SYSTEM,
];

/// Experiment and run of one configuration of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedFacts {
    /// The resolved experiment as TOML.
    pub resolved: String,
    /// Every value of it by its dotted key.
    pub values: Vec<(String, String)>,
    /// Code, data and machine.
    pub run: Vec<(String, String)>,
    /// Limits of the record, in words.
    pub notes: Vec<String>,
}

/// Reads the record of one configuration of a report; `rows` are its `run.parquet`, `first` is `true` for the
/// configuration that the recorded text is about.
///
/// # Errors
/// A recorded experiment that is no TOML.
pub fn recorded_facts(
    report: &Path,
    rows: &[RunRow],
    configuration: &ReportConfiguration,
    first: bool,
) -> anyhow::Result<RecordedFacts> {
    let mut facts = RecordedFacts::default();
    let recorded = RunRow::find(rows, RunRow::TOML);
    facts.resolved = recorded.to_owned();
    if !first {
        match resolved_anew(report, configuration, recorded) {
            Ok((resolved, note)) => {
                facts.resolved = resolved;
                facts.notes.extend(note);
            }
            Err(error) => facts.notes.push(format!(
                "the experiment of {} cannot be resolved from the record of the run ({}); values of the first \
                 configuration are shown",
                configuration.id,
                causes(error.as_ref())
            )),
        }
    }
    if let Err(error) = Provenance::read(report) {
        facts.notes.push(causes(error.as_ref()));
    }
    let values = recorded_values(&facts.resolved).map_err(|error| {
        anyhow::anyhow!(
            "the experiment in {} cannot be read: {error}; run it again to rebuild it",
            report.join(RunRow::FILE).display()
        )
    })?;
    facts.values = values.into_iter().map(|(path, value)| (dotted(&path), value)).collect();
    facts.run = run_facts(report, rows, &configuration.seeds);
    Ok(facts)
}

/// The resolved experiment of a configuration by the recorded files. A note if this camlab resolves the first
/// configuration in another way than the recorded one did.
fn resolved_anew(
    report: &Path,
    configuration: &ReportConfiguration,
    recorded: &str,
) -> anyhow::Result<(String, Option<String>)> {
    let cells = expand(&RecordedRun::open(report)?.document()?)?.cells;
    let found = cells.iter().find(|cell| cell.id == configuration.first_cell);
    let cell = found.ok_or_else(|| anyhow::anyhow!("it has no cell `{}`", configuration.first_cell))?;
    let is_same = match cells.first() {
        Some(first) => toml_text(&*first.experiment)? == recorded,
        None => false,
    };
    let note = (!is_same).then(|| {
        "the experiment was resolved anew; this camlab has other keys or defaults than the one that ran it".to_owned()
    });
    Ok((toml_text(&*cell.experiment)?, note))
}

fn run_facts(report: &Path, rows: &[RunRow], seeds: &[i64]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for key in FACTS {
        let values: Vec<&str> =
            rows.iter().filter(|row| row.key == key).map(|row| row.value.as_str()).collect();
        match values[..] {
            [] => {}
            [value] => found.push((key.to_owned(), value.to_owned())),
            _ => found.extend(
                values
                    .iter()
                    .enumerate()
                    .map(|(at, value)| (format!("{key} {}", at + 1), (*value).to_owned())),
            ),
        }
        if key == RunRow::COMMIT
            && let Ok(difference) = std::fs::read(report.join(FOLDER).join(DIFFERENCE))
        {
            let hash = blake3::hash(&difference).to_hex();
            found.push(("uncommitted changes".to_owned(), format!("blake3 {}", &hash[..HASH])));
        }
    }
    let seeds: Vec<String> = seeds.iter().map(i64::to_string).collect();
    found.push(("seeds".to_owned(), seeds.join(", ")));
    for key in [RunRow::FAILED, RunRow::MISSING] {
        let count = rows.iter().filter(|row| row.key == key).count();
        found.push((
            format!("stages that {}", if key == RunRow::FAILED { "failed" } else { "did not run" }),
            count.to_string(),
        ));
    }
    found
}
