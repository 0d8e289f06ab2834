use std::collections::{BTreeMap, BTreeSet, HashMap};

use std::sync::Arc;

use rayon::prelude::*;

use camlab_base::registry::toml_text;
use camlab_config::{
    self as config, Diagnostic, Document, Experiment, Invalid, OtherExperiment, Override, Point, ReadDocument,
};

use super::across::{AcrossClaim, across};
use super::check::{self, CheckedCell};
use super::configuration_names::short_names;
use super::references::{self, OF};
use camlab_stage::DrawnImages;

/// One point of the sweep with one seed: an independent experiment.
#[derive(Debug, Clone)]
pub struct Cell {
    /// `s0`, or `c01-s0` if there are several configurations; unique in the experiment.
    pub id: String,
    /// Seed of every random stream of the cell.
    pub seed: u64,
    /// Index of the configuration; the same for all seeds.
    pub index: usize,
    /// Name of the configuration.
    pub(super) name: Arc<str>,
    /// The keys set by the sweep, in the file's order; empty without a sweep.
    pub overrides: Arc<[Override]>,
    /// The experiment, overrides applied; one for all seeds.
    pub experiment: Arc<Experiment>,
    /// The part of it that is computed, for a trial of a search; `None`: all of it.
    pub rung: Option<CellRung>,
    /// The claims across configurations, in the file's order; one list for all cells.
    pub across: Arc<[AcrossClaim]>,
}

/// Part of a cell: a rung of successive halving.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellRung {
    /// Number of epochs after which trainings pause; `None`: they run to their ends.
    pub epochs: Option<usize>,
    /// Numbers of epochs of the rungs before, ascending: trainings go on from their states.
    pub earlier: Arc<[usize]>,
    /// The test images; `None`: all of them.
    pub images: Option<DrawnImages>,
}

impl Cell {
    /// Name of the configuration, without the seed: `lr = 0.1, batch = 8`; `base` for one that sets nothing. Different
    /// for all configurations.
    pub fn configuration(&self) -> String {
        self.name.to_string()
    }

    /// A cell of an experiment that is referred to, which no report of a plan shows; its seed is the experiment's first
    /// unless another is given.
    pub fn of_other(other: &OtherExperiment, seed: Option<u64>) -> Self {
        let experiment = Arc::clone(&other.experiment);
        let seed = seed.or(experiment.seeds.first().copied()).unwrap_or(0);
        let id = format!("s{seed}{OF}{}", other.file().display());
        let (name, overrides, across) = ("base".into(), Arc::default(), Arc::default());
        Self { id, seed, index: 0, name, overrides, experiment, rung: None, across }
    }

    /// The cells of the experiments that it refers to, directly or by those, each once.
    pub fn others(&self) -> Vec<(&OtherExperiment, Self)> {
        let mut found: Vec<(&OtherExperiment, Self)> = Vec::new();
        let mut open = vec![&*self.experiment];
        while let Some(experiment) = open.pop() {
            for (_, options) in experiment.pretrained() {
                let Some(referred) = options.reference() else { continue };
                let Some(other) = experiment.others.get(referred.experiment.as_str()) else { continue };
                let cell = Self::of_other(other, referred.seed);
                if !found.iter().any(|(_, known)| known.id == cell.id) {
                    found.push((&**other, cell));
                    open.push(&other.experiment);
                }
            }
        }
        found
    }

    /// Its name, seed and configuration in a line, as `camlab plan` lists cells.
    pub fn line(&self) -> String {
        format!("{:<10} seed {:<6} {}", self.id, self.seed, self.name)
    }
}

/// The experiment of one of several cells as TOML, defaults filled in; a comment names the cell if there are several.
///
/// # Errors
/// A message, if the experiment cannot be written as TOML.
pub fn resolved_text(cells: &[Cell], cell: &Cell) -> Result<String, String> {
    let text = toml_text(&*cell.experiment)
        .map_err(|error| format!("cannot write the experiment of cell {} as TOML: {error}", cell.id))?;
    Ok(match cells.len() {
        0 | 1 => text,
        several => format!("# cell {} of {several}: {}\n{text}", cell.id, cell.configuration()),
    })
}

/// The cells of a document, a search in it aside.
#[derive(Debug)]
pub(super) struct OwnCells {
    /// The cells, in the order of the sweep.
    pub cells: Vec<Cell>,
    /// Warnings: points of the sweep that are equal.
    pub warnings: Vec<Diagnostic>,
}

/// Number of points that one thread reads after each other, so that each is compared with the one before.
const READ_TOGETHER: usize = 256;

/// Limit on the points among them whose mistakes are collected: nearly all of them have the same ones.
const MOST_BROKEN: usize = 20;

/// All cells of a document, deserialised and checked, a search in it aside. Points of the sweep that stand for the same
/// experiment are one.
///
/// # Errors
/// [`Invalid`] with all errors, in the order of the file.
pub(super) fn own_cells(document: &Document) -> Result<OwnCells, Invalid> {
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

    let mut configurations = DistinctExperiments::default();
    let mut warnings = EqualPoints::default();
    let read = points.par_chunks(READ_TOGETHER).flat_map_iter(read_some).collect::<Vec<_>>();
    for ((index, point), read) in points.into_iter().enumerate().zip(read) {
        let name = || several.then(|| format!("c{index:02}"));
        let experiment = match read {
            Ok(experiment) => experiment,
            Err(errors) => {
                let swept = !point.overrides.is_empty();
                found.extend(errors.into_iter().map(|error| match error.elsewhere {
                    None => Diagnostic { cell: name().filter(|_| swept).map(Into::into), ..error },
                    Some(_) => error,
                }));
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
    let mut compared = Arc::default();
    if found.is_empty() {
        match across(&configurations) {
            Ok(claims) => compared = claims,
            Err(errors) => found = errors,
        }
    }
    if !found.is_empty() {
        return Err(invalid(found));
    }
    let several = configurations.len() > 1;
    let mut cells = Vec::new();
    let names = short_names(&configurations);
    // A search reads the validation images, or says that it reads the test images.
    let searched = document.root.get("search").is_some();
    let unread = (!searched).then(|| unread_validation(&configurations)).flatten();
    let warnings = warnings.all().into_iter().chain(unread).collect();
    for ((index, (experiment, point)), name) in configurations.into_iter().enumerate().zip(names) {
        let overrides: Arc<[Override]> = point.overrides.into();
        for seed in &experiment.seeds {
            let id = if several { format!("c{index:02}-s{seed}") } else { format!("s{seed}") };
            let (overrides, experiment) = (Arc::clone(&overrides), Arc::clone(&experiment));
            let (name, across) = (Arc::clone(&name), Arc::clone(&compared));
            cells.push(Cell { id, seed: *seed, index, name, overrides, experiment, rung: None, across });
        }
    }
    Ok(OwnCells { cells, warnings })
}

/// Warning about validation images that no configuration reads.
fn unread_validation(configurations: &[(Arc<Experiment>, Point)]) -> Option<Diagnostic> {
    let reads = |experiment: &Experiment| {
        let epochs = experiment.training.as_ref().is_some_and(|training| training.validation.is_some());
        let thresholds = !experiment.threshold_choices().is_empty();
        experiment.data.val.is_none() || epochs || thresholds || !experiment.fusion.is_empty()
    };
    if configurations.iter().any(|(experiment, _)| reads(experiment)) {
        return None;
    }
    let (_, point) = configurations.first()?;
    let message = "nothing is chosen by the images of `data.val`";
    let remedy = "remove `thresholds` from [evaluation], add validation = {} to [training], or remove val";
    Some(Diagnostic::at(point.document.span("data.val"), message, remedy))
}

/// The document of one configuration: overrides applied, references replaced.
///
/// # Errors
/// As [`crate::expand`].
pub fn document_of(document: &Document, index: usize) -> Result<Option<Document>, Invalid> {
    Ok(documents_of(document, &BTreeSet::from([index]))?.remove(&index))
}

/// The documents of some configurations.
///
/// # Errors
/// As [`crate::expand`].
pub fn documents_of(
    document: &Document,
    indices: &BTreeSet<usize>,
) -> Result<BTreeMap<usize, Document>, Invalid> {
    let invalid = |found: Vec<Diagnostic>| Invalid::new(config::Sources::clone(&document.sources), found);
    let mut configurations = DistinctExperiments::default();
    let mut before = CheckedCell::default();
    let mut found = BTreeMap::new();
    for point in config::points(document).map_err(invalid)? {
        if found.len() == indices.len() {
            break;
        }
        let experiment = read(&point.document, &mut before).map_err(invalid)?;
        let index = configurations.all.len();
        if configurations.add(experiment, &point).is_none() && indices.contains(&index) {
            found.insert(index, point.document.interpolated().map_err(invalid)?);
        }
    }
    Ok(found)
}

/// The distinct experiments of a sweep, each with its first point.
#[derive(Default)]
struct DistinctExperiments {
    all: Vec<(Arc<Experiment>, Point)>,
    /// Their indices by the tables in which they differ from the first.
    by_difference: HashMap<String, Vec<usize>>,
}

impl DistinctExperiments {
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

/// The experiments of neighbouring points; after too many with mistakes, the mistakes of the others are left out.
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
pub(super) fn read(
    document: &Document,
    before: &mut CheckedCell,
) -> Result<Arc<Experiment>, Vec<Diagnostic>> {
    let (document, unresolved) = document.interpolated_in_part();
    let ReadDocument { experiment, mut mistakes, document, mut repaired } = document.read();
    if !unresolved.is_empty() {
        // A reference that is left over is no mistake of its own, nor is what follows from it.
        mistakes.retain(|mistake| !mistake.message.contains("${"));
        let open = document.root.iter().filter(|(_, value)| config::refers(value));
        repaired.extend(open.map(|(key, _)| key.name.to_string()));
        mistakes.extend(unresolved);
    }
    if let Some(mut experiment) = experiment {
        let found = check::experiment(&document, &experiment, &repaired, before);
        if mistakes.is_empty() && found.is_empty() {
            let before_it = before.experiment.as_deref();
            experiment.others = references::others(&document, &experiment, before_it, &experiments)?;
            experiment.resolve();
            let experiment = Arc::new(experiment);
            before.experiment = Some(Arc::clone(&experiment));
            return Ok(experiment);
        }
        mistakes.extend(found);
    }
    Err(mistakes)
}

/// The distinct experiments of a document's cells.
fn experiments(document: &Document) -> Result<Vec<Arc<Experiment>>, Invalid> {
    let mut cells = own_cells(document)?.cells;
    cells.dedup_by_key(|cell| cell.index);
    Ok(cells.into_iter().map(|cell| cell.experiment).collect())
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
