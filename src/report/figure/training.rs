//! Loss and accuracy per epoch.

use std::collections::BTreeMap;

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, DrawError, Scale, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::frame::TrainingRow;
use crate::report::analysis::{Analysis, distinct};
use crate::report::error::ReportError;
use crate::report::format;
use crate::report::palette::Stroke;

const MOST_LINES: usize = 8;
const PANEL: f64 = 250.0;

/// A network's epochs, mean over the seeds of a configuration: epoch, loss, accuracy.
struct Line {
    name: String,
    epochs: Vec<(f64, f64, f64)>,
}

/// The training curves; none when nothing was trained.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let mut lines = lines(analysis);
    if lines.is_empty() {
        return Ok(None);
    }
    let hidden = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let entries: Vec<(String, Stroke)> =
        lines.iter().enumerate().map(|(index, line)| (line.name.clone(), Stroke::at(index))).collect();
    let svg = draw(PANEL + legend::height(entries.len()), |area| {
        let (upper, lower) = area.split_vertically(px(PANEL));
        let panels = upper.split_evenly((1, 2));
        panel(&panels[0], "Loss", &lines, &plain, |epoch| epoch.1)?;
        panel(&panels[1], "Accuracy", &lines, &|value| plain(value) + " %", |epoch| epoch.2)?;
        legend::draw(&lower, &entries)
    });
    let mut caption = String::from("Training per epoch, mean over seeds.");
    if hidden > 0 {
        caption += &format!(" {} more are left out.", format::count(hidden, "line"));
    }
    Figure::new("training", "Training", caption, svg).map(Some)
}

fn panel(
    area: &Area<'_>,
    title: &str,
    lines: &[Line],
    format: &dyn Fn(f64) -> String,
    of: impl Fn(&(f64, f64, f64)) -> f64,
) -> Result<(), DrawError> {
    let epochs = lines.iter().flat_map(|line| &line.epochs);
    let (first, last) = epochs.clone().fold((f64::INFINITY, 1.0f64), |(a, b), e| (a.min(e.0), b.max(e.0)));
    let highest = epochs.map(&of).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    let whole = ticks(first, last, 8).into_iter().filter(|tick| tick.fract() == 0.0).collect();
    let x =
        Scale { range: (first - 0.2, last.max(first) + 0.2), ticks: whole, label: "epoch", format: &plain };
    let y = Scale { range: (0.0, top), ticks: ticks(0.0, top, 5), label: "", format };
    let mut chart = chart(area, title, &x, &y)?;
    for (index, curve) in lines.iter().enumerate() {
        let stroke = Stroke::at(index);
        let points: Vec<(f64, f64)> =
            curve.epochs.iter().map(|e| (e.0, of(e))).filter(|point| point.1.is_finite()).collect();
        chart.draw_series(line(&points, stroke, 1.75))?;
        if points.len() < 16 {
            let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
            chart.draw_series(points.iter().map(|point| Circle::new(*point, px(2.5), dot)))?;
        }
    }
    Ok(())
}

fn lines(analysis: &Analysis<'_>) -> Vec<Line> {
    let rows = &analysis.frames.training;
    let name = |row: &TrainingRow| {
        let configuration = analysis.labels.label(&row.cell, row.seed);
        if analysis.configurations.len() > 1 {
            format!("{} · {configuration}", row.network)
        } else {
            row.network.clone()
        }
    };
    let names: Vec<String> = rows.iter().map(name).collect();
    distinct(&names)
        .into_iter()
        .map(|line| {
            let mut epochs: BTreeMap<u32, Vec<&TrainingRow>> = BTreeMap::new();
            for (row, _) in rows.iter().zip(&names).filter(|(_, name)| **name == line) {
                epochs.entry(row.epoch).or_default().push(row);
            }
            let mean = |rows: &[&TrainingRow], of: fn(&TrainingRow) -> f64| {
                rows.iter().map(|row| of(row)).sum::<f64>() / rows.len() as f64
            };
            let epochs = epochs
                .into_iter()
                .map(|(epoch, rows)| (f64::from(epoch), mean(&rows, |r| r.loss), mean(&rows, |r| r.accuracy)))
                .collect();
            Line { name: line, epochs }
        })
        .collect()
}
