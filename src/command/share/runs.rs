use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use camlab::base::date;
use camlab::frame::{self, CONTRASTS_CSV, CellRow, RunRow, SUMMARY_CSV};
use camlab::plan::{Cell, expand, resolved_text};
use camlab::run::RecordedRun;
use camlab::share::{SharedMetric, SharedRun};

use super::metrics::ReportMetrics;
use super::parameters::parameters;

/// A report as the runs that trackers take.
pub(super) struct ReportRuns {
    /// Name of its experiment.
    pub(super) experiment: String,
    /// For each configuration with several seeds a run over all of them, then its cells.
    pub(super) runs: Vec<SharedRun>,
}

/// All that the runs of a report have in common.
struct ReportContext<'a> {
    folder: &'a Path,
    rows: Vec<RunRow>,
    /// Tags that the command line gives.
    tags: &'a [(String, String)],
    start_ms: i64,
    end_ms: i64,
    /// Several configurations: their names are part of the runs' names.
    is_sweep: bool,
}

impl ReportRuns {
    /// Reads a report: its frames, and the experiment that its provenance records.
    pub(super) fn read(folder: &Path, tags: &[(String, String)]) -> anyhow::Result<Self> {
        let cells: Vec<CellRow> = frame::read(folder)?;
        let mut configurations: Vec<Vec<&CellRow>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for row in &cells {
            let place = *places.entry(&row.configuration).or_insert_with(|| {
                configurations.push(Vec::new());
                configurations.len() - 1
            });
            // A cell has a row per overridden key.
            if configurations[place].iter().all(|known| known.cell != row.cell) {
                configurations[place].push(row);
            }
        }
        let context = ReportContext::new(folder, tags, configurations.len() > 1)?;
        let mut metrics = ReportMetrics::read(folder, &cells, context.end_ms)?;
        let recorded = expand(&RecordedRun::open(folder)?.document()?);
        let recorded = recorded
            .context("this camlab does not read the report's experiment; use the one that made it")?
            .cells;
        let by_id: HashMap<&str, &Cell> = recorded.iter().map(|cell| (&*cell.id, cell)).collect();
        let mut runs: Vec<SharedRun> = Vec::new();
        for group in &configurations {
            let parameters = resolved(by_id.get(&*group[0].cell).copied(), &recorded, &group[0].cell)?;
            let parent = (group.len() > 1).then_some(runs.len());
            if parent.is_some() {
                let values = metrics.configurations.remove(&group[0].configuration);
                runs.push(context.over_seeds(group, parameters.clone(), values.unwrap_or_default()));
            }
            for row in group {
                let values = metrics.cells.remove(&row.cell).unwrap_or_default();
                runs.push(context.cell(row, parent, parameters.clone(), values));
            }
        }
        if let Some(first) = runs.first_mut() {
            first.note = text(&folder.join("report.md"))?;
            first.files = files(folder)?;
        }
        Ok(Self { experiment: RunRow::find(&context.rows, RunRow::EXPERIMENT).to_owned(), runs })
    }
}

impl<'a> ReportContext<'a> {
    fn new(folder: &'a Path, tags: &'a [(String, String)], is_sweep: bool) -> anyhow::Result<Self> {
        let rows: Vec<RunRow> = frame::read(folder)?;
        let time = |key: &str| {
            let text = RunRow::find(&rows, key);
            let time = date::milliseconds(text).and_then(|time| i64::try_from(time).ok());
            time.with_context(|| {
                format!(
                    "the report {} states no time `{key}` of its run (`{text}`); write it again with `camlab run FILE`",
                    folder.display()
                )
            })
        };
        let (start_ms, end_ms) = (time(RunRow::BEGUN)?, time(RunRow::ENDED)?);
        // The clock may have been set back during the run.
        Ok(Self { folder, tags, start_ms, end_ms: end_ms.max(start_ms), is_sweep, rows })
    }

    fn over_seeds(
        &self,
        group: &[&CellRow],
        parameters: Vec<(String, String)>,
        metrics: Vec<SharedMetric>,
    ) -> SharedRun {
        let seeds: Vec<String> = group.iter().map(|row| row.seed.to_string()).collect();
        let own = vec![("seeds".to_owned(), seeds.join(" "))];
        self.run(group[0], None, None, parameters, metrics, own)
    }

    fn cell(
        &self,
        row: &CellRow,
        parent: Option<usize>,
        parameters: Vec<(String, String)>,
        metrics: Vec<SharedMetric>,
    ) -> SharedRun {
        let own = vec![("seed".to_owned(), row.seed.to_string()), ("cell".to_owned(), row.cell.clone())];
        self.run(row, Some(row.seed), parent, parameters, metrics, own)
    }

    fn run(
        &self,
        row: &CellRow,
        seed: Option<i64>,
        parent: Option<usize>,
        parameters: Vec<(String, String)>,
        metrics: Vec<SharedMetric>,
        mut tags: Vec<(String, String)>,
    ) -> SharedRun {
        let fact = |key: &str| RunRow::find(&self.rows, key);
        let mut name = fact(RunRow::EXPERIMENT).to_owned();
        if self.is_sweep {
            name = format!("{name} {}", row.configuration);
        }
        if let Some(seed) = seed {
            name = format!("{name} seed {seed}");
        }
        tags.push(("configuration".to_owned(), row.configuration.clone()));
        tags.push(("report".to_owned(), self.folder.display().to_string()));
        for (tag, key) in [
            ("question", RunRow::QUESTION),
            ("commit", RunRow::COMMIT),
            ("camlab", RunRow::CAMLAB),
            ("build", RunRow::BUILD),
            ("host", RunRow::HOST),
            ("command-line", RunRow::COMMAND),
            ("plan", RunRow::PLAN),
        ] {
            if !fact(key).is_empty() {
                tags.push((tag.to_owned(), fact(key).to_owned()));
            }
        }
        for (tag, key) in [("stages-failed", RunRow::FAILED), ("stages-missing", RunRow::MISSING)] {
            let count = self.rows.iter().filter(|row| row.key == key).count();
            if count > 0 {
                tags.push((tag.to_owned(), count.to_string()));
            }
        }
        for (key, value) in self.tags {
            tags.retain(|(known, _)| known != key);
            tags.push((key.clone(), value.clone()));
        }
        SharedRun {
            key: self.key(&row.configuration, seed),
            name,
            parent,
            start_ms: self.start_ms,
            end_ms: self.end_ms,
            parameters,
            tags,
            metrics,
            note: String::new(),
            files: Vec::new(),
        }
    }

    /// The run's identity: the run of camlab that wrote the report, and the configuration and seed in it.
    fn key(&self, configuration: &str, seed: Option<i64>) -> String {
        let fact = |key: &str| RunRow::find(&self.rows, key);
        let run = [RunRow::EXPERIMENT, RunRow::HOST, RunRow::BEGUN, RunRow::PLAN].map(fact);
        let identity = serde_json::json!([run, configuration, seed]).to_string();
        blake3::hash(identity.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// The resolved experiment of a cell, flat.
fn resolved(cell: Option<&Cell>, cells: &[Cell], id: &str) -> anyhow::Result<Vec<(String, String)>> {
    let cell = cell.with_context(|| {
        format!(
            "the experiment that the report records has no cell `{id}`; run it again to rebuild the report"
        )
    })?;
    let text = resolved_text(cells, cell).map_err(anyhow::Error::msg)?;
    Ok(parameters(&text.parse().context("cannot read the resolved experiment")?))
}

/// Pages, tables, figures and the resolved experiment, as far as the report has them.
fn files(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut names = ["index.html", "report.md", SUMMARY_CSV, CONTRASTS_CSV, "provenance/experiment.toml"]
        .map(str::to_owned)
        .to_vec();
    let figures = folder.join("figures");
    if figures.is_dir() {
        let entries =
            std::fs::read_dir(&figures).with_context(|| format!("cannot read {}", figures.display()))?;
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", figures.display()))?;
            found.push(format!("figures/{}", entry.file_name().to_string_lossy()));
        }
        found.sort();
        names.extend(found);
    }
    let named = names.into_iter().map(|name| (name.clone(), folder.join(name)));
    Ok(named.filter(|(_, path)| path.is_file()).collect())
}

/// A file's text; empty if there is no such file.
fn text(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}
