//! The legend below a figure: a stroke or a dot and a name per series, in as many columns as the names allow.

use plotters::element::Rectangle;
use plotters::style::Color as _;
use plotters::style::text_anchor::HPos;

use super::canvas::{Area, DrawError, TYPE, WIDTH, dot, font, line, px, write};
use crate::format::short;
use crate::palette::{INK, Stroke};

/// Maximum number of columns.
const COLUMNS: usize = 4;
const ROW: f64 = 20.0;
/// Left edge of the first column, CSS pixels.
const LEFT: f64 = 44.0;
/// Width of a stroke with its margin, and the gap after a name, CSS pixels.
const STROKE: f64 = 36.0;
const GAP: f64 = 10.0;
/// Mean width of a character at size [`TYPE`], CSS pixels.
const CHARACTER: f64 = 6.4;

/// Symbol of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A line.
    Line,
    /// A [`dot`] for each of its values.
    Dot,
    /// A filled area.
    Area,
}

/// Height of a legend with these entries, CSS pixels.
pub fn height(entries: &[(String, Stroke)]) -> f64 {
    entries.len().div_ceil(columns(entries)) as f64 * ROW + 12.0
}

/// Draws the legend over the whole of `area`.
///
/// # Errors
/// An error of the drawing library.
pub fn draw(area: &Area<'_>, entries: &[(String, Stroke)], mark: Mark) -> Result<(), DrawError> {
    let columns = columns(entries);
    let column = (WIDTH - LEFT) / columns as f64;
    let room = ((column - STROKE - GAP) / CHARACTER) as usize;
    let style = font(TYPE, &INK);
    for (index, (name, stroke)) in entries.iter().enumerate() {
        let x = LEFT + (index % columns) as f64 * column;
        let y = 12.0 + (index / columns) as f64 * ROW;
        match mark {
            Mark::Line => {
                for dashes in line(&[(px(x), px(y)), (px(x + 29.0), px(y))], *stroke, 2.5) {
                    area.draw(&dashes)?;
                }
            }
            Mark::Dot => area.draw(&dot((px(x + 15.0), px(y)), *stroke))?,
            Mark::Area => {
                let corners = [(px(x + 9.0), px(y - 6.0)), (px(x + 29.0), px(y + 6.0))];
                area.draw(&Rectangle::new(corners, stroke.colour.filled()))?;
            }
        }
        write(area, &short(name, room), &style, HPos::Left, x + STROKE, y)?;
    }
    Ok(())
}

fn columns(entries: &[(String, Stroke)]) -> usize {
    let longest = entries.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let wide = STROKE + longest as f64 * CHARACTER + GAP;
    (((WIDTH - LEFT) / wide) as usize).clamp(1, COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_take_fewer_columns_and_more_rows() {
        let entries = |length: usize| -> Vec<(String, Stroke)> {
            (0..5).map(|at| ("x".repeat(length), Stroke::at(at))).collect()
        };
        assert_eq!([3, 27, 30, 60, 200].map(|length| columns(&entries(length))), [4, 4, 3, 2, 1]);
        assert_eq!(height(&entries(3)), 2.0 * ROW + 12.0);
        assert_eq!(height(&entries(200)), 5.0 * ROW + 12.0);
    }
}
