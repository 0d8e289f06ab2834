//! Means over seeds: cells that differ only in their seed form one configuration.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use polars::prelude::*;

use super::column::ColumnValue as _;
use super::frame::combine;
use super::{CellRow, Direction, Frame, FrameError, Row as _, SummaryRow};

/// One metric of one network, method, layer and contrast under one configuration, over its seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Label of the cells without their seed.
    pub configuration: Arc<str>,
    /// Network; `baseline` for baselines.
    pub network: Arc<str>,
    /// CAM method or baseline.
    pub method: Arc<str>,
    /// Tapped layer; `-` for baselines.
    pub layer: Arc<str>,
    /// Contrast applied to the maps before evaluation; `none` for unchanged maps.
    pub contrast: Arc<str>,
    /// Metric.
    pub metric: Arc<str>,
    /// Unit of the value.
    pub unit: Arc<str>,
    /// Direction in which the metric improves.
    pub direction: Direction,
    /// Mean over the seeds with a finite value; `None` if there are none.
    pub value: Option<f64>,
    /// Sample standard deviation over those seeds (n - 1 in the denominator); `None` for fewer than two seeds.
    pub deviation: Option<f64>,
    /// The 95 % confidence interval over images; only for a value of a single seed.
    pub interval: Option<(f64, f64)>,
    /// Number of seeds with a finite value.
    pub seeds: usize,
    /// Number of images of the value: the minimum over the seeds.
    pub images: u32,
}

/// The configuration's label of each cell, by `(cell, seed)`. An unknown cell is labelled by its own name.
#[derive(Debug, Default)]
pub struct Configurations<'a>(HashMap<(&'a str, i64), &'a str>);

impl<'a> Configurations<'a> {
    /// The labels in `cells`.
    pub fn new(cells: &'a [CellRow]) -> Self {
        Self(cells.iter().map(|row| ((row.cell.as_str(), row.seed), row.configuration.as_str())).collect())
    }

    /// The label of a cell.
    pub fn label<'b>(&self, cell: &'b str, seed: i64) -> &'b str
    where
        'a: 'b,
    {
        self.0.get(&(cell, seed)).copied().unwrap_or(cell)
    }
}

/// The summary grouped by configuration, network, method, layer, contrast and metric, batch after batch: kept is what a
/// group needs, a few numbers per seed, and no row.
#[derive(Debug)]
pub struct OverSeeds {
    /// The configurations by `cell` and `seed`.
    labels: Frame,
    texts: Texts,
    places: HashMap<[u32; GROUPS.len()], u32>,
    groups: Vec<Group>,
    cells: HashSet<(u32, i64)>,
}

/// Every text of the groups once, and its number.
#[derive(Debug, Default)]
struct Texts {
    all: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Texts {
    fn known(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    fn number(&mut self, text: &Arc<str>) -> u32 {
        match self.numbers.get(text) {
            Some(number) => *number,
            None => {
                let number = self.all.len() as u32;
                self.all.push(Arc::clone(text));
                self.numbers.insert(Arc::clone(text), number);
                number
            }
        }
    }
}

/// One group: the finite values of its seeds in the order of the rows.
#[derive(Debug)]
struct Group {
    key: [u32; GROUPS.len()],
    unit: u32,
    direction: Direction,
    values: Vec<f64>,
    /// The interval of the first value.
    interval: Option<(f64, f64)>,
    images: Option<u32>,
}

/// Columns of text by which the summary is grouped.
const GROUPS: [&str; 6] = ["configuration", "network", "method", "layer", "contrast", "metric"];

impl OverSeeds {
    /// No rows yet; `cells` gives the configuration of every cell.
    ///
    /// # Errors
    /// Does not occur with the row type's own columns.
    pub fn new(cells: &[CellRow]) -> Result<Self, FrameError> {
        let labels = Frame::of(cells)?.selected(&["cell", "seed", "configuration"].map(str::to_owned))?;
        Ok(Self {
            labels: labels.first_of(&["cell", "seed"])?,
            texts: Texts::default(),
            places: HashMap::new(),
            groups: Vec::new(),
            cells: HashSet::new(),
        })
    }

    /// No rows yet, for [`OverSeeds::add_rows`] alone, which needs no frame of the cells.
    pub fn of_rows() -> Self {
        Self {
            labels: Frame { data: DataFrame::empty(), file: SummaryRow::FILE },
            texts: Texts::default(),
            places: HashMap::new(),
            groups: Vec::new(),
            cells: HashSet::new(),
        }
    }

    /// Adds rows of the summary.
    ///
    /// # Errors
    /// A frame without the columns of [`SummaryRow`].
    pub fn add(&mut self, summary: Frame) -> Result<(), FrameError> {
        let Frame { data, .. } = summary.joined(&self.labels, &["cell", "seed"])?;
        self.group(&data).map_err(|source| combine(SummaryRow::FILE, source))
    }

    /// Adds rows of the summary without Polars: many times faster for the few rows of a small report. `cells` gives the
    /// configuration of every cell.
    pub fn add_rows(&mut self, rows: &[SummaryRow], cells: &Configurations<'_>) {
        for row in rows {
            let mut number =
                |text: &str| self.texts.known(text).unwrap_or_else(|| self.texts.number(&text.into()));
            let label = cells.label(&row.cell, row.seed);
            let texts = [label, &row.network, &row.method, &row.layer, &row.contrast, &row.metric];
            let key = texts.map(&mut number);
            let (unit, cell) = (number(&row.unit), number(&row.cell));
            let groups = &mut self.groups;
            let place = *self.places.entry(key).or_insert_with(|| {
                let (values, interval, images) = (Vec::new(), None, None);
                groups.push(Group { key, unit, direction: row.direction, values, interval, images });
                groups.len() as u32 - 1
            });
            if row.value.is_finite() {
                groups[place as usize].add(row.value, row.ci_low.zip(row.ci_high), row.n);
            }
            self.cells.insert((cell, row.seed));
        }
    }

    fn group(&mut self, data: &DataFrame) -> PolarsResult<()> {
        let text = |column: &str| <Arc<str>>::values(data.column(column)?);
        let cells = text("cell")?;
        let seeds = i64::values(data.column("seed")?)?;
        // A cell that is not listed is its own configuration.
        let labels = data.column("configuration")?.str()?.iter().zip(&cells);
        let labels = labels.map(|(label, cell)| label.unwrap_or(cell));
        let labels = StringChunked::from_iter_values("configuration".into(), labels).into_column();
        let data = &data.clone().with_column(labels)?.clone();
        let keys = GROUPS.into_iter().map(|column| <Arc<str>>::values(data.column(column)?));
        let keys = keys.collect::<PolarsResult<Vec<_>>>()?;
        let (units, directions) = (text("unit")?, Direction::values(data.column("direction")?)?);
        let values = f64::values(data.column("value")?)?;
        let ends = |column: &str| <Option<f64>>::values(data.column(column)?);
        let (lows, highs, counts) = (ends("ci_low")?, ends("ci_high")?, u32::values(data.column("n")?)?);
        for group in data.group_by_stable(GROUPS)?.get_groups().iter() {
            let mut rows: Vec<usize> = match group {
                GroupsIndicator::Idx((_, rows)) => rows.iter().map(|row| *row as usize).collect(),
                GroupsIndicator::Slice([first, count]) => {
                    (first as usize..(first + count) as usize).collect()
                }
            };
            // Sums are in the order of the rows, whatever the number of Polars' threads.
            rows.sort_unstable();
            let Some(first) = rows.first() else { continue };
            let texts = &mut self.texts;
            let key = std::array::from_fn(|at| texts.number(&keys[at][*first]));
            let groups = &mut self.groups;
            let place = *self.places.entry(key).or_insert_with(|| {
                groups.push(Group {
                    key,
                    unit: texts.number(&units[*first]),
                    direction: directions[*first],
                    values: Vec::new(),
                    interval: None,
                    images: None,
                });
                groups.len() as u32 - 1
            });
            for row in rows.into_iter().filter(|row| values[*row].is_finite()) {
                let ends = lows[row].zip(highs[row]);
                groups[place as usize].add(values[row], ends, counts[row]);
            }
        }
        for (cell, seed) in cells.iter().zip(seeds) {
            self.cells.insert((self.texts.number(cell), seed));
        }
        Ok(())
    }

    /// Number of cells and of seeds with rows.
    pub fn counts(&self) -> (usize, usize) {
        let seeds: HashSet<i64> = self.cells.iter().map(|(_, seed)| *seed).collect();
        (self.cells.len(), seeds.len())
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// `true` without rows.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The groups, in order of first appearance.
    pub fn finish(self) -> Vec<Aggregate> {
        let texts = &self.texts.all;
        self.groups.into_iter().map(|group| group.aggregate(texts)).collect()
    }
}

impl Group {
    fn add(&mut self, value: f64, ends: Option<(f64, f64)>, images: u32) {
        self.interval =
            ends.filter(|(low, high)| low.is_finite() && high.is_finite()).filter(|_| self.values.is_empty());
        self.values.push(value);
        self.images = Some(self.images.map_or(images, |known| known.min(images)));
    }

    fn aggregate(self, texts: &[Arc<str>]) -> Aggregate {
        let text = |number: u32| Arc::clone(&texts[number as usize]);
        let [configuration, network, method, layer, contrast, metric] = self.key.map(text);
        Aggregate {
            configuration,
            network,
            method,
            layer,
            contrast,
            metric,
            unit: text(self.unit),
            direction: self.direction,
            value: mean(&self.values),
            deviation: deviation(&self.values),
            interval: self.interval,
            seeds: self.values.len(),
            images: self.images.unwrap_or(0),
        }
    }
}

/// Arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation, n - 1 in the denominator; `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cell: &str, seed: i64, method: &str, value: f64) -> SummaryRow {
        SummaryRow {
            experiment: "e".into(),
            cell: cell.into(),
            seed,
            network: "net".into(),
            method: method.into(),
            layer: "l".into(),
            contrast: "none".into(),
            metric: "m".into(),
            value,
            ci_low: Some(value - 1.0),
            ci_high: Some(value + 1.0),
            n: 10 + seed as u32,
            unit: "%".into(),
            direction: Direction::Higher,
        }
    }

    fn over_seeds(rows: &[SummaryRow], cells: &[CellRow]) -> Vec<Aggregate> {
        let mut groups = OverSeeds::new(cells).unwrap();
        // Batches of any size give the same.
        rows.chunks(2).for_each(|rows| groups.add(Frame::of(rows).unwrap()).unwrap());
        let found = groups.finish();
        let mut without_polars = OverSeeds::of_rows();
        let labels = Configurations::new(cells);
        rows.chunks(2).for_each(|rows| without_polars.add_rows(rows, &labels));
        // NaN is never a value here.
        assert_eq!(without_polars.finish(), found);
        found
    }

    fn cell(cell: &str, seed: i64, configuration: &str) -> CellRow {
        CellRow { cell: cell.into(), seed, configuration: configuration.into(), key: None, value: None }
    }

    #[test]
    fn mean_and_deviation_by_hand() {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squared deviations sum to 32, sample deviation sqrt(32 / 7).
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((deviation(&values).unwrap() - (32.0f64 / 7.0).sqrt()).abs() < 1e-15);
        assert_eq!(mean(&[]), None);
        assert_eq!(deviation(&[3.0]), None);
    }

    #[test]
    fn seeds_of_one_configuration_are_joined_in_order_of_appearance() {
        let cells = [cell("a", 1, "lr = 0.1"), cell("b", 2, "lr = 0.1"), cell("c", 1, "lr = 0.2")];
        let rows = [row("c", 1, "x", 7.0), row("a", 1, "x", 1.0), row("b", 2, "x", 3.0)];
        let groups = over_seeds(&rows, &cells);
        assert_eq!(groups.len(), 2);
        assert_eq!((&*groups[0].configuration, groups[0].value), ("lr = 0.2", Some(7.0)));
        assert_eq!((groups[0].interval, groups[0].deviation), (Some((6.0, 8.0)), None));
        let joined = &groups[1];
        assert_eq!((joined.seeds, joined.value, joined.images), (2, Some(2.0), 11));
        assert!((joined.deviation.unwrap() - 2f64.sqrt()).abs() < 1e-15);
        assert_eq!(joined.interval, None);
    }

    #[test]
    fn a_missing_value_is_left_out_and_never_nan() {
        let cells = [cell("a", 1, "base"), cell("a", 2, "base")];
        let groups = over_seeds(&[row("a", 1, "x", f64::NAN), row("a", 2, "x", 5.0)], &cells);
        assert_eq!((groups[0].value, groups[0].seeds, groups[0].interval), (Some(5.0), 1, Some((4.0, 6.0))));
        let none = over_seeds(&[row("z", 1, "x", f64::NAN)], &[]);
        assert_eq!((&*none[0].configuration, none[0].value, none[0].seeds), ("z", None, 0));
    }
}
