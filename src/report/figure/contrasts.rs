//! Metrics under each contrast: a panel per metric, the contrasts on the x axis, a line per method.

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, ShownMetric};
use crate::contrasts::{contrasts, metrics, words};
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use crate::series::Series;

const MOST_LINES: usize = 8;
const COLUMNS: usize = 3;
const PANEL: f64 = 230.0;

/// Methods of the best network in the reference configuration; `None` without contrasts.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let (contrasts, metrics) = (contrasts(analysis), metrics(analysis));
    let Some(network) = analysis.best().map(|best| best.network.clone()) else { return Ok(None) };
    if contrasts.len() < 2 || metrics.is_empty() {
        return Ok(None);
    }
    let (series, hidden) = chosen(analysis, &network);
    let entries: Vec<(String, Stroke)> =
        series.iter().map(|series| (series.in_network(), analysis.palette.stroke(series))).collect();
    let columns = metrics.len().min(COLUMNS);
    let rows = metrics.len().div_ceil(columns);
    let svg = draw(rows as f64 * PANEL + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(rows as f64 * PANEL));
        for (panel_area, metric) in upper.split_evenly((rows, columns)).iter().zip(&metrics) {
            panel(panel_area, analysis, metric, &series, &contrasts)?;
        }
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = format!(
        "Metrics on the test images of the unchanged maps and of the maps after each contrast, network {network}. \
         The arrow in a panel's title shows the direction of improvement.",
    );
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} ranked lower (see the table).", format::count(hidden, "line"));
    }
    Figure::new("contrasts", "Contrasts: before and after", caption, svg).map(Some)
}

/// The best methods of a network and the baselines, in their original order, and the number left out.
fn chosen<'b>(analysis: &'b Analysis<'_>, network: &str) -> (Vec<&'b Series>, usize) {
    let value = |series: &Series| {
        let headline = analysis.headline.as_ref()?;
        analysis.find(&analysis.reference, series, &headline.name)?.value
    };
    let own: Vec<&Series> = analysis.series.iter().filter(|series| series.network == network).collect();
    let mut ranked = own.clone();
    ranked.sort_by(|a, b| match (value(a), value(b), &analysis.headline) {
        (Some(a), Some(b), Some(headline)) => headline.rank(a, b),
        (a, b, _) => b.is_some().cmp(&a.is_some()),
    });
    ranked.truncate(MOST_LINES);
    let shown = analysis.series.iter().filter(|series| series.is_baseline() || ranked.contains(series));
    (shown.collect(), own.len() - ranked.len())
}

fn panel(
    area: &Area<'_>,
    analysis: &Analysis<'_>,
    metric: &ShownMetric,
    series: &[&Series],
    contrasts: &[String],
) -> Result<(), DrawError> {
    let value = |series: &Series, contrast: &String| {
        analysis.find(&analysis.reference, &series.under(contrast), &metric.name)?.value
    };
    let lines: Vec<(&Series, Vec<(f64, f64)>)> = series
        .iter()
        .map(|series| {
            let points = contrasts.iter().enumerate();
            let points =
                points.filter_map(|(place, contrast)| Some((place as f64, value(series, contrast)?)));
            (*series, points.collect())
        })
        .collect();
    let all = lines.iter().flat_map(|line| &line.1).map(|point| point.1);
    let ends = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if ends.0 <= ends.1 { ends } else { (0.0, 1.0) };
    let margin = ((high - low) * 0.08).max(high.abs() * 0.01).max(1e-6);
    let range = (low - margin, high + margin);
    let places = (0..contrasts.len()).map(|place| place as f64).collect();
    let characters = 44 / contrasts.len().max(1);
    let name = |place: f64| {
        let name = contrasts.get(place.round() as usize);
        name.map(|name| format::short(words(name), characters.max(4))).unwrap_or_default()
    };
    let x =
        AxisScale { range: (-0.35, contrasts.len() as f64 - 0.65), ticks: places, label: "", format: &name };
    let y = AxisScale { range, ticks: ticks(range.0, range.1, 5), label: "", format: &plain };
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" ({})", metric.unit) };
    let title = format!("{}{unit} {}", metric.name, format::arrow(metric.direction));
    let mut chart = chart(area, &title, &x, &y)?;
    for (series, points) in &lines {
        let stroke = analysis.palette.stroke(series);
        chart.draw_series(line(points, stroke, 1.75))?;
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        chart.draw_series(points.iter().map(|point| Circle::new(*point, px(3.0), dot)))?;
    }
    Ok(())
}
