//! Reads the frames of a report folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use camlab_base::stamp;
use camlab_frame::aggregate::{Aggregate, Configurations, OverSeeds};
use camlab_frame::{
    BASELINE, CellRow, Direction, FrameError, FrameReader, Row, RunRow, SummaryRow, TitleRow, UNCHANGED, read,
};

use super::facts::{ConfigurationFacts, MetricFacts, ReportFacts, ResultFacts};
use super::value::{ExperimentValue, flattened};

/// Attempts to read a report that another process replaces meanwhile.
const ATTEMPTS: usize = 5;
/// Time between attempts while its frames are being moved.
const PAUSE: Duration = Duration::from_millis(10);
/// So far in the future that a stamp tells apart two states of a file, however new they are.
const LATER: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes of a frame that is kept for other reports, at most.
const MOST_SHARED: usize = 1 << 16;
/// File of a report with the origin of every value.
const ORIGINS: &str = "provenance/origins.txt";

/// The keys of an experiment, dotted, that are the same in all cells, with their values.
pub(super) type Keys = Vec<(String, ExperimentValue)>;

/// Frames that many reports have in common, byte for byte: those are decoded once.
#[derive(Default)]
pub(super) struct SharedFrames {
    cells: SharedRows<CellRow>,
    titles: SharedRows<TitleRow>,
}

/// The rows of a frame by the checksum of its file.
struct SharedRows<R>(Mutex<HashMap<blake3::Hash, Arc<Vec<R>>>>);

impl<R> Default for SharedRows<R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<R: Row> SharedRows<R> {
    fn rows(&self, folder: &Path) -> Result<Arc<Vec<R>>, FrameError> {
        // A file that cannot be read here cannot be read as a frame either, which tells the reason.
        let content = || std::fs::read(folder.join(R::FILE)).unwrap_or_default();
        let bytes = content();
        let sum = blake3::hash(&bytes);
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&sum) {
            return Ok(Arc::clone(known));
        }
        let rows = Arc::new(read::<R>(folder)?);
        // A large one is hardly that of another report, and one that is replaced now may not be what was decoded.
        if !bytes.is_empty() && bytes.len() < MOST_SHARED && content() == bytes {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sum, Arc::clone(&rows));
        }
        Ok(rows)
    }
}

/// The stamp of the frames of a report, whatever their age: it tells apart two states that are looked at now.
fn state(folder: &Path) -> Option<[String; 2]> {
    frames(folder, SystemTime::now() + LATER)
}

/// The stamps of the two frames that all others are written with; `None` where they prove nothing.
pub(super) fn frames(folder: &Path, now: SystemTime) -> Option<[String; 2]> {
    Some([stamp(&folder.join(RunRow::FILE), now)?, stamp(&folder.join(SummaryRow::FILE), now)?])
}

/// The contents of a report; `None` for a folder that is none, such as while it is being replaced.
///
/// # Errors
/// A frame that is missing or damaged.
pub(super) fn report(
    folder: &Path,
    shared: &SharedFrames,
) -> Result<Option<(ReportFacts, Keys)>, FrameError> {
    let mut found = Ok(None);
    for _ in 0..ATTEMPTS {
        let before = state(folder);
        if !folder.join(RunRow::FILE).is_file() {
            std::thread::sleep(PAUSE);
            continue;
        }
        found = contents(folder, shared).map(Some);
        // Otherwise these may be frames of two reports.
        if state(folder) == before {
            break;
        }
    }
    found
}

fn contents(folder: &Path, shared: &SharedFrames) -> Result<(ReportFacts, Keys), FrameError> {
    let run: Vec<RunRow> = read(folder)?;
    let cells = shared.cells.rows(folder)?;
    let titles = match folder.join(TitleRow::FILE).is_file() {
        true => shared.titles.rows(folder)?,
        false => Arc::default(),
    };
    let (mut over_seeds, labels) = (OverSeeds::of_rows(), Configurations::new(&cells));
    for frame in FrameReader::report::<SummaryRow>(folder)? {
        over_seeds.add_rows(&frame?.rows()?, &labels);
    }
    let mut aggregates = over_seeds.finish();
    aggregates.retain(|aggregate| &*aggregate.contrast == UNCHANGED);
    let title = |metric: &str| TitleRow::of_metric(&titles, metric).unwrap_or_else(|| metric.to_owned());
    let experiment = RunRow::find(&run, RunRow::TOML).parse().map(toml::Value::Table);
    let keys = experiment.map(|table| flattened("", &table)).unwrap_or_default();
    let configurations = configurations(&cells, &keys);
    let fact = |key: &str| RunRow::find(&run, key).to_owned();
    // `words` of the record of the repository: the commit, and whether files differ from it.
    let commit = fact(RunRow::COMMIT);
    let mut facts = ReportFacts {
        experiment: fact(RunRow::EXPERIMENT),
        started: fact(RunRow::BEGUN),
        seconds: fact(RunRow::SECONDS).parse().ok().filter(|seconds: &f64| seconds.is_finite()),
        host: fact(RunRow::HOST),
        dirty: commit.contains(' ') && commit.ends_with("uncommitted changes"),
        commit: commit.split(' ').next().filter(|word| is_commit(word)).unwrap_or_default().to_owned(),
        failed: run.iter().filter(|row| row.key == RunRow::FAILED).count(),
        configurations,
        ..ReportFacts::default()
    };
    tabulate(&mut facts, &aggregates, title);
    let swept: Vec<&str> = cells.iter().filter_map(|row| row.key.as_deref()).collect();
    let keys = unswept(keys, &swept, || references(folder, RunRow::find(&run, RunRow::AS_WRITTEN)));
    Ok((facts, keys))
}

fn is_commit(word: &str) -> bool {
    word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The configurations in the order of the cells.
fn configurations(cells: &[CellRow], keys: &Keys) -> Vec<ConfigurationFacts> {
    let written = |keys: &[(String, ExperimentValue)]| backbone(keys).map(str::to_owned);
    let usual = written(keys).unwrap_or_default();
    let mut found: Vec<ConfigurationFacts> = Vec::new();
    let mut places: HashMap<&str, (usize, i64)> = HashMap::new();
    for row in cells {
        let (place, seed) = *places.entry(&row.configuration).or_insert_with(|| {
            let (label, backbone) = (row.configuration.clone(), usual.clone());
            found.push(ConfigurationFacts { label, backbone, swept: Vec::new() });
            (found.len() - 1, row.seed)
        });
        let of_first_seed = row.seed == seed;
        if let (true, Some(key), Some(value)) = (of_first_seed, &row.key, &row.value) {
            found[place].swept.extend(swept_values(key, value));
        }
    }
    for configuration in &mut found {
        configuration.backbone = written(&configuration.swept).unwrap_or_else(|| usual.clone());
    }
    found
}

/// The name of the backbone among the values of some keys: `backbone = "resnet50"` or `[backbone.resnet50]`.
fn backbone(keys: &[(String, ExperimentValue)]) -> Option<&str> {
    keys.iter().find_map(|(key, value)| match (key.strip_prefix("backbone")?, value) {
        ("", ExperimentValue::Text(name)) => Some(name.as_str()),
        (below, _) => below.strip_prefix('.')?.split('.').next(),
    })
}

/// A swept key with its value as TOML; those below it, if that is a table.
fn swept_values(key: &str, value: &str) -> Vec<(String, ExperimentValue)> {
    let parsed: Result<toml::Table, _> = format!("value = {value}").parse();
    match parsed.ok().and_then(|mut table| table.remove("value")) {
        Some(value) => flattened(key, &value),
        None => vec![(key.to_owned(), ExperimentValue::Text(value.to_owned()))],
    }
}

/// The keys that no cell overrides. The resolved experiment is that of the first cell: where there are others, a value
/// that refers to another key is left out, since it may differ from cell to cell.
fn unswept(mut keys: Keys, swept: &[&str], references: impl FnOnce() -> Option<Vec<String>>) -> Keys {
    if swept.is_empty() {
        return keys;
    }
    let related = |one: &str, other: &str| {
        let below = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        below(one, other) || below(other, one)
    };
    match references() {
        Some(others) => keys.retain(|(key, _)| !others.contains(key)),
        None => keys.clear(),
    }
    keys.retain(|(key, _)| !swept.iter().any(|swept| related(key, swept)));
    keys
}

/// The keys whose values refer to others; `None` if the report does not tell.
fn references(folder: &Path, written: &str) -> Option<Vec<String>> {
    if !written.contains("${") {
        return Some(Vec::new());
    }
    // Lines `key = value  # file:line ${path}`.
    let origins = std::fs::read_to_string(folder.join(ORIGINS)).ok()?;
    let refers = |line: &&str| line.rsplit_once("  # ").is_some_and(|(_, origin)| origin.contains("${"));
    let key = |line: &str| line.split(" = ").next().unwrap_or_default().to_owned();
    Some(origins.lines().filter(refers).map(key).collect())
}

/// Turns one value per metric into a row per network, method and layer.
fn tabulate(facts: &mut ReportFacts, aggregates: &[Aggregate], title: impl Fn(&str) -> String) {
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut metrics: HashMap<&str, usize> = HashMap::new();
    let mut labels: HashMap<String, usize> = HashMap::new();
    for (place, configuration) in facts.configurations.iter().enumerate() {
        labels.insert(configuration.label.clone(), place);
    }
    let mut rows: HashMap<(usize, [usize; 3]), usize> = HashMap::new();
    let mut values: Vec<Vec<Option<f64>>> = Vec::new();
    for aggregate in aggregates {
        let metric = *metrics.entry(&aggregate.metric).or_insert_with(|| {
            facts.metrics.push(MetricFacts {
                name: aggregate.metric.to_string(),
                title: title(&aggregate.metric),
                unit: aggregate.unit.to_string(),
                higher: aggregate.direction == Direction::Higher,
            });
            facts.metrics.len() - 1
        });
        let [network, method, layer] =
            [&aggregate.network, &aggregate.method, &aggregate.layer].map(|name| {
                *names.entry(name).or_insert_with(|| {
                    facts.names.push(name.to_string());
                    facts.names.len() - 1
                })
            });
        let configuration = labels.get(&*aggregate.configuration).copied().unwrap_or_else(|| {
            facts.configurations.push(ConfigurationFacts {
                label: aggregate.configuration.to_string(),
                backbone: String::new(),
                swept: Vec::new(),
            });
            labels.insert(aggregate.configuration.to_string(), facts.configurations.len() - 1);
            facts.configurations.len() - 1
        });
        let key = [network, method, layer];
        let place = *rows.entry((configuration, key)).or_insert_with(|| {
            let baseline = &*aggregate.network == BASELINE;
            facts.rows.push(ResultFacts { configuration, names: key, baseline, seeds: 0, images: 0 });
            values.push(Vec::new());
            facts.rows.len() - 1
        });
        let row = &mut facts.rows[place];
        row.seeds = row.seeds.max(aggregate.seeds);
        row.images = row.images.max(aggregate.images);
        let of_row = &mut values[place];
        of_row.resize(of_row.len().max(metric + 1), None);
        of_row[metric] = aggregate.value;
    }
    let count = facts.metrics.len();
    values.iter_mut().for_each(|row| row.resize(count, None));
    facts.set_values(values.into_iter().flatten());
    // Without a sweep the label tells nothing.
    if let [only] = &mut facts.configurations[..]
        && only.swept.is_empty()
    {
        only.label.clear();
    }
}
