//! Linear interpolation between two networks: a loss barrier shows that they lie in different basins.

use std::collections::BTreeMap;

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use camlab_frame::PathRow;

const MOST_LINES: usize = 8;
const PANEL: f64 = 250.0;

/// One line, mean over seeds: weight of the second network, loss, accuracy.
struct PathLine {
    name: String,
    points: Vec<(f64, f64, f64)>,
}

/// Interpolations between the first two members of every fusion that requests them; `None` without any.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let mut lines = lines(analysis);
    if lines.is_empty() {
        return Ok(None);
    }
    let hidden = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let entries: Vec<(String, Stroke)> =
        lines.iter().enumerate().map(|(index, line)| (line.name.clone(), Stroke::at(index))).collect();
    let svg = draw(PANEL + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(PANEL));
        let panels = upper.split_evenly((1, 2));
        panel(&panels[0], "Loss", &lines, &plain, |point| point.1)?;
        panel(&panels[1], "Accuracy", &lines, &|value| plain(value) + " %", |point| point.2)?;
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = String::from(
        "Linear interpolation from a fusion's first member (0) to its second (1), mean over seeds, evaluated on \
         training images without augmentation. A higher loss in between is the barrier that weight averaging meets.",
    );
    if hidden > 0 {
        caption += &format!(" Not shown: {}.", format::count(hidden, "line"));
    }
    Figure::new("path", "Linear interpolation between two networks", caption, svg).map(Some)
}

fn panel(
    area: &Area<'_>,
    title: &str,
    lines: &[PathLine],
    format: &dyn Fn(f64) -> String,
    of: impl Fn(&(f64, f64, f64)) -> f64,
) -> Result<(), DrawError> {
    let values = lines.iter().flat_map(|line| &line.points).map(&of);
    let highest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    let label = "weight of the second member";
    let x = AxisScale { range: (-0.02, 1.02), ticks: ticks(0.0, 1.0, 5), label, format: &plain };
    let y = AxisScale { range: (0.0, top), ticks: ticks(0.0, top, 5), label: "", format };
    let mut chart = chart(area, title, &x, &y)?;
    for (index, curve) in lines.iter().enumerate() {
        let stroke = Stroke::at(index);
        let points: Vec<(f64, f64)> =
            curve.points.iter().map(|p| (p.0, of(p))).filter(|point| point.1.is_finite()).collect();
        chart.draw_series(line(&points, stroke, 1.75))?;
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        chart.draw_series(points.iter().map(|point| Circle::new(*point, px(2.5), dot)))?;
    }
    Ok(())
}

fn lines(analysis: &Analysis<'_>) -> Vec<PathLine> {
    let shown = |row: &&PathRow| analysis.belongs(&row.cell, row.seed, &analysis.reference);
    let rows: Vec<&PathRow> = analysis.frames.paths.iter().filter(shown).collect();
    let name = |row: &PathRow| {
        let how = match (row.align.as_str(), row.statistics.as_str()) {
            ("none", "averaged") => "not aligned".to_owned(),
            ("none", statistics) => statistics.to_owned(),
            (_, "averaged") => "aligned".to_owned(),
            (_, statistics) => format!("aligned, {statistics}"),
        };
        format!("{}: {how}", row.fusion)
    };
    let names: Vec<String> = rows.iter().map(|row| name(row)).collect();
    distinct(&names)
        .into_iter()
        .map(|line| {
            // Shares are multiples of one step; thousandths distinguish them.
            let mut points: BTreeMap<u32, Vec<&PathRow>> = BTreeMap::new();
            for (row, _) in rows.iter().zip(&names).filter(|(_, name)| **name == line) {
                points.entry((row.share * 1e3).round() as u32).or_default().push(row);
            }
            let mean = |rows: &[&PathRow], of: fn(&PathRow) -> f64| {
                rows.iter().map(|row| of(row)).sum::<f64>() / rows.len() as f64
            };
            let points = points
                .into_values()
                .map(|rows| (rows[0].share, mean(&rows, |row| row.loss), mean(&rows, |row| row.accuracy)))
                .collect();
            PathLine { name: line, points }
        })
        .collect()
}
