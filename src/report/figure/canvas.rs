//! Drawing area of the plotted figures: one width, one type size, SVG output.

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use crate::palette::{INK, Pattern, Stroke};

/// Width of every figure, in CSS pixels.
pub const WIDTH: f64 = 920.0;
/// Type size, in CSS pixels.
pub const TYPE: f64 = 12.0;
/// Space above a chart without a title, CSS pixels.
pub const BARE_TOP: f64 = 6.0;
/// Space below a chart for its ticks and label, CSS pixels.
pub const FOOT: f64 = 38.0;
/// The backend has integer coordinates; drawing at this scale gives quarter pixels.
const SCALE: f64 = 4.0;

/// A part of a figure.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Drawing error.
pub type DrawError = DrawingAreaErrorKind<std::io::Error>;
/// A chart with two [`Axis`] axes.
pub type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>;

/// Converts CSS pixels to drawing units.
pub fn px(length: f64) -> i32 {
    (length * SCALE).round() as i32
}

/// Draws a figure of the common width and the given height (CSS pixels) with `paint`; returns the SVG text.
///
/// # Errors
/// An error of the drawing library.
pub fn draw(
    height: f64,
    paint: impl FnOnce(&Area<'_>) -> Result<(), DrawError>,
) -> Result<String, DrawError> {
    let (wide, high) = (px(WIDTH) as u32, px(height) as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (wide, high)).into_drawing_area();
        paint(&root)?;
        root.present()?;
    }
    let drawn = format!("width=\"{wide}\" height=\"{high}\"");
    Ok(svg.replacen(&drawn, &format!("width=\"{WIDTH}\" height=\"{height}\""), 1))
}

/// Text style in the figures' font, size in CSS pixels.
pub fn font(size: f64, colour: &impl Color) -> TextStyle<'static> {
    // plotters divides font sizes by 1.24 when it writes SVG.
    ("sans-serif", size * SCALE * 1.24).into_font().color(colour)
}

/// Writes a line of text with its left (or right, or middle) at (x, y), centred on y; CSS pixels.
///
/// # Errors
/// An error of the drawing library.
pub fn write(
    area: &Area<'_>,
    text: &str,
    style: &TextStyle<'_>,
    at: HPos,
    x: f64,
    y: f64,
) -> Result<(), DrawError> {
    area.draw_text(text, &style.pos(Pos::new(at, VPos::Center)), (px(x), px(y)))
}

/// A line through points in drawing units or chart coordinates, as one element to draw.
pub fn line<C: Clone>(points: &[C], stroke: Stroke, width: f64) -> [Dashes<'_, C>; 1] {
    let style = ShapeStyle { color: stroke.colour.to_rgba(), filled: false, stroke_width: px(width) as u32 };
    let (dash, gap) = match stroke.pattern {
        // One dash longer than any figure.
        Pattern::Solid => (px(100.0 * WIDTH), px(1.0)),
        Pattern::Dashed => (px(7.0), px(4.0)),
        Pattern::Dotted => (px(2.0), px(3.0)),
    };
    [DashedPathElement::new(points.iter().cloned(), dash, gap, style)]
}

/// A dot in drawing units or chart coordinates; a ring for a dashed stroke, a small dot for a dotted one.
pub fn dot<C>(at: C, stroke: Stroke) -> Circle<C, i32> {
    let (radius, filled, width) = match stroke.pattern {
        Pattern::Solid => (4.5, true, 0.0),
        Pattern::Dashed => (4.0, false, 2.0),
        Pattern::Dotted => (2.5, true, 0.0),
    };
    let style = ShapeStyle { color: stroke.colour.to_rgba(), filled, stroke_width: px(width) as u32 };
    Circle::new(at, px(radius), style)
}

/// A dashed line.
pub type Dashes<'a, C> = DashedPathElement<std::iter::Cloned<std::slice::Iter<'a, C>>, i32>;

/// Range, ticks and label of an axis.
pub struct AxisScale<'a> {
    /// Ends of the axis.
    pub range: (f64, f64),
    /// Values of the ticks.
    pub ticks: Vec<f64>,
    /// Quantity and unit; empty if the caption or title states them.
    pub label: &'a str,
    /// Formats a tick.
    pub format: &'a dyn Fn(f64) -> String,
}

/// A chart with a title, axes and a faint grid.
///
/// # Errors
/// An error of the drawing library.
pub fn chart<'a>(
    area: &Area<'a>,
    title: &str,
    x: &AxisScale<'_>,
    y: &AxisScale<'_>,
) -> Result<Chart<'a>, DrawError> {
    let small = font(TYPE - 1.0, &INK.mix(0.8));
    let widest = y.ticks.iter().map(|tick| (y.format)(*tick).chars().count()).max();
    let left = widest.map_or(6.0, |characters| (characters as f64 * 6.2 + 10.0).max(40.0));
    if !title.is_empty() {
        write(area, title, &font(TYPE, &INK), HPos::Left, left + 4.0, 12.0)?;
    }
    let spec = |scale: &AxisScale<'_>| Axis { ends: scale.range, ticks: scale.ticks.clone() };
    let mut chart = ChartBuilder::on(area)
        .margin_top(px(if title.is_empty() { BARE_TOP } else { 24.0 }))
        .margin_right(px(14.0))
        .x_label_area_size(px(if x.label.is_empty() { 22.0 } else { FOOT }))
        .y_label_area_size(px(left))
        .build_cartesian_2d(spec(x), spec(y))?;
    chart
        .configure_mesh()
        .bold_line_style(ShapeStyle { color: INK.mix(0.12), filled: false, stroke_width: px(0.75) as u32 })
        .axis_style(ShapeStyle { color: INK.mix(0.55), filled: false, stroke_width: px(0.75) as u32 })
        .x_label_formatter(&|value| (x.format)(*value))
        .y_label_formatter(&|value| (y.format)(*value))
        .x_desc(x.label)
        .label_style(small.clone())
        .axis_desc_style(small)
        .set_all_tick_mark_size(px(4.0))
        .draw()?;
    Ok(chart)
}

/// Round ticks inside a range: about `count` multiples of 1, 2 or 5 times a power of ten.
pub fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || count == 0 {
        return vec![low];
    }
    let rough = span / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// Formats a tick without trailing zeros.
pub fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 100.0, 4), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(0.0, 100.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(3.0, 3.0, 5), [3.0]);
        assert_eq!([plain(0.25), plain(100.0), plain(-0.5), plain(0.0)], ["0.25", "100", "−0.5", "0"]);
    }
}
