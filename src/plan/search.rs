//! Searches: the cells of a trial, and those of the report at the end.

use std::sync::Arc;

use camlab_config::{
    self as config, Diagnostic, Document, Experiment, Invalid, Objective, ObjectiveDirection, ObjectiveSplit,
    Overlap, Point, SearchTable, Sources, ValidationData,
};
use camlab_parts::metric::{Direction, Measure, MetricSpec};
use camlab_parts::search::RungUnit;
use camlab_search::{Domain, ParameterValue, SearchPoint, SearchSpace};

use super::cell::{Cell, CellRung, document_of, own_cells, read};
use super::check::{CheckedCell, made, trains};
use super::claims::{DeclaredMap, side};
use super::configuration_names::full_name;

/// Configuration of the best point in a report; its reference is `base`, the file's own values.
pub const FOUND: &str = "found";

/// A search, checked.
#[derive(Debug, Clone)]
pub struct Search {
    /// The search as its file describes it.
    pub table: SearchTable,
    /// The experiment of the file's own values.
    pub base: Arc<Experiment>,
    /// The measure that decides.
    pub measure: Measure,
    /// The metric that has it.
    pub metric: MetricSpec,
    /// `true` if higher values of it are better.
    pub higher_is_better: bool,
    /// The maps that it is computed on; empty: all of them.
    pub maps: Vec<DeclaredMap>,
}

/// The search of a document; `None` if it has none.
///
/// # Errors
/// [`Invalid`] with all mistakes of the file, those of the search's own values, of the search, and of points at the
/// borders of its space among them.
pub fn search(document: &Document) -> Result<Option<Search>, Invalid> {
    let invalid = |found| Invalid::new(Sources::clone(&document.sources), found);
    let table = match config::search(document) {
        Ok(Some(table)) => table,
        Ok(None) => return Ok(None),
        Err(mut found) => {
            found.extend(own_cells(document).err().map(|invalid| invalid.diagnostics).unwrap_or_default());
            return Err(invalid(found));
        }
    };
    let cells = own_cells(document)?.cells;
    let Some(base) = cells.first().map(|cell| Arc::clone(&cell.experiment)) else { return Ok(None) };
    let mut found = Vec::new();
    let search = Search::new(table, base, document, &mut found);
    if let Some(search) = &search {
        search.check(document, &mut found);
    }
    match search {
        Some(search) if found.is_empty() => Ok(Some(search)),
        _ => Err(invalid(found)),
    }
}

/// The document of a cell: the keys of its sweep or search set, references replaced. `None` if the document has no such
/// cell.
///
/// # Errors
/// As [`crate::expand`].
pub fn document_of_cell(document: &Document, cell: &Cell) -> Result<Option<Document>, Invalid> {
    let invalid = |found| Invalid::new(Sources::clone(&document.sources), found);
    match config::search(document).map_err(invalid)? {
        Some(table) => table.document(document, &cell.overrides).map(Some).map_err(invalid),
        None => document_of(document, cell.index),
    }
}

impl Search {
    fn new(
        table: SearchTable,
        base: Arc<Experiment>,
        document: &Document,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let objective = &table.options.objective;
        let mut at = |key: &str, message: String, remedy: String| {
            found.push(Diagnostic::at(document.span(&format!("search.objective{key}")), message, remedy));
        };
        let measures = |spec: &MetricSpec| spec.metric().measures();
        let known: Vec<(MetricSpec, Measure)> = base
            .evaluation
            .metrics
            .iter()
            .flat_map(|spec| measures(spec).into_iter().map(|measure| (spec.clone(), measure)))
            .collect();
        let decides = known.iter().find(|(_, measure)| measure.name == objective.metric);
        if decides.is_none() {
            let listed: Vec<&str> = known.iter().map(|(_, measure)| measure.name.as_str()).collect();
            let near = camlab_base::registry::closest(&objective.metric, listed.iter().copied());
            let remedy = near.map_or_else(
                || format!("use one of `{}`, or add the metric to evaluation.metrics", listed.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            at(".metric", format!("the experiment has no metric `{}`", objective.metric), remedy);
        }
        let maps = match named(objective, &base) {
            Ok(maps) => maps,
            Err((key, message, remedy)) => {
                at(&format!(".{key}"), message, remedy);
                Vec::new()
            }
        };
        match objective.split {
            ObjectiveSplit::Val if base.data.val.is_none() => at(
                ".split",
                "`split = \"val\"` needs validation images, and the file has none".into(),
                "add val = { of = \"train\", fraction = 0.2 } to [data], or a data set".into(),
            ),
            ObjectiveSplit::Test if !objective.allow_test => at(
                ".split",
                "`split = \"test\"` chooses the point by the images that evaluate it".into(),
                "use split = \"val\", or write allow-test = true; the report then warns that its numbers are optimistic".into(),
            ),
            split => trains(&base, split).into_iter().for_each(|(what, help)| at(".split", what, help)),
        }
        let (metric, measure) = decides?.clone();
        let higher_is_better = match objective.direction {
            Some(direction) => direction == ObjectiveDirection::Maximise,
            None => measure.direction == Direction::HigherIsBetter,
        };
        Some(Self { table, base, measure, metric, higher_is_better, maps })
    }

    fn check(&self, document: &Document, found: &mut Vec<Diagnostic>) {
        let options = &self.table.options;
        let mut at = |key: &str, message: String, remedy: &str| {
            found.push(Diagnostic::at(document.span(&format!("search.{key}")), message, remedy));
        };
        let method = options.method.implementation();
        if let Err((key, problem)) = method.check(&self.table.space) {
            let (message, remedy) = problem.split_once("; ").unwrap_or((&problem, ""));
            at(&format!("method.{}.{key}", options.method.name()), message.to_owned(), remedy);
        }
        if options.batch == 0 {
            at("batch", "`batch = 0` proposes no points".into(), "use 1 or more");
        }
        if options.max_cells == Some(0) {
            at("max-cells", "`max-cells = 0` leaves no points".into(), "use the number of seeds or more");
        } else if options.max_cells.is_some_and(|cells| cells < self.base.seeds.len()) {
            let message =
                format!("`max-cells` is less than the {} seeds of one point", self.base.seeds.len());
            at("max-cells", message, "a point takes a cell per seed; use a larger number");
        }
        if options.max_minutes.is_some_and(|minutes| !(minutes.is_finite() && minutes > 0.0)) {
            at("max-minutes", "`max-minutes` is no positive number".into(), "write minutes, such as 30");
        }
        if options.max_boxes == Some(0) {
            at(
                "max-boxes",
                "`max-boxes = 0` leaves no image to compute the objective on".into(),
                "use 1 or more",
            );
        }
        let endless = options.max_cells.is_none() && options.max_minutes.is_none();
        if endless && method.points(&self.table.space).is_none() {
            let message = format!("the search by `{}` has no end", options.method.name());
            at("method", message, "add max-cells = 40, or max-minutes");
        }
        if let Some(halving) = method.halving()
            && halving.by == RungUnit::Epochs
        {
            self.check_epochs(&mut at);
            let epochs = self.base.epochs();
            if epochs > 0 && halving.least > epochs as u64 {
                let message =
                    format!("`least = {}` is more than the {epochs} epochs of [training]", halving.least);
                at("method.halving.least", message, "use fewer epochs for the first rung");
            }
        }
        if found.is_empty() {
            found.extend(self.broken_points(document));
        }
    }

    /// Rungs by epochs need networks whose training `[training]` describes.
    fn check_epochs(&self, at: &mut dyn FnMut(&str, String, &str)) {
        let trained =
            self.base.training.is_some() && self.base.init.iter().any(|init| init.train.unwrap_or(true));
        if !trained {
            let message =
                "rungs by epochs need a network that is trained, and the file trains none".to_owned();
            at("method.halving", message, "use by = \"images\", or add [training]");
        }
        if self.base.fusion.iter().any(|fusion| fusion.method.distillation().is_some()) {
            let message = "the student of a distillation has no rungs by epochs".to_owned();
            at("method.halving", message, "use by = \"images\"");
        }
        let searched = |key: &str| self.table.keys.iter().any(|known| known.key.starts_with(key));
        if searched("training.epochs") || searched("training.stage") {
            let message = "the number of epochs is searched, and the rungs are parts of it".to_owned();
            at("method.halving", message, "remove the key from the space, or use by = \"images\"");
        }
    }

    /// The first mistake of points at the borders of the space: each key at its ends, and every choice.
    fn broken_points(&self, document: &Document) -> Vec<Diagnostic> {
        let mut before = CheckedCell::default();
        for point in borders(&self.table.space) {
            let point = self.table.rounded(&point);
            let found =
                self.table.point(document, &point).and_then(|point| read(&point.document, &mut before));
            if let Err(mut found) = found {
                let words: Vec<String> =
                    self.table.overrides(&point).iter().map(|o| format!("{} = {}", o.key, o.value)).collect();
                if let Some(first) = found.first_mut() {
                    first.message += &format!(" (at {})", words.join(", "));
                }
                return found;
            }
        }
        Vec::new()
    }

    /// The search in a line: `search by tpe over 4 keys, at most 40 trials`.
    pub fn words(&self) -> String {
        let options = &self.table.options;
        let keys = self.table.keys.len();
        let plural = if keys == 1 { "" } else { "s" };
        let most = self.most_trials().map_or_else(String::new, |trials| format!(", at most {trials} trials"));
        let minutes = options.max_minutes.map_or_else(String::new, |minutes| format!(", {minutes} minutes"));
        format!("search by {} over {keys} key{plural}{most}{minutes}", options.method.name())
    }

    /// The largest number of trials; `None`: minutes alone end the search.
    pub fn most_trials(&self) -> Option<usize> {
        let options = &self.table.options;
        let of_cells = options.max_cells.map(|cells| cells / self.base.seeds.len().max(1));
        let own = options.method.implementation().points(&self.table.space);
        of_cells.into_iter().chain(own).min()
    }

    /// The images that the objective is computed on: the validation or the test images.
    pub fn split(&self) -> ObjectiveSplit {
        self.table.options.objective.split
    }

    /// Cells of a trial that compute its objective, one per seed: of the experiment whose test images are those of the
    /// objective's split. `number` is that of the trial, from 0.
    ///
    /// # Errors
    /// The mistakes of the point.
    pub fn trial_cells(
        &self,
        document: &Document,
        number: usize,
        point: &SearchPoint,
        rung: &CellRung,
    ) -> Result<Vec<Cell>, Vec<Diagnostic>> {
        let point = self.table.point(document, point)?;
        let mut experiment = (*read(&point.document, &mut CheckedCell::default())?).clone();
        let data = &mut experiment.data;
        if self.split() == ObjectiveSplit::Val
            && let Some(ValidationData::Dataset(val)) = data.val.clone()
        {
            (data.test, data.sample) = (val, None);
            // The two splits are the same images here. Those of the file are compared with each other before the search.
            data.overlap = Overlap::Allow;
        }
        let rung = (*rung != CellRung::default()).then(|| rung.clone());
        Ok(self.cells(&format!("t{number:02}"), number, experiment, point, rung))
    }

    /// The cells of the report: the best point, and the file's own values unless `reference` is false or they are the same.
    ///
    /// # Errors
    /// The mistakes of the point.
    pub fn final_cells(&self, document: &Document, best: &SearchPoint) -> Result<Vec<Cell>, Vec<Diagnostic>> {
        let point = self.table.point(document, best)?;
        let experiment = read(&point.document, &mut CheckedCell::default())?;
        let same = experiment == self.base;
        let mut cells = self.cells(FOUND, 0, (*experiment).clone(), point, None);
        if self.table.options.reference && !same {
            let mut own = document.clone();
            Arc::make_mut(&mut own.root).remove("search");
            let point = Point { document: own, overrides: Vec::new(), place: self.table.place.clone() };
            cells.extend(self.cells("base", 1, (*self.base).clone(), point, None));
        }
        Ok(cells)
    }

    fn cells(
        &self,
        id: &str,
        index: usize,
        experiment: Experiment,
        point: Point,
        rung: Option<CellRung>,
    ) -> Vec<Cell> {
        let experiment = Arc::new(experiment);
        let (name, overrides) = (full_name(&point.overrides), Arc::from(point.overrides));
        let cell = |seed: &u64| Cell {
            id: format!("{id}-s{seed}"),
            seed: *seed,
            index,
            name: Arc::clone(&name),
            overrides: Arc::clone(&overrides),
            experiment: Arc::clone(&experiment),
            rung: rung.clone(),
            across: Arc::default(),
        };
        experiment.seeds.iter().map(cell).collect()
    }

    /// `true` if the objective is computed on a map with these names.
    pub fn decides(&self, [network, method, layer]: [&str; 3]) -> bool {
        let same = |map: &DeclaredMap| (&*map.network, &*map.method, &*map.layer) == (network, method, layer);
        self.maps.iter().any(same)
    }
}

/// The maps that an objective is computed on.
fn named(objective: &Objective, base: &Experiment) -> Result<Vec<DeclaredMap>, (String, String, String)> {
    let all: Vec<DeclaredMap> = made(base).into_iter().filter(|map| map.network != super::BASELINE).collect();
    match objective.map() {
        Some(map) => side("objective", &map, &all).map_err(|wrong| {
            (wrong.key.trim_start_matches("objective.").to_owned(), wrong.message, wrong.remedy)
        }),
        None => {
            let of_layer =
                |map: &&DeclaredMap| objective.layer.as_ref().is_none_or(|layer| *layer == map.layer);
            let of_network =
                |map: &&DeclaredMap| objective.network.as_ref().is_none_or(|network| *network == map.network);
            let found: Vec<DeclaredMap> = all.iter().filter(of_layer).filter(of_network).cloned().collect();
            if found.is_empty() {
                let key = if objective.network.is_some() { "network" } else { "layer" };
                let mut known: Vec<&str> = all
                    .iter()
                    .map(|map| if key == "network" { map.network.as_str() } else { map.layer.as_str() })
                    .collect();
                known.sort_unstable();
                known.dedup();
                let remedy = format!("use one of `{}`", known.join("`, `"));
                return Err((key.into(), format!("no map has this `{key}`"), remedy));
            }
            Ok(found)
        }
    }
}

/// Points at the borders of a space: all keys at their low ends, each key at its high end or another choice.
fn borders(space: &SearchSpace) -> Vec<SearchPoint> {
    let low = |domain: &Domain| match domain {
        Domain::Real { low, .. } => ParameterValue::Real(*low),
        Domain::Whole { low, .. } => ParameterValue::Whole(*low),
        Domain::Choice { .. } => ParameterValue::Choice(0),
    };
    let ends = |domain: &Domain| -> Vec<ParameterValue> {
        match domain {
            Domain::Real { high, .. } => vec![ParameterValue::Real(*high)],
            Domain::Whole { high, .. } => vec![ParameterValue::Whole(*high)],
            Domain::Choice { count } => (1..*count).map(ParameterValue::Choice).collect(),
        }
    };
    let parameters = space.parameters();
    // Parents take the first choice under which the key is active.
    let with = |changed: Option<(usize, ParameterValue)>| -> SearchPoint {
        let mut wanted: Vec<ParameterValue> = parameters.iter().map(|known| low(&known.domain)).collect();
        if let Some((index, value)) = changed {
            wanted[index] = value;
            let mut open = vec![index];
            while let Some(child) = open.pop() {
                for condition in &parameters[child].when {
                    if let Some(choice) = condition.choices.first() {
                        wanted[condition.parent] = ParameterValue::Choice(*choice);
                        open.push(condition.parent);
                    }
                }
            }
        }
        let mut point = SearchPoint::new();
        for (index, value) in wanted.into_iter().enumerate() {
            let active = space.active(index, &point);
            point.push(active.then_some(value));
        }
        point
    };
    let mut points = vec![with(None)];
    for (index, parameter) in parameters.iter().enumerate() {
        // The low end of a key that is not active otherwise.
        if !parameter.when.is_empty() {
            points.push(with(Some((index, low(&parameter.domain)))));
        }
        points.extend(ends(&parameter.domain).into_iter().map(|value| with(Some((index, value)))));
    }
    points
}
