//! Localisation accuracy against the map threshold: a panel per network and IoU threshold.

use std::collections::BTreeMap;

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use crate::series::Series;
use camlab_frame::CurveKind;

/// Maximum number of lines per panel; more cannot be distinguished.
const MOST_LINES: usize = 8;
const MOST_NETWORKS: usize = 6;
const PANEL: f64 = 230.0;

/// Accuracy (%) by map threshold (0 to 1), mean over the seeds, and its maximum.
struct AccuracyLine {
    series: Series,
    delta: f32,
    points: Vec<(f64, f64)>,
    peak: (f64, f64),
}

/// One figure per kind of box (best, largest), for the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let kinds = [
        (CurveKind::Any, "curves-any", "Accuracy against threshold: best box (MaxBoxAccV2)"),
        (CurveKind::Largest, "curves-largest", "Accuracy against threshold: largest box (MaxBoxAcc)"),
    ];
    kinds
        .into_iter()
        .filter_map(|(kind, name, title)| figure(analysis, kind, name, title).transpose())
        .collect()
}

fn figure(
    analysis: &Analysis<'_>,
    kind: CurveKind,
    name: &str,
    title: &str,
) -> Result<Option<Figure>, ReportError> {
    let lines = lines(analysis, kind);
    if lines.is_empty() {
        return Ok(None);
    }
    let (shown, hidden) = choose(&lines);
    let bits: Vec<u32> = lines.iter().map(|line| line.delta.to_bits()).collect();
    let deltas: Vec<f32> = distinct(&bits).into_iter().map(f32::from_bits).collect();
    let mut networks =
        distinct(lines.iter().filter(|line| !line.series.is_baseline()).map(|line| &line.series.network));
    let more = networks.len().saturating_sub(MOST_NETWORKS);
    networks.truncate(MOST_NETWORKS);
    if networks.is_empty() {
        networks.push(String::new());
    }
    let mut entries: Vec<(String, Stroke)> = Vec::new();
    for (method, layer) in &shown {
        if let Some(line) = lines.iter().find(|l| l.series.method == *method && l.series.layer == *layer) {
            entries.push((line.series.in_network(), analysis.palette.stroke(&line.series)));
        }
    }
    let columns = deltas.len().min(3);
    let panels: Vec<(&String, f32)> =
        networks.iter().flat_map(|network| deltas.iter().map(move |delta| (network, *delta))).collect();
    let rows = networks.len() * deltas.len().div_ceil(columns);
    let height = rows as f64 * PANEL + legend::height(&entries);
    let svg = draw(height, |area| {
        let (upper, lower) = area.split_vertically(px(rows as f64 * PANEL));
        let per_network = deltas.len().div_ceil(columns) * columns;
        let areas = upper.split_evenly((rows, columns));
        for (index, (network, delta)) in panels.iter().enumerate() {
            let place = index / deltas.len() * per_network + index % deltas.len();
            if let Some(area) = areas.get(place) {
                let inside = lines.iter().filter(|line| {
                    let series = &line.series;
                    line.delta == *delta
                        && (series.network == **network || series.is_baseline())
                        && shown.contains(&(series.method.clone(), series.layer.clone()))
                });
                panel(area, analysis, &title_of(network, *delta, networks.len()), inside)?;
            }
        }
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = String::from(
        "Share of test images whose box reaches the IoU in the panel's title, at each map threshold τ (mean over \
         seeds). A dot marks each line's maximum; with one seed, this is the accuracy that the metric reports.",
    );
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} with lower maxima.", format::count(hidden, "line"));
    }
    if more > 0 {
        caption += &format!(" Not shown: {}.", format::count(more, "network"));
    }
    Figure::new(name, title, caption, svg).map(Some)
}

fn title_of(network: &str, delta: f32, networks: usize) -> String {
    let iou = format!("IoU ≥ {}", plain(f64::from(delta)));
    if networks > 1 { format!("{} · {iou}", format::short(network, 26)) } else { iou }
}

fn panel<'b>(
    area: &Area<'_>,
    analysis: &Analysis<'_>,
    title: &str,
    lines: impl Iterator<Item = &'b AccuracyLine>,
) -> Result<(), DrawError> {
    let x = AxisScale { range: (0.0, 1.0), ticks: ticks(0.0, 1.0, 5), label: "threshold τ", format: &plain };
    let y = AxisScale {
        range: (0.0, 100.0),
        ticks: ticks(0.0, 100.0, 5),
        label: "",
        format: &|v| plain(v) + " %",
    };
    let mut chart = chart(area, title, &x, &y)?;
    for curve in lines {
        let stroke = analysis.palette.stroke(&curve.series);
        chart.draw_series(line(&curve.points, stroke, 1.5))?;
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        chart.draw_series([Circle::new(curve.peak, px(3.0), dot)])?;
    }
    Ok(())
}

fn lines(analysis: &Analysis<'_>, kind: CurveKind) -> Vec<AccuracyLine> {
    // IoU thresholds are not negative, so their bits have the same order.
    let mut found: BTreeMap<(u32, usize), AccuracyLine> = BTreeMap::new();
    for curve in analysis.frames.curves.iter().filter(|curve| curve.kind == kind) {
        let [network, method, layer] = &curve.map;
        let series = Series::new(network, method, layer);
        let Some(place) = analysis.series.iter().position(|known| *known == series) else { continue };
        let points: Vec<(f64, f64)> =
            curve.points.iter().map(|(level, mean)| (f64::from(*level) / 255.0, *mean)).collect();
        let peak =
            points.iter().fold((0.0, f64::NEG_INFINITY), |best, p| if p.1 > best.1 { *p } else { best });
        let line = AccuracyLine { series, delta: curve.delta, points, peak };
        found.insert((curve.delta.to_bits(), place), line);
    }
    found.into_values().collect()
}

/// The methods and layers with the highest maxima and all baselines, in their original order, and the number left
/// out.
fn choose(lines: &[AccuracyLine]) -> (Vec<(String, String)>, usize) {
    let names = distinct(
        &lines.iter().map(|l| (l.series.method.clone(), l.series.layer.clone())).collect::<Vec<_>>(),
    );
    let of = |name: &(String, String)| {
        let lines = lines.iter().filter(|l| l.series.method == name.0 && l.series.layer == name.1);
        lines.fold((0.0f64, false), |(peak, baseline), l| {
            (peak.max(l.peak.1), baseline || l.series.is_baseline())
        })
    };
    let mut ranked: Vec<_> = names.iter().filter(|name| !of(name).1).collect();
    ranked.sort_by(|a, b| of(b).0.total_cmp(&of(a).0));
    let hidden = ranked.len().saturating_sub(MOST_LINES);
    ranked.truncate(MOST_LINES);
    (names.iter().filter(|name| of(name).1 || ranked.contains(name)).cloned().collect(), hidden)
}
