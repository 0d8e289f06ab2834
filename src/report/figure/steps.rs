//! Loss and learning rate per step.

use std::collections::BTreeMap;

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::training::MOST_LINES;
use super::{Figure, legend};
use crate::analysis::Analysis;
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use camlab_frame::NetworkSteps;

const PANEL: f64 = 220.0;
/// Maximum number of points; neighbouring steps are averaged above it.
const MOST_POINTS: usize = 240;

/// A network's steps: step, loss, learning rate.
struct StepLine {
    name: String,
    steps: Vec<(f64, f64, f64)>,
    /// Number of steps averaged per point.
    together: usize,
}

/// Loss and learning rate per step; `None` if nothing was trained or no steps were recorded.
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
        panel(&panels[0], "Loss of the step's batch", &lines, |step| step.1)?;
        panel(&panels[1], "Learning rate", &lines, |step| step.2)?;
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let together = lines.iter().map(|line| line.together).max().unwrap_or(1);
    let mut caption = String::from("Loss on the training batch and learning rate per step, mean over seeds.");
    if together > 1 {
        caption += &format!(" Each point is the mean of up to {together} steps.");
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {}.", format::count(hidden, "line"));
    }
    Figure::new("training-steps", "Training per step", caption, svg).map(Some)
}

fn panel(
    area: &Area<'_>,
    title: &str,
    lines: &[StepLine],
    of: impl Fn(&(f64, f64, f64)) -> f64,
) -> Result<(), DrawError> {
    let steps = || lines.iter().flat_map(|line| &line.steps);
    let last = steps().map(|step| step.0).fold(1.0, f64::max);
    let highest = steps().map(&of).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    let x = AxisScale { range: (0.0, last), ticks: ticks(0.0, last, 6), label: "step", format: &plain };
    let y = AxisScale { range: (0.0, top), ticks: ticks(0.0, top, 5), label: "", format: &plain };
    let mut chart = chart(area, title, &x, &y)?;
    for (index, steps) in lines.iter().enumerate() {
        let points: Vec<(f64, f64)> = steps.steps.iter().map(|step| (step.0, of(step))).collect();
        let points: Vec<(f64, f64)> = points.into_iter().filter(|point| point.1.is_finite()).collect();
        chart.draw_series(line(&points, Stroke::at(index), 1.5))?;
    }
    Ok(())
}

fn lines(analysis: &Analysis<'_>) -> Vec<StepLine> {
    let of = |(name, steps): &NetworkSteps| {
        let last = steps.keys().max().map_or(0, |last| *last as usize);
        let together = last.div_ceil(MOST_POINTS).max(1);
        let mut points: BTreeMap<usize, [f64; 4]> = BTreeMap::new();
        for (step, sums) in steps {
            let point = points.entry((*step as usize).saturating_sub(1) / together).or_default();
            let added = [f64::from(*step) * sums.count, sums.loss, sums.learning_rate, sums.count];
            point.iter_mut().zip(added).for_each(|(sum, value)| *sum += value);
        }
        let mean = |[step, loss, rate, count]: [f64; 4]| (step / count, loss / count, rate / count);
        StepLine { name: name.clone(), steps: points.into_values().map(mean).collect(), together }
    };
    analysis.frames.steps.iter().map(of).collect()
}
