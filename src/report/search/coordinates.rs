//! Parallel coordinates: a line per trial through the values of its keys to its result.

use plotters::element::PathElement;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::SearchFrames;
use super::scale::colour;
use super::trials::{SearchTrials, written};
use crate::error::ReportError;
use crate::figure::{Figure, TYPE, WIDTH, draw, font, px, ticks, write};
use crate::format;
use crate::palette::INK;

const HEIGHT: f64 = 330.0;
const TOP: f64 = 34.0;
const FOOT: f64 = 34.0;
const SIDE: f64 = 70.0;
/// Position of a key that does not apply, below its axis.
const ABSENT: f64 = -0.07;
const MOST_AXES: usize = 9;

/// Lines of all trials, the best on top.
pub(super) fn figure(frames: &SearchFrames, search: &SearchTrials) -> Result<Option<Figure>, ReportError> {
    if search.axes.is_empty() || search.trials.len() < 2 {
        return Ok(None);
    }
    // The most important keys, if there are more than fit.
    let rank = |key: &str| frames.importance.iter().position(|row| row.key == key).unwrap_or(usize::MAX);
    let mut shown: Vec<usize> = (0..search.axes.len()).collect();
    shown.sort_by_key(|axis| rank(&search.axes[*axis].key));
    let hidden = shown.len().saturating_sub(MOST_AXES);
    shown.truncate(MOST_AXES);
    shown.sort_unstable();
    let (low, high) = search.range;
    let x_of = |place: usize| SIDE + place as f64 * (WIDTH - 2.0 * SIDE) / shown.len() as f64;
    let y_of = |share: f64| TOP + (1.0 - share) * (HEIGHT - TOP - FOOT);
    let result = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    let svg = draw(HEIGHT, |area| {
        let (text, small) = (font(TYPE, &INK), font(TYPE - 1.5, &INK.mix(0.8)));
        for trial in &search.trials {
            let mut points: Vec<(f64, f64)> = Vec::new();
            for (place, axis) in shown.iter().enumerate() {
                let share = trial.numbers[*axis].map_or(ABSENT, |number| search.axes[*axis].place(number));
                points.push((x_of(place), y_of(share)));
            }
            points.push((x_of(shown.len()), y_of(result(trial.value))));
            let points: Vec<(i32, i32)> = points.into_iter().map(|(x, y)| (px(x), px(y))).collect();
            let (strength, width) = match (trial.best, trial.complete) {
                (true, _) => (1.0, 3.0),
                (false, true) => (0.6, 1.25),
                (false, false) => (0.25, 0.75),
            };
            let shade = colour(search.quality(trial.value)).mix(strength);
            let stroke = ShapeStyle { color: shade, filled: false, stroke_width: px(width) as u32 };
            area.draw(&PathElement::new(points, stroke))?;
        }
        let axis_stroke = ShapeStyle { color: INK.mix(0.6), filled: false, stroke_width: px(1.0) as u32 };
        for place in 0..=shown.len() {
            let x = x_of(place);
            area.draw(&PathElement::new(vec![(px(x), px(y_of(0.0))), (px(x), px(y_of(1.0)))], axis_stroke))?;
            let (name, marks) = match shown.get(place) {
                Some(axis) => (search.axes[*axis].name(), search.axes[*axis].ticks()),
                None => {
                    let marks = ticks(low, high, 4).into_iter().map(|value| (result(value), written(value)));
                    (frames.metric.as_str(), marks.collect())
                }
            };
            write(area, &format::short(name, 20), &text, HPos::Center, x, 14.0)?;
            for (share, label) in marks {
                let y = y_of(share);
                area.draw(&PathElement::new(vec![(px(x - 3.0), px(y)), (px(x + 3.0), px(y))], axis_stroke))?;
                write(area, &format::short(&label, 14), &small, HPos::Left, x + 6.0, y)?;
            }
        }
        let absent =
            search.trials.iter().any(|trial| shown.iter().any(|axis| trial.numbers[*axis].is_none()));
        if absent {
            write(area, "not set", &small, HPos::Right, x_of(0) - 6.0, y_of(ABSENT))?;
        }
        Ok(())
    });
    let mut caption = String::from(
        "A line per trial: the values of its keys and its objective. Light lines are better; the thick one is the best.",
    );
    if search.trials.iter().any(|trial| !trial.complete) {
        caption += " Thin lines were left out at a rung.";
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} of less importance.", format::count(hidden, "key"));
    }
    Figure::new("search-coordinates", "Parallel coordinates", caption, svg).map(Some)
}
