//! Comparison of methods: a dot per series with whiskers for its uncertainty.

use plotters::element::{Circle, PathElement};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::Figure;
use super::canvas::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, TYPE, WIDTH, chart, draw, font, line, plain, px, ticks, write,
};
use crate::analysis::{Analysis, ShownMetric, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::{GREY, INK, Pattern, Stroke};
use crate::series::Series;
use camlab_frame::aggregate::Aggregate;

/// Maximum number of rows.
const MOST: usize = 40;
const ROW: f64 = 22.0;

/// The headline metric in the reference configuration, best on top.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let Some(metric) = &analysis.headline else { return Ok(None) };
    let mut rows: Vec<(&Aggregate, f64)> = analysis
        .aggregates
        .iter()
        .filter(|a| a.configuration == analysis.reference && a.metric == metric.name)
        .filter_map(|a| Some((a, a.value?)))
        .collect();
    rows.sort_by(|(_, a), (_, b)| metric.rank(*a, *b));
    if rows.is_empty() {
        return Ok(None);
    }
    let hidden = rows.len().saturating_sub(MOST);
    let seeded = rows.iter().any(|(a, _)| a.deviation.is_some());
    rows.truncate(MOST);
    let height = rows.len() as f64 * ROW + BARE_TOP + FOOT;
    let svg = draw(height, |area| paint(area, analysis, metric, &rows));
    let mut caption = format!(
        "{} per method, test images; {}. Baselines are grey.",
        metric.name,
        if seeded {
            "mean over seeds, whiskers: one standard deviation"
        } else {
            "whiskers: 95 % bootstrap confidence interval over images"
        }
    );
    if let Some(baseline) = analysis.baseline(&analysis.reference) {
        caption += &format!(" Dotted line: {}.", baseline.method);
    }
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: the {} ranked lowest (see table).", format::count(hidden, "row"));
    }
    Figure::new("methods", "Comparison of methods", caption, svg).map(Some)
}

fn paint(
    area: &Area<'_>,
    analysis: &Analysis<'_>,
    metric: &ShownMetric,
    rows: &[(&Aggregate, f64)],
) -> Result<(), DrawError> {
    let ends = |(a, value): &(&Aggregate, f64)| match (a.deviation, a.interval) {
        (Some(deviation), _) => (value - deviation, value + deviation),
        (None, Some(interval)) => interval,
        (None, None) => (*value, *value),
    };
    let low = rows.iter().map(|row| ends(row).0).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(|row| ends(row).1).fold(f64::NEG_INFINITY, f64::max);
    let margin = ((high - low) * 0.06).max(high.abs() * 0.01).max(1e-6);
    let range = (low - margin, high + margin);
    let count = rows.len() as f64;
    let one_network =
        distinct(analysis.series.iter().filter(|s| !s.is_baseline()).map(|s| &s.network)).len() == 1;
    let name =
        |series: &Series| format::short(&if one_network { series.in_network() } else { series.label() }, 44);
    let longest = rows.iter().map(|row| name(&Series::of(row.0)).chars().count()).max().unwrap_or(0);
    let names_width = (longest as f64 * 6.6 + 12.0).clamp(90.0, 300.0);
    let (names, right) = area.split_horizontally(px(names_width));
    let (plot, values) = right.split_horizontally(px(WIDTH - names_width - 90.0));
    let label = format!("{} {}", metric.name, unit(metric));
    let x = AxisScale { range, ticks: ticks(range.0, range.1, 6), label: &label, format: &plain };
    let y = AxisScale { range: (count - 0.5, -0.5), ticks: vec![], label: "", format: &|_| String::new() };
    let mut chart = chart(&plot, "", &x, &y)?;
    if let Some(floor) = analysis.baseline(&analysis.reference).and_then(|baseline| baseline.value) {
        let stroke = Stroke { colour: GREY, pattern: Pattern::Dotted };
        chart.draw_series(line(&[(floor, count - 0.5), (floor, -0.5)], stroke, 1.0))?;
    }
    for (place, row) in rows.iter().enumerate() {
        let series = Series::of(row.0);
        let stroke = analysis.palette.stroke(&series);
        let (from, to) = ends(row);
        let whisker =
            ShapeStyle { color: stroke.colour.to_rgba(), filled: false, stroke_width: px(2.0) as u32 };
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        let y = place as f64;
        chart.draw_series([PathElement::new(vec![(from, y), (to, y)], whisker)])?;
        chart.draw_series([Circle::new((row.1, y), px(4.5), dot)])?;
        let middle = BARE_TOP + (y + 0.5) * ROW;
        let ink = INK.mix(if series.is_baseline() { 0.65 } else { 1.0 });
        write(&names, &name(&series), &font(TYPE, &ink), HPos::Right, names_width - 2.0, middle)?;
        let text = format!("{} {}", format::value(Some(row.1), &row.0.unit), row.0.unit);
        write(&values, text.trim_end(), &font(TYPE, &ink), HPos::Left, 2.0, middle)?;
    }
    Ok(())
}

fn unit(metric: &ShownMetric) -> String {
    let arrow = format::arrow(metric.direction);
    if metric.unit.is_empty() { arrow.to_owned() } else { format!("({}) {arrow}", metric.unit) }
}
