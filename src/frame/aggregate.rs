//! Means over seeds: cells that differ only in their seed form one configuration.

use std::collections::HashMap;

use super::{CellRow, Direction, SummaryRow};

/// One metric of one network, method, layer and contrast under one configuration, over its seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Label of the cells without their seed.
    pub configuration: String,
    /// Network; `baseline` for baselines.
    pub network: String,
    /// CAM method or baseline.
    pub method: String,
    /// Tapped layer; `-` for baselines.
    pub layer: String,
    /// Contrast applied to the maps before evaluation; `none` for unchanged maps.
    pub contrast: String,
    /// Metric.
    pub metric: String,
    /// Unit of the value.
    pub unit: String,
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

/// Groups the summary by configuration, network, method, layer, contrast and metric, in order of first appearance.
pub fn over_seeds(summary: &[SummaryRow], cells: &[CellRow]) -> Vec<Aggregate> {
    let configurations = Configurations::new(cells);
    let mut places = HashMap::new();
    let mut groups: Vec<(&str, Vec<&SummaryRow>)> = Vec::new();
    for row in summary {
        let configuration = configurations.label(&row.cell, row.seed);
        let key = (configuration, &row.network, &row.method, &row.layer, &row.contrast, &row.metric);
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((configuration, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    groups.into_iter().map(|(configuration, rows)| aggregate(configuration, &rows)).collect()
}

fn aggregate(configuration: &str, rows: &[&SummaryRow]) -> Aggregate {
    let first = rows[0];
    let present: Vec<&&SummaryRow> = rows.iter().filter(|row| row.value.is_finite()).collect();
    let values: Vec<f64> = present.iter().map(|row| row.value).collect();
    let interval = match present.as_slice() {
        [row] => row.ci_low.zip(row.ci_high).filter(|(low, high)| low.is_finite() && high.is_finite()),
        _ => None,
    };
    Aggregate {
        configuration: configuration.to_owned(),
        network: first.network.clone(),
        method: first.method.clone(),
        layer: first.layer.clone(),
        contrast: first.contrast.clone(),
        metric: first.metric.clone(),
        unit: first.unit.clone(),
        direction: first.direction,
        value: mean(&values),
        deviation: deviation(&values),
        interval,
        seeds: values.len(),
        images: present.iter().map(|row| row.n).min().unwrap_or(0),
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
        assert_eq!((groups[0].configuration.as_str(), groups[0].value), ("lr = 0.2", Some(7.0)));
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
        assert_eq!((none[0].configuration.as_str(), none[0].value, none[0].seeds), ("z", None, 0));
    }
}
