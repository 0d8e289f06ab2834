//! The results of all configurations before layout: metrics, series, and the configurations that are shown in detail.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::distinct::distinct;
use super::series::Series;
use super::titles::{Titles, title};
use camlab_frame::aggregate::{Aggregate, Configurations, OverSeeds};
use camlab_frame::{
    BASELINE, CellRow, CellSet, Direction, FrameError, FrameReader, SummaryRow, TitleRow, UNCHANGED, read,
    read_if_there, seconds_as_metric,
};

/// Maximum number of configurations that are shown in detail: the reference, then the best of the others.
const DETAILED: usize = 12;

/// A metric with the unit and direction needed to print it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShownMetric {
    /// Name.
    pub name: Arc<str>,
    /// Unit of its values.
    pub unit: String,
    /// Direction of improvement.
    pub direction: Direction,
}

impl ShownMetric {
    /// True for passes, seconds and numbers of odd maps, which say nothing about the quality of a map.
    fn is_cost(&self) -> bool {
        ["passes", "s", "maps"].contains(&self.unit.as_str())
    }

    /// Ordering that puts the better value first; values that cannot be compared (NaN) are equal.
    pub fn rank(&self, first: f64, second: f64) -> Ordering {
        let rising = first.partial_cmp(&second).unwrap_or(Ordering::Equal);
        match self.direction {
            Direction::Higher => rising.reverse(),
            Direction::Lower => rising,
        }
    }

    /// True if `first` is better than `second`.
    pub fn better(&self, first: f64, second: f64) -> bool {
        self.rank(first, second) == Ordering::Less
    }
}

/// Metrics over seeds, and what they are about.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Overrides of each cell.
    pub cells: Vec<CellRow>,
    /// Names as printed in papers; empty in reports older than this frame.
    pub titles: Vec<TitleRow>,
    /// Number of cells and of seeds with results.
    pub counts: (usize, usize),
    /// Metrics of unchanged maps by configuration and series, over seeds.
    pub aggregates: Vec<Aggregate>,
    /// The same for maps under a contrast.
    pub contrasted: Vec<Aggregate>,
    /// Configurations in order of appearance.
    pub configurations: Vec<Arc<str>>,
    /// The configurations that are shown in detail: the reference, then others in order of appearance; if there are
    /// more than a page holds, those with the best values.
    pub detailed: Vec<Arc<str>>,
    /// Series of unchanged maps, in order of appearance, baselines last.
    pub series: Vec<Series>,
    /// Metrics in order of appearance.
    pub metrics: Vec<ShownMetric>,
    /// The metric that ranks the methods: MaxBoxAccV2 if it was computed, else the first.
    pub headline: Option<ShownMetric>,
    /// The configuration of single-configuration tables and figures: the one that overrides nothing, else the best.
    pub reference: Arc<str>,
    places: Places,
}

/// The aggregates by configuration, series and metric.
#[derive(Debug, Clone, Default)]
struct Places {
    configurations: HashMap<Arc<str>, u32>,
    series: HashMap<Series, u32>,
    metrics: HashMap<Arc<str>, u32>,
    aggregates: HashMap<[u32; 3], u32>,
}

impl Places {
    fn add(&mut self, aggregate: &Aggregate, place: usize) {
        let next = self.configurations.len() as u32;
        let configuration = *self.configurations.entry(Arc::clone(&aggregate.configuration)).or_insert(next);
        let next = self.series.len() as u32;
        let series = *self.series.entry(Series::of(aggregate)).or_insert(next);
        let next = self.metrics.len() as u32;
        let metric = *self.metrics.entry(Arc::clone(&aggregate.metric)).or_insert(next);
        self.aggregates.insert([configuration, series, metric], place as u32);
    }

    fn get(&self, configuration: &str, series: &Series, metric: &str) -> Option<usize> {
        let key =
            [*self.configurations.get(configuration)?, *self.series.get(series)?, *self.metrics.get(metric)?];
        self.aggregates.get(&key).map(|place| *place as usize)
    }
}

impl Overview {
    /// Reads and groups the summary of a report directory.
    ///
    /// # Errors
    /// A file that is missing or does not hold the frame of its name.
    pub fn read(dir: &Path) -> Result<Self, FrameError> {
        let titles = Titles(read_if_there(dir)?);
        let cells: Vec<CellRow> = read(dir)?;
        let mut groups = OverSeeds::new(&cells)?;
        for summary in FrameReader::report::<SummaryRow>(dir)? {
            groups.add(summary?)?;
        }
        let (counts, evaluated) = (groups.counts(), groups.len());
        seconds_as_metric(dir, |seconds| groups.add(seconds))?;
        let mut all = groups.finish();
        // The time of a map that was not evaluated, since a stage failed, is no line of a table.
        let series = |a: &Aggregate| [&a.configuration, &a.network, &a.method, &a.layer].map(Arc::clone);
        let known: HashSet<_> = all[..evaluated].iter().map(series).collect();
        all.retain(|aggregate| known.contains(&series(aggregate)));
        titles.apply_to(&mut all);
        Ok(Self { counts, ..Self::new(all, cells, titles.0) })
    }

    fn new(all: Vec<Aggregate>, cells: Vec<CellRow>, titles: Vec<TitleRow>) -> Self {
        let mut places = Places::default();
        let (aggregates, contrasted): (Vec<Aggregate>, Vec<Aggregate>) =
            all.into_iter().partition(|aggregate| &*aggregate.contrast == UNCHANGED);
        for (place, aggregate) in aggregates.iter().chain(&contrasted).enumerate() {
            places.add(aggregate, place);
        }
        let listed: Vec<Arc<str>> = cells.iter().map(|cell| cell.configuration.as_str().into()).collect();
        let configurations = distinct(aggregates.iter().map(|a| &a.configuration).chain(&listed));
        let mut series = distinct(&aggregates.iter().map(Series::of).collect::<Vec<_>>());
        // Baselines are last in every table, independently of where they first appear in a sweep.
        series.sort_by_key(Series::is_baseline);
        let metrics = distinct(
            &aggregates
                .iter()
                .map(|a| ShownMetric {
                    name: Arc::clone(&a.metric),
                    unit: a.unit.to_string(),
                    direction: a.direction,
                })
                .collect::<Vec<_>>(),
        );
        let headline = headline(&metrics, |metric| &metric.name).filter(|metric| {
            // Thresholds of validation images rank only if every configuration has them.
            let measured = |name: &str| -> HashSet<&str> {
                let own = aggregates.iter().filter(|a| &*a.metric == name && a.value.is_some());
                own.map(|a| &*a.configuration).collect()
            };
            let all = || {
                metrics
                    .iter()
                    .filter(|other| without_threshold(&other.name).0 == without_threshold(&metric.name).0)
            };
            !is_at_val_threshold(&metric.name)
                || all().all(|other| measured(&other.name).is_subset(&measured(&metric.name)))
        });
        let plain = || metrics.iter().find(|metric| is_max_box_acc_v2(&metric.name)).or(metrics.first());
        // What a method costs does not rank it.
        let headline = headline.or_else(plain).filter(|metric| !metric.is_cost());
        let mut overview = Self {
            headline: headline.cloned(),
            cells,
            titles,
            places,
            aggregates,
            contrasted,
            configurations,
            series,
            metrics,
            ..Self::default()
        };
        overview.reference = overview.find_reference();
        overview.detailed = overview.find_detailed();
        overview
    }

    fn find_reference(&self) -> Arc<str> {
        let base = self.cells.iter().find(|cell| cell.key.is_none());
        let base = base.map(|cell| cell.configuration.as_str().into());
        let best = || self.best().map(|best| Arc::clone(&best.configuration));
        base.or_else(best).or(self.configurations.first().cloned()).unwrap_or_default()
    }

    fn find_detailed(&self) -> Vec<Arc<str>> {
        let others = self.configurations.iter().filter(|label| **label != self.reference);
        let mut others: Vec<&Arc<str>> = others.collect();
        if others.len() >= DETAILED
            && let Some(metric) = &self.headline
        {
            let mut best: HashMap<&str, f64> = HashMap::new();
            for (aggregate, value) in self.ranked(metric) {
                best.entry(&aggregate.configuration)
                    .and_modify(|known| {
                        if metric.better(value, *known) {
                            *known = value;
                        }
                    })
                    .or_insert(value);
            }
            let value = |label: &Arc<str>| best.get(&**label).copied();
            others.sort_by(|a, b| match (value(a), value(b)) {
                (Some(a), Some(b)) => metric.rank(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            others.truncate(DETAILED - 1);
        }
        std::iter::once(&self.reference).chain(others).cloned().collect()
    }

    /// The values of a metric, without those of baselines.
    fn ranked(&self, metric: &ShownMetric) -> impl Iterator<Item = (&Aggregate, f64)> {
        let rows = self.aggregates.iter().filter(|a| a.metric == metric.name && &*a.network != BASELINE);
        rows.filter_map(|a| Some((a, a.value?)))
    }

    /// The title that stands for a name of TOML in these frames; the name itself in a report without titles.
    pub fn title<'a>(&'a self, kind: &str, name: &'a str) -> &'a str {
        title(&self.titles, kind, name).unwrap_or(name)
    }

    /// Names a network by itself, its cell and its seed: with its configuration if there are several.
    pub fn naming(&self) -> impl Fn(&str, &str, i64) -> String + '_ {
        let labels = Configurations::new(&self.cells);
        let several = self.configurations.len() > 1;
        move |network, cell, seed| match several {
            true => format!("{network} · {}", labels.label(cell, seed)),
            false => network.to_owned(),
        }
    }

    /// The cells of some configurations.
    pub fn cells_of(&self, configurations: &[Arc<str>]) -> CellSet {
        let own = |row: &&CellRow| configurations.iter().any(|label| **label == row.configuration);
        self.cells.iter().filter(own).map(|row| (row.cell.as_str(), row.seed)).collect()
    }

    /// The best non-baseline series by the headline metric, over all configurations.
    pub fn best(&self) -> Option<&Aggregate> {
        let headline = self.headline.as_ref()?;
        best_of(headline, self.ranked(headline).map(|(aggregate, _)| aggregate))
    }

    /// The best baseline of a configuration by the headline metric: the one to beat.
    pub fn baseline(&self, configuration: &str) -> Option<&Aggregate> {
        let headline = self.headline.as_ref()?;
        let baselines = self.aggregates.iter().filter(|a| &*a.network == BASELINE);
        best_of(
            headline,
            baselines.filter(|a| &*a.configuration == configuration && a.metric == headline.name),
        )
    }

    /// The aggregate of a configuration, series and metric.
    pub fn find(&self, configuration: &str, series: &Series, metric: &str) -> Option<&Aggregate> {
        let place = self.places.get(configuration, series, metric)?;
        self.aggregates.get(place).or_else(|| self.contrasted.get(place - self.aggregates.len()))
    }
}

/// The aggregate with the best value, the first one on ties; `None` if none has a value.
pub fn best_of<'b>(
    metric: &ShownMetric,
    rows: impl IntoIterator<Item = &'b Aggregate>,
) -> Option<&'b Aggregate> {
    let mut best: Option<(&Aggregate, f64)> = None;
    for row in rows {
        if let Some(value) = row.value
            && best.is_none_or(|(_, than)| metric.better(value, than))
        {
            best = Some((row, value));
        }
    }
    best.map(|(row, _)| row)
}

/// The metric that ranks: MaxBoxAccV2, else the first; at the threshold that validation images choose where there is one.
/// `name` gives a metric's name or title.
pub fn headline<M>(metrics: &[M], name: impl Fn(&M) -> &str) -> Option<&M> {
    let first = metrics.iter().find(|metric| is_max_box_acc_v2(name(metric))).or(metrics.first())?;
    let (wanted, _) = without_threshold(name(first));
    let honest = |metric: &&M| without_threshold(name(metric)) == (wanted.clone(), true);
    Some(metrics.iter().find(honest).unwrap_or(first))
}

/// True if a name is MaxBoxAccV2 in any spelling, at the threshold of the evaluated or of validation images; case and
/// punctuation are ignored.
pub fn is_max_box_acc_v2(name: &str) -> bool {
    without_threshold(name).0 == "maxboxaccv2"
}

/// True if a metric's name or title says that validation images chose its threshold.
pub fn is_at_val_threshold(name: &str) -> bool {
    without_threshold(name).1
}

/// The letters of a metric's name or title without the words for its threshold, and `true` if validation images chose it.
fn without_threshold(name: &str) -> (String, bool) {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let all = letters(name);
    match (all.strip_suffix("valthreshold"), all.strip_suffix("oraclethreshold")) {
        (Some(rest), _) => (rest.to_owned(), true),
        (_, Some(rest)) => (rest.to_owned(), false),
        _ => match name.strip_suffix("val").and_then(|rest| rest.strip_suffix(['@', ','])) {
            Some(rest) => (letters(rest), true),
            None => (all, false),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_at_the_threshold_of_validation_images() {
        let of = |names: &[&'static str]| headline(names, |name| name).copied();
        assert_eq!(
            of(&["pixel-auc", "max-box-acc-v2", "max-box-acc-v2@val", "max-box-acc-v2@30,val"]),
            Some("max-box-acc-v2@val")
        );
        let titles = ["PxAP", "MaxBoxAccV2 (oracle threshold)", "MaxBoxAccV2 (val threshold)"];
        assert_eq!(of(&titles), Some("MaxBoxAccV2 (val threshold)"));
        assert_eq!(of(&["max-box-acc", "max-box-acc@val"]), Some("max-box-acc@val"));
        assert_eq!(of(&["MaxBoxAccV2 (IoU 0.3)", "TPR (0.5)"]), Some("MaxBoxAccV2 (IoU 0.3)"));
        assert_eq!(of(&[]), None);
    }
}
