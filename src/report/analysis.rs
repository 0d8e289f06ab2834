//! Analysis of the frames before layout: configurations, metrics, series and the best method.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::data::Frames;
use super::palette::Palette;
use super::series::Series;
use camlab_frame::aggregate::{Aggregate, Configurations, over_seeds};
use camlab_frame::{Direction, UNCHANGED};

/// A metric with the unit and direction needed to print it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownMetric {
    /// Name.
    pub name: String,
    /// Unit of its values.
    pub unit: String,
    /// Direction of improvement.
    pub direction: Direction,
}

impl ShownMetric {
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

/// The frames, grouped and ordered.
#[derive(Debug)]
pub struct Analysis<'a> {
    /// The frames themselves.
    pub frames: &'a Frames,
    /// Configuration label of each cell.
    pub labels: Configurations<'a>,
    /// Metrics of unchanged maps by configuration and series, over seeds.
    pub aggregates: Vec<Aggregate>,
    /// The same for maps under a contrast.
    pub contrasted: Vec<Aggregate>,
    /// Configurations in order of appearance.
    pub configurations: Vec<String>,
    /// Series of unchanged maps, in order of appearance, baselines last.
    pub series: Vec<Series>,
    /// Metrics in order of appearance.
    pub metrics: Vec<ShownMetric>,
    /// The metric that ranks the methods: MaxBoxAccV2 if it was computed, else the first.
    pub headline: Option<ShownMetric>,
    /// The configuration of single-configuration tables and figures: the one that overrides nothing, else the best.
    pub reference: String,
    /// Colours.
    pub palette: Palette,
    places: HashMap<(String, Series, String), usize>,
}

impl<'a> Analysis<'a> {
    /// Groups the frames.
    pub fn new(frames: &'a Frames) -> Self {
        let all = over_seeds(&frames.summary, &frames.cells);
        let (aggregates, contrasted): (Vec<Aggregate>, Vec<Aggregate>) =
            all.into_iter().partition(|aggregate| aggregate.contrast == UNCHANGED);
        let configurations = distinct(
            aggregates
                .iter()
                .map(|a| &a.configuration)
                .chain(frames.cells.iter().map(|cell| &cell.configuration)),
        );
        let mut series = distinct(&aggregates.iter().map(Series::of).collect::<Vec<_>>());
        // Baselines are last in every table, independently of where they first appear in a sweep.
        series.sort_by_key(Series::is_baseline);
        let metrics = distinct(
            &aggregates
                .iter()
                .map(|a| ShownMetric { name: a.metric.clone(), unit: a.unit.clone(), direction: a.direction })
                .collect::<Vec<_>>(),
        );
        let headline = metrics.iter().find(|metric| is_max_box_acc_v2(&metric.name)).or(metrics.first());
        let mut analysis = Self {
            frames,
            labels: Configurations::new(&frames.cells),
            palette: Palette::new(&series),
            headline: headline.cloned(),
            reference: String::new(),
            places: aggregates
                .iter()
                .chain(&contrasted)
                .enumerate()
                .map(|(place, a)| ((a.configuration.clone(), Series::of(a), a.metric.clone()), place))
                .collect(),
            aggregates,
            contrasted,
            configurations,
            series,
            metrics,
        };
        analysis.reference = analysis.find_reference();
        analysis
    }

    fn find_reference(&self) -> String {
        let base = self.frames.cells.iter().find(|cell| cell.key.is_none()).map(|cell| &cell.configuration);
        let best = || self.best().map(|best| &best.configuration);
        base.or_else(best).or(self.configurations.first()).cloned().unwrap_or_default()
    }

    /// The best non-baseline series by the headline metric, over all configurations.
    pub fn best(&self) -> Option<&Aggregate> {
        let headline = self.headline.as_ref()?;
        let rows =
            self.aggregates.iter().filter(|a| a.metric == headline.name && !Series::of(a).is_baseline());
        best_of(headline, rows)
    }

    /// The best baseline of a configuration by the headline metric: the one to beat.
    pub fn baseline(&self, configuration: &str) -> Option<&Aggregate> {
        let headline = self.headline.as_ref()?;
        let rows: Vec<&Aggregate> = self
            .aggregates
            .iter()
            .filter(|a| a.configuration == configuration && a.metric == headline.name && a.value.is_some())
            .filter(|a| Series::of(a).is_baseline())
            .collect();
        best_of(headline, rows.iter().copied())
    }

    /// The aggregate of a configuration, series and metric.
    pub fn find(&self, configuration: &str, series: &Series, metric: &str) -> Option<&Aggregate> {
        let key = (configuration.to_owned(), series.clone(), metric.to_owned());
        let place = *self.places.get(&key)?;
        self.aggregates.get(place).or_else(|| self.contrasted.get(place - self.aggregates.len()))
    }

    /// True if a cell belongs to a configuration.
    pub fn belongs(&self, cell: &str, seed: i64, configuration: &str) -> bool {
        self.labels.label(cell, seed) == configuration
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

/// True if a name is MaxBoxAccV2 in any spelling; case and punctuation are ignored.
pub fn is_max_box_acc_v2(name: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.eq_ignore_ascii_case("maxboxaccv2")
}

/// The distinct values, in order of first appearance.
pub fn distinct<'b, T: PartialEq + Clone + 'b>(values: impl IntoIterator<Item = &'b T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for value in values {
        if !found.contains(value) {
            found.push(value.clone());
        }
    }
    found
}
