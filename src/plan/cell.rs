use std::collections::HashMap;

use std::sync::Arc;

use rayon::prelude::*;

use camlab_config::{self as config, Diagnostic, Document, Experiment, Invalid, Override, Point, Reading};

use super::check::{self, CheckedCell};

/// One point of the sweep with one seed: an independent experiment.
#[derive(Debug, Clone)]
pub struct Cell {
    /// `s0`, or `c01-s0` if there are several configurations; unique in the experiment.
    pub id: String,
    /// Seed of every random stream of the cell.
    pub seed: u64,
    /// Index of the configuration; the same for all seeds.
    pub index: usize,
    /// The keys set by the sweep, in the file's order; empty without a sweep.
    pub overrides: Arc<[Override]>,
    /// The experiment, overrides applied; one for all seeds.
    pub experiment: Arc<Experiment>,
}

impl Cell {
    /// Name of the configuration, without the seed: `lr = 0.1, batch = 8`; `base` without a sweep.
    pub fn configuration(&self) -> String {
        if self.overrides.is_empty() {
            return "base".into();
        }
        // The last segment of a key suffices, unless two keys end in the same one.
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_string();
        let alike = |key: &str| self.overrides.iter().filter(|o| last(&o.key) == last(key)).count();
        let name = |key: &str| if alike(key) == 1 { last(key) } else { key.to_string() };
        let parts: Vec<_> =
            self.overrides.iter().map(|o| format!("{} = {}", name(&o.key), o.value)).collect();
        parts.join(", ")
    }
}

/// The cells of a document, and what is worth saying about them.
#[derive(Debug)]
pub struct Cells {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// Warnings: points of the sweep that are equal.
    pub warnings: Vec<Diagnostic>,
}

/// All cells of a document, deserialised and checked.
///
/// # Errors
/// As [`expand`].
pub fn cells(document: &Document) -> Result<Vec<Cell>, Invalid> {
    expand(document).map(|expanded| expanded.cells)
}

/// Number of points that one thread reads after each other, so that each is compared with the one before.
const READ_TOGETHER: usize = 256;

/// Limit on the points among them whose mistakes are collected: nearly all of them have the same ones.
const MOST_BROKEN: usize = 20;

/// All cells of a document, deserialised and checked. Points of the sweep that stand for the same experiment are one.
///
/// # Errors
/// [`Invalid`] with all errors, in the order of the file.
pub fn expand(document: &Document) -> Result<Cells, Invalid> {
    let invalid = |found: Vec<Diagnostic>| Invalid::new(config::Sources::clone(&document.sources), found);
    let points = match config::points(document) {
        Ok(points) => points,
        Err(mut found) => {
            // The rest of the file is checked without the sweep. Keys that only the sweep gives are not missed.
            let own = check_base(document).into_iter();
            found.extend(own.filter(|mistake| !mistake.message.starts_with("missing field")));
            return Err(invalid(found));
        }
    };
    let several = points.len() > 1;
    let mut found = Vec::new();

    let mut configurations = Configurations::default();
    let mut warnings = EqualPoints::default();
    let read = points.par_chunks(READ_TOGETHER).flat_map_iter(read_some).collect::<Vec<_>>();
    for ((index, point), read) in points.into_iter().enumerate().zip(read) {
        let name = || several.then(|| format!("c{index:02}"));
        let experiment = match read {
            Ok(experiment) => experiment,
            Err(errors) => {
                let swept = !point.overrides.is_empty();
                found.extend(
                    errors.into_iter().map(|error| Diagnostic { cell: name().filter(|_| swept), ..error }),
                );
                continue;
            }
        };
        if let Some(first) = configurations.add(experiment, &point) {
            warnings.add(&configurations.all[first].1, &point);
        }
    }
    let configurations = configurations.all;
    if found.is_empty() {
        found.extend(several_names(&configurations));
    }
    if !found.is_empty() {
        return Err(invalid(found));
    }
    let several = configurations.len() > 1;
    let mut cells = Vec::new();
    for (index, (experiment, point)) in configurations.into_iter().enumerate() {
        let overrides: Arc<[Override]> = point.overrides.into();
        for seed in &experiment.seeds {
            let id = if several { format!("c{index:02}-s{seed}") } else { format!("s{seed}") };
            let (overrides, experiment) = (Arc::clone(&overrides), Arc::clone(&experiment));
            cells.push(Cell { id, seed: *seed, index, overrides, experiment });
        }
    }
    Ok(Cells { cells, warnings: warnings.all() })
}

/// The document of one configuration: overrides applied, references replaced.
///
/// # Errors
/// As [`expand`].
pub fn document_of(document: &Document, index: usize) -> Result<Option<Document>, Invalid> {
    let invalid = |found: Vec<Diagnostic>| Invalid::new(config::Sources::clone(&document.sources), found);
    let mut configurations = Configurations::default();
    let mut before = CheckedCell::default();
    for point in config::points(document).map_err(invalid)? {
        let experiment = read(&point.document, &mut before).map_err(invalid)?;
        let repeated = configurations.add(experiment, &point).is_some();
        if !repeated && configurations.all.len() == index + 1 {
            return point.document.interpolated().map(Some).map_err(invalid);
        }
    }
    Ok(None)
}

/// The distinct experiments of a sweep, each with its first point.
#[derive(Default)]
struct Configurations {
    all: Vec<(Arc<Experiment>, Point)>,
    /// Their indices by the tables in which they differ from the first.
    by_difference: HashMap<String, Vec<usize>>,
}

impl Configurations {
    /// Adds an experiment; the index of an equal one if there is one already.
    fn add(&mut self, experiment: Arc<Experiment>, point: &Point) -> Option<usize> {
        let base = self.all.first().map(|(first, _)| first);
        let difference = base.map_or_else(String::new, |base| experiment.difference(base));
        let alike = self.by_difference.entry(difference).or_default();
        let known = alike.iter().copied().find(|index| self.all[*index].0 == experiment);
        if known.is_none() {
            alike.push(self.all.len());
            self.all.push((experiment, point.clone()));
        }
        known
    }
}

/// The experiments of neighbouring points; after too many with mistakes the others have none told.
fn read_some(points: &[Point]) -> Vec<Result<Arc<Experiment>, Vec<Diagnostic>>> {
    let mut before = CheckedCell::default();
    let (mut read_points, mut broken) = (Vec::with_capacity(points.len()), 0);
    for point in points {
        let found = match broken < MOST_BROKEN {
            true => read(&point.document, &mut before),
            false => Err(Vec::new()),
        };
        broken += usize::from(found.is_err());
        read_points.push(found);
    }
    read_points
}

/// Experiment of a document of one point, checked; what it has in common with the cell before is not checked again.
fn read(document: &Document, before: &mut CheckedCell) -> Result<Arc<Experiment>, Vec<Diagnostic>> {
    let document = document.interpolated()?;
    let Reading { experiment, mut mistakes, document, repaired } = document.read();
    if let Some(mut experiment) = experiment {
        let found = check::experiment(&document, &experiment, &repaired, before);
        if mistakes.is_empty() && found.is_empty() {
            experiment.resolve();
            let experiment = Arc::new(experiment);
            before.experiment = Some(Arc::clone(&experiment));
            return Ok(experiment);
        }
        mistakes.extend(found);
    }
    Err(mistakes)
}

/// The mistakes of a document outside its sweep.
fn check_base(document: &Document) -> Vec<Diagnostic> {
    let mut base = document.clone();
    Arc::make_mut(&mut base.root).remove("sweep");
    read(&base, &mut CheckedCell::default()).err().unwrap_or_default()
}

/// Error for cells whose reports have different names, by a reference to a swept key.
fn several_names(configurations: &[(Arc<Experiment>, Point)]) -> Option<Diagnostic> {
    let (first, _) = configurations.first()?;
    let (other, point) = configurations.iter().find(|(other, _)| other.name != first.name)?;
    let message = format!("the cells have different names, such as `{}` and `{}`", first.name, other.name);
    let remedy = "the report of all cells has one name; refer to no swept key in `name`";
    Some(Diagnostic::at(point.document.span("name"), message, remedy))
}

/// Warnings about points that are equal to an earlier one.
#[derive(Default)]
struct EqualPoints {
    found: Vec<Diagnostic>,
    /// Number of those that are not shown one by one.
    more: usize,
}

/// Limit on the equal points that are shown one by one.
const SHOWN_EQUAL: usize = 3;

impl EqualPoints {
    fn all(mut self) -> Vec<Diagnostic> {
        if self.more > 0
            && let Some(last) = self.found.last_mut()
        {
            last.message += &format!("; so are {} further points", self.more);
        }
        self.found
    }

    fn add(&mut self, first: &Point, again: &Point) {
        let known = self.found.iter_mut().find(|known| known.span.as_ref() == Some(&again.place));
        if known.is_some() {
            return;
        }
        if self.found.len() == SHOWN_EQUAL {
            self.more += 1;
            return;
        }
        let words: Vec<String> = again.overrides.iter().map(|o| format!("{} = {}", o.key, o.value)).collect();
        let words = if words.is_empty() { "the file's own values".to_owned() } else { words.join(", ") };
        let message = format!("{words} is the same experiment as another point of the sweep: it runs once");
        let remedy = "equal points are one point; to repeat an experiment write seeds = [0, 1, 2]";
        let mut warning = Diagnostic::at(Some(again.place.clone()), message, remedy);
        if first.place != again.place && !first.overrides.is_empty() {
            warning = warning.and(first.place.clone(), "the same point");
        }
        self.found.push(warning);
    }
}
