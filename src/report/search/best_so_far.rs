//! The objective of every trial in the order of evaluation, and the best so far.

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::SearchFrames;
use crate::error::ReportError;
use crate::figure::{AxisScale, Figure, chart, draw, line, plain, px, ticks};
use crate::palette::{GREY, Stroke};
use camlab_frame::{TrialRow, TrialState};

const HEIGHT: f64 = 280.0;

/// Objective against number of evaluated trials.
pub(super) fn figure(frames: &SearchFrames) -> Result<Option<Figure>, ReportError> {
    let mut trials: Vec<&TrialRow> = frames.trials.iter().collect();
    trials.sort_by_key(|trial| trial.completed);
    let shown: Vec<(f64, &TrialRow)> = (1..).map(f64::from).zip(trials).collect();
    let values = || shown.iter().filter_map(|(_, trial)| trial.value);
    let (low, high) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return Ok(None);
    }
    let margin = ((high - low) * 0.06).max(high.abs() * 0.01).max(1e-6);
    let last = shown.len() as f64;
    let svg = draw(HEIGHT, |area| {
        let format = |value: f64| format!("{} {}", plain(value), frames.about.unit).trim_end().to_owned();
        let whole: Vec<f64> =
            ticks(1.0, last.max(2.0), 8).into_iter().filter(|tick| tick.fract() == 0.0).collect();
        let x =
            AxisScale { range: (0.5, last + 0.5), ticks: whole, label: "trials evaluated", format: &plain };
        let range = (low - margin, high + margin);
        let y = AxisScale { range, ticks: ticks(range.0, range.1, 5), label: "", format: &format };
        let mut chart = chart(area, &frames.objective(), &x, &y)?;
        let complete = |trial: &TrialRow| trial.state == TrialState::Complete;
        let dot = |at: (f64, f64), whole: bool| {
            let colour = if whole { Stroke::at(0).colour.mix(0.55) } else { GREY.mix(0.6) };
            Circle::new(
                at,
                px(if whole { 3.0 } else { 2.0 }),
                ShapeStyle { color: colour, filled: true, stroke_width: 0 },
            )
        };
        let with_value = shown.iter().filter_map(|(at, trial)| Some(((*at, trial.value?), complete(trial))));
        chart.draw_series(with_value.map(|(at, whole)| dot(at, whole)))?;
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (at, best) in shown.iter().filter_map(|(at, trial)| Some((*at, trial.best?))) {
            if let Some((_, before)) = steps.last().copied().filter(|(_, before)| *before != best) {
                steps.push((at, before));
            }
            steps.push((at, best));
        }
        chart.draw_series(line(&steps, Stroke::at(1), 2.0))?;
        Ok(())
    });
    let left_out = frames.trials.iter().any(|trial| trial.state == TrialState::LeftOut);
    let mut caption = format!(
        "Objective of every trial on the images of data.{} in the order of evaluation, and the best of the trials so far.",
        frames.about.split
    );
    if left_out {
        caption +=
            &format!(" Grey: left out at a rung, with its value there ({} of the rung).", frames.about.rungs);
    }
    Figure::new("search-best", "Best value so far", caption, svg).map(Some)
}
