//! A metric against each swept value: a figure per key, a panel per network.

use std::collections::HashMap;

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, ShownMetric, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use crate::series::Series;
use camlab_frame::aggregate::mean;

const MOST_LINES: usize = 8;
const MOST_NETWORKS: usize = 6;
const MOST_DOTS: usize = 60;
const PANEL: f64 = 260.0;

/// A series over the values of a key: position of the value, metric.
struct SweepLine {
    series: Series,
    points: Vec<(f64, f64)>,
}

/// One figure per key that takes at least two values.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let Some(headline) = &analysis.headline else { return Ok(Vec::new()) };
    let keys = distinct(&analysis.cells.iter().filter_map(|cell| cell.key.clone()).collect::<Vec<_>>());
    let mut figures = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        // The headline metric may not depend on the key, as MaxBoxAccV2 does not depend on a fixed threshold.
        let candidates = std::iter::once(headline).chain(&analysis.metrics);
        let moved = candidates.into_iter().find(|metric| moves(analysis, metric, key));
        figures.extend(figure(analysis, moved.unwrap_or(headline), key, index)?);
    }
    Ok(figures)
}

/// True if the metric of any series changes with the key.
fn moves(analysis: &Analysis<'_>, metric: &ShownMetric, key: &str) -> bool {
    let lines = lines(analysis, metric, key, &values(analysis, key));
    lines.iter().any(|line| line.points.windows(2).any(|pair| (pair[0].1 - pair[1].1).abs() > 1e-9))
}

fn figure(
    analysis: &Analysis<'_>,
    metric: &ShownMetric,
    key: &str,
    index: usize,
) -> Result<Option<Figure>, ReportError> {
    let values = values(analysis, key);
    if values.len() < 2 {
        return Ok(None);
    }
    let mut lines = lines(analysis, metric, key, &values);
    let networks = distinct(lines.iter().filter(|l| !l.series.is_baseline()).map(|l| &l.series.network));
    let hidden = keep_best(&mut lines, &networks, metric);
    let mut networks = if networks.is_empty() { vec![String::new()] } else { networks };
    let more = networks.len().saturating_sub(MOST_NETWORKS);
    networks.truncate(MOST_NETWORKS);
    let mut entries: Vec<(String, Stroke)> = Vec::new();
    for line in &lines {
        let entry = (line.series.in_network(), analysis.palette.stroke(&line.series));
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    let columns = networks.len().min(2);
    let rows = networks.len().div_ceil(columns);
    let svg = draw(rows as f64 * PANEL + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(rows as f64 * PANEL));
        for (panel_area, network) in upper.split_evenly((rows, columns)).iter().zip(&networks) {
            panel(panel_area, analysis, metric, key, &values, network, &lines)?;
        }
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = format!(
        "{} on the test images for each value of {key}, mean over the cells with it. Values are evenly spaced.",
        metric.name
    );
    if hidden > 0 {
        caption += &format!(" Not shown: {} ranked lower (see the table).", format::count(hidden, "line"));
    }
    if more > 0 {
        caption += &format!(" Not shown: {}.", format::count(more, "network"));
    }
    Figure::new(&format!("sweep-{}", index + 1), format!("{} against {key}", metric.name), caption, svg)
        .map(Some)
}

fn panel(
    area: &Area<'_>,
    analysis: &Analysis<'_>,
    metric: &ShownMetric,
    key: &str,
    values: &[String],
    network: &str,
    lines: &[SweepLine],
) -> Result<(), DrawError> {
    let all = lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let margin = ((high - low) * 0.08).max(high.abs() * 0.01).max(1e-6);
    let range = (low - margin, high + margin);
    // Every tick of the axis, or every second, third ..., so that their texts do not touch.
    let every = values.len().div_ceil(10);
    let places = (0..values.len()).step_by(every).map(|place| place as f64).collect();
    let name = |place: f64| values.get(place as usize).map(|v| format::short(v, 14)).unwrap_or_default();
    let x = AxisScale { range: (-0.3, values.len() as f64 - 0.7), ticks: places, label: key, format: &name };
    let format = |value| format!("{} {}", plain(value), metric.unit).trim_end().to_owned();
    let y = AxisScale { range, ticks: ticks(range.0, range.1, 5), label: "", format: &format };
    let mut chart = chart(area, network, &x, &y)?;
    for curve in lines.iter().filter(|l| l.series.is_baseline() || l.series.network == network) {
        let stroke = analysis.palette.stroke(&curve.series);
        chart.draw_series(line(&curve.points, stroke, 1.75))?;
        // So many points that they would hide the line.
        if curve.points.len() > MOST_DOTS {
            continue;
        }
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        chart.draw_series(curve.points.iter().map(|point| Circle::new(*point, px(3.0), dot)))?;
    }
    Ok(())
}

/// The values of a key: in numerical order if all are numbers, else in order of appearance.
fn values(analysis: &Analysis<'_>, key: &str) -> Vec<String> {
    let found = analysis.cells.iter().filter(|cell| cell.key.as_deref() == Some(key));
    let mut values = distinct(&found.filter_map(|cell| cell.value.clone()).collect::<Vec<_>>());
    let number = |value: &String| value.parse::<f64>().ok().filter(|number| number.is_finite());
    if values.iter().all(|value| number(value).is_some()) {
        values.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    values
}

fn lines(analysis: &Analysis<'_>, metric: &ShownMetric, key: &str, values: &[String]) -> Vec<SweepLine> {
    let place_of: HashMap<&str, usize> = analysis
        .cells
        .iter()
        .filter(|cell| cell.key.as_deref() == Some(key))
        .filter_map(|cell| {
            let place = values.iter().position(|value| Some(value) == cell.value.as_ref())?;
            Some((cell.configuration.as_str(), place))
        })
        .collect();
    let mut sums: HashMap<(Series, usize), Vec<f64>> = HashMap::new();
    for aggregate in analysis.aggregates.iter().filter(|a| a.metric == metric.name) {
        if let (Some(place), Some(value)) = (place_of.get(&*aggregate.configuration), aggregate.value) {
            sums.entry((Series::of(aggregate), *place)).or_default().push(value);
        }
    }
    analysis
        .series
        .iter()
        .map(|series| {
            let point = |place| Some((place as f64, mean(sums.get(&(series.clone(), place))?)?));
            SweepLine { series: series.clone(), points: (0..values.len()).filter_map(point).collect() }
        })
        .filter(|line| !line.points.is_empty())
        .collect()
}

/// Keeps the baselines and, in each network, the lines with the best values; returns the number removed.
fn keep_best(lines: &mut Vec<SweepLine>, networks: &[String], metric: &ShownMetric) -> usize {
    let peak = |line: &SweepLine| {
        let values = line.points.iter().map(|point| point.1);
        values.reduce(|best, value| if metric.better(value, best) { value } else { best }).unwrap_or(f64::NAN)
    };
    let before = lines.len();
    for network in networks {
        let mut peaks: Vec<f64> = lines.iter().filter(|l| l.series.network == *network).map(peak).collect();
        peaks.sort_by(|a, b| metric.rank(*a, *b));
        if let Some(least) = peaks.get(MOST_LINES - 1).copied() {
            lines.retain(|line| line.series.network != *network || !metric.better(least, peak(line)));
        }
    }
    before - lines.len()
}
