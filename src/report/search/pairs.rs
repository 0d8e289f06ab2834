//! The objective over pairs of the most important keys.

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::SearchFrames;
use super::scale::colour;
use super::trials::{SearchAxis, SearchTrials};
use crate::error::ReportError;
use crate::figure::{Area, AxisScale, DrawError, Figure, chart, draw, px};
use crate::format;
use crate::palette::INK;

const PANEL: f64 = 250.0;
const MOST_KEYS: usize = 4;
const COLUMNS: usize = 3;

/// A panel per pair of keys.
pub(super) fn figure(frames: &SearchFrames, search: &SearchTrials) -> Result<Option<Figure>, ReportError> {
    let rank = |key: &str| frames.importance.iter().position(|row| row.key == key).unwrap_or(usize::MAX);
    let mut shown: Vec<&SearchAxis> = search.axes.iter().collect();
    shown.sort_by_key(|axis| rank(&axis.key));
    let hidden = shown.len().saturating_sub(MOST_KEYS);
    shown.truncate(MOST_KEYS);
    if search.trials.is_empty() {
        return Ok(None);
    }
    // A key that is searched at one value of the other says nothing together with it.
    let varies = |pair: &(&SearchAxis, &SearchAxis)| {
        let place = |axis: &SearchAxis| search.axes.iter().position(|known| known.key == axis.key);
        let (Some(first), Some(second)) = (place(pair.0), place(pair.1)) else { return false };
        let both: Vec<(f64, f64)> = search
            .trials
            .iter()
            .filter_map(|trial| Some((trial.numbers[first]?, trial.numbers[second]?)))
            .collect();
        let differ = |of: fn(&(f64, f64)) -> f64| both.iter().any(|pair| of(pair) != of(&both[0]));
        differ(|pair| pair.0) && differ(|pair| pair.1)
    };
    let pairs: Vec<(&SearchAxis, &SearchAxis)> = (1..shown.len())
        .flat_map(|second| (0..second).map(move |first| (first, second)))
        .map(|(a, b)| (shown[a], shown[b]))
        .filter(varies)
        .collect();
    if pairs.is_empty() {
        return Ok(None);
    }
    let columns = pairs.len().min(COLUMNS);
    let rows = pairs.len().div_ceil(columns);
    let svg = draw(rows as f64 * PANEL, |area| {
        for (panel_area, (x, y)) in area.split_evenly((rows, columns)).iter().zip(&pairs) {
            panel(panel_area, search, x, y)?;
        }
        Ok(())
    });
    let mut caption = String::from(
        "A dot per trial at the values of two keys; light dots are better, the ring is the best. Trials without one of the \
         keys are left out.",
    );
    if hidden > 0 {
        caption += &format!(" Not shown: pairs with {} of less importance.", format::count(hidden, "key"));
    }
    Figure::new("search-pairs", "Pairs of keys", caption, svg).map(Some)
}

fn panel(area: &Area<'_>, search: &SearchTrials, x: &SearchAxis, y: &SearchAxis) -> Result<(), DrawError> {
    let place = |axis: &SearchAxis| search.axes.iter().position(|known| known.key == axis.key).unwrap_or(0);
    let (x_place, y_place) = (place(x), place(y));
    let (x_ticks, y_ticks) = (x.ticks(), y.ticks());
    let texts = |ticks: &[(f64, String)], value: f64| {
        let near = ticks.iter().find(|(at, _)| (at - value).abs() < 1e-9);
        near.map_or_else(String::new, |(_, text)| format::short(text, 12))
    };
    let (x_format, y_format) = (|value| texts(&x_ticks, value), |value| texts(&y_ticks, value));
    let places = |ticks: &[(f64, String)]| ticks.iter().map(|(at, _)| *at).collect();
    let x_scale =
        AxisScale { range: (-0.06, 1.06), ticks: places(&x_ticks), label: x.name(), format: &x_format };
    let y_scale = AxisScale { range: (-0.06, 1.06), ticks: places(&y_ticks), label: "", format: &y_format };
    let mut chart = chart(area, y.name(), &x_scale, &y_scale)?;
    for trial in &search.trials {
        let (Some(first), Some(second)) = (trial.numbers[x_place], trial.numbers[y_place]) else { continue };
        let at = (x.place(first), y.place(second));
        let shade = colour(search.quality(trial.value)).mix(if trial.complete { 0.9 } else { 0.45 });
        let size = if trial.complete { 4.5 } else { 3.0 };
        let dot = ShapeStyle { color: shade, filled: true, stroke_width: 0 };
        chart.draw_series([Circle::new(at, px(size), dot)])?;
        if trial.best {
            let ring = ShapeStyle { color: INK.to_rgba(), filled: false, stroke_width: px(1.75) as u32 };
            chart.draw_series([Circle::new(at, px(7.5), ring)])?;
        }
    }
    Ok(())
}
