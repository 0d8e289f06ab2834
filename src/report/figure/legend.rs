//! The legend under a figure: a stroke and a name per series, in columns.

use plotters::style::text_anchor::HPos;

use super::canvas::{Area, DrawError, TYPE, WIDTH, font, line, px, write};
use crate::report::format::short;
use crate::report::palette::{INK, Stroke};

const COLUMNS: usize = 4;
const ROW: f64 = 20.0;

/// The height that a legend of so many entries takes, CSS pixels.
pub fn height(entries: usize) -> f64 {
    entries.div_ceil(COLUMNS) as f64 * ROW + 12.0
}

/// Draws the legend over the whole of `area`.
///
/// # Errors
/// When the drawing library fails.
pub fn draw(area: &Area<'_>, entries: &[(String, Stroke)]) -> Result<(), DrawError> {
    let column = (WIDTH - 44.0) / COLUMNS as f64;
    let style = font(TYPE, &INK);
    for (index, (name, stroke)) in entries.iter().enumerate() {
        let x = 44.0 + (index % COLUMNS) as f64 * column;
        let y = 12.0 + (index / COLUMNS) as f64 * ROW;
        for dashes in line(&[(px(x), px(y)), (px(x + 29.0), px(y))], *stroke, 2.5) {
            area.draw(&dashes)?;
        }
        write(area, &short(name, 27), &style, HPos::Left, x + 36.0, y)?;
    }
    Ok(())
}
