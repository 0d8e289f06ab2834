//! Share of the objective's variance that each searched key explains.

use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::SearchFrames;
use crate::error::ReportError;
use crate::figure::{Figure, TYPE, WIDTH, draw, font, px, write};
use crate::format;
use crate::palette::{INK, Stroke};

const ROW: f64 = 26.0;
const LABELS: f64 = 260.0;
const VALUES: f64 = 150.0;
const MOST_KEYS: usize = 16;

/// A bar per key with its interval.
pub(super) fn figure(frames: &SearchFrames) -> Result<Option<Figure>, ReportError> {
    let Some(first) = frames.importance.first() else { return Ok(None) };
    let (trials, fit) = (first.trials, first.fit);
    let keys: Vec<_> = frames.importance.iter().filter(|row| !row.key.is_empty()).collect();
    let hidden = keys.len().saturating_sub(MOST_KEYS);
    let rest: Vec<_> = frames.importance.iter().filter(|row| row.key.is_empty()).collect();
    let rows: Vec<_> = keys.into_iter().take(MOST_KEYS).chain(rest).collect();
    let svg = draw(rows.len() as f64 * ROW + 12.0, |area| {
        let (text, colour) = (font(TYPE, &INK), Stroke::at(0).colour);
        let wide = WIDTH - LABELS - VALUES;
        let at = |share: f64| LABELS + share.clamp(0.0, 1.0) * wide;
        for (index, row) in rows.iter().enumerate() {
            let y = index as f64 * ROW + ROW / 2.0 + 4.0;
            let name = if row.key.is_empty() { "several keys together" } else { row.key.as_str() };
            write(area, &format::short(name, 36), &text, HPos::Right, LABELS - 10.0, y)?;
            let fill = ShapeStyle {
                color: colour.mix(if row.key.is_empty() { 0.35 } else { 0.85 }),
                filled: true,
                stroke_width: 0,
            };
            let corners = [(px(at(0.0)), px(y - 7.0)), (px(at(row.share).max(at(0.0) + 1.0)), px(y + 7.0))];
            area.draw(&Rectangle::new(corners, fill))?;
            if let (Some(low), Some(high)) = (row.low, row.high) {
                let stroke =
                    ShapeStyle { color: INK.to_rgba(), filled: false, stroke_width: px(1.25) as u32 };
                let ends = [(at(low), 0.0), (at(high), 0.0)];
                let span: Vec<(i32, i32)> = ends.iter().map(|(x, _)| (px(*x), px(y))).collect();
                area.draw(&PathElement::new(span, stroke))?;
                for (x, _) in ends {
                    area.draw(&PathElement::new(vec![(px(x), px(y - 4.0)), (px(x), px(y + 4.0))], stroke))?;
                }
            }
            let interval = row.low.zip(row.high).map_or_else(String::new, |(low, high)| {
                format!(" [{:.0}, {:.0}]", 100.0 * low, 100.0 * high)
            });
            let value = format!("{:.0} %{interval}", 100.0 * row.share);
            write(area, &value, &text, HPos::Left, LABELS + wide + 12.0, y)?;
        }
        Ok(())
    });
    let mut caption = format!(
        "Share of the objective's variance over the whole space that each key explains by itself, and what only several \
         keys together explain (fANOVA, Hutter et al. 2014, of boosted regression trees fitted to {trials} trials). Lines: 95 % interval over \
         subsamples of the trials. The fitted surface explains {:.0} % of the variance of trials that it was not fitted to{}",
        100.0 * fit.max(0.0),
        if fit < 0.5 { ": too little to rely on the shares." } else { "." }
    );
    if !frames.about.rungs.is_empty() {
        caption += " Values are those of the first rung, which all trials have reached.";
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {}.", format::count(hidden, "key"));
    }
    Figure::new("search-importance", "Importance of the searched keys", caption, svg).map(Some)
}
