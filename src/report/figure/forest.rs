//! Differences with their intervals, a row per map (a forest plot).

use plotters::element::PathElement;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::Figure;
use super::canvas::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, TYPE, WIDTH, chart, dot, draw, font, line, plain, px, ticks,
    write,
};
use super::legend::{self, Mark};
use crate::error::ReportError;
use crate::format;
use crate::palette::{GREY, INK, Pattern, Stroke};

/// Maximum number of rows.
const MOST: usize = 40;
/// Height of a row with one difference, CSS pixels.
const ROW: f64 = 22.0;
/// Height that each further difference of a row adds.
const FURTHER: f64 = 12.0;
/// Width of the column of numbers.
const VALUES: f64 = 170.0;

/// One difference.
#[derive(Debug, Clone)]
pub struct ForestMark {
    /// Number of the series, which has one colour: its name's place in [`Forest::series`].
    pub series: usize,
    /// The difference.
    pub mean: f64,
    /// Its interval; `None` where there is none, shown as a ring.
    pub interval: Option<(f64, f64)>,
    /// The numbers as text.
    pub text: String,
}

/// One row.
#[derive(Debug, Clone)]
pub struct ForestRow {
    /// Name.
    pub label: String,
    /// `true` for a baseline.
    pub baseline: bool,
    /// The differences.
    pub marks: Vec<ForestMark>,
}

/// Content of the figure.
#[derive(Debug, Clone)]
pub struct Forest {
    /// File name without its ending.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Caption.
    pub caption: String,
    /// Label of the axis: quantity and unit.
    pub axis: String,
    /// Names of the series; the legend is left out for a single one.
    pub series: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<ForestRow>,
}

/// Draws the differences; `None` without rows.
///
/// # Errors
/// An error of the drawing library.
pub fn figure(forest: &Forest) -> Result<Option<Figure>, ReportError> {
    if forest.rows.is_empty() {
        return Ok(None);
    }
    let hidden = forest.rows.len().saturating_sub(MOST);
    let rows = &forest.rows[..forest.rows.len() - hidden];
    let entries: Vec<(String, Stroke)> = match forest.series.len() {
        1 => Vec::new(),
        _ => forest.series.iter().enumerate().map(|(at, name)| (name.clone(), Stroke::at(at))).collect(),
    };
    let foot = if entries.is_empty() { 0.0 } else { legend::height(&entries) };
    let height = rows.len() as f64 * row_height(forest) + BARE_TOP + FOOT;
    let svg = draw(height + foot, |area| {
        let (plot, below) = area.split_vertically(px(height));
        paint(&plot, forest, rows)?;
        if entries.is_empty() { Ok(()) } else { legend::draw(&below, &entries, Mark::Dot) }
    });
    let mut caption = forest.caption.clone();
    if hidden > 0 {
        caption += &format!(" Not shown: {} (see table).", format::count(hidden, "row"));
    }
    Figure::new(&forest.name, &forest.title, caption, svg).map(Some)
}

fn row_height(forest: &Forest) -> f64 {
    ROW + FURTHER * forest.series.len().saturating_sub(1) as f64
}

fn paint(area: &Area<'_>, forest: &Forest, rows: &[ForestRow]) -> Result<(), DrawError> {
    let ends = |mark: &ForestMark| mark.interval.unwrap_or((mark.mean, mark.mean));
    let marks = || rows.iter().flat_map(|row| &row.marks);
    let low = marks().map(|mark| ends(mark).0).fold(0.0, f64::min);
    let high = marks().map(|mark| ends(mark).1).fold(0.0, f64::max);
    let margin = ((high - low) * 0.06).max(1e-6);
    let range = (low - margin, high + margin);
    let count = rows.len() as f64;
    let longest = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
    let names_width = (longest as f64 * 6.6 + 12.0).clamp(90.0, 300.0);
    let (names, right) = area.split_horizontally(px(names_width));
    let (plot, values) = right.split_horizontally(px(WIDTH - names_width - VALUES));
    let x = AxisScale { range, ticks: ticks(range.0, range.1, 6), label: &forest.axis, format: &plain };
    let y = AxisScale { range: (count - 0.5, -0.5), ticks: vec![], label: "", format: &|_| String::new() };
    let mut chart = chart(&plot, "", &x, &y)?;
    let zero = Stroke { colour: GREY, pattern: Pattern::Dashed };
    chart.draw_series(line(&[(0.0, count - 0.5), (0.0, -0.5)], zero, 1.25))?;
    let height = row_height(forest);
    for (place, row) in rows.iter().enumerate() {
        let ink = INK.mix(if row.baseline { 0.65 } else { 1.0 });
        let top = BARE_TOP + place as f64 * height;
        let name = format::short(&row.label, 44);
        write(&names, &name, &font(TYPE, &ink), HPos::Right, names_width - 2.0, top + height / 2.0)?;
        for mark in &row.marks {
            // The series of a row lie below each other, in their order.
            let share = (mark.series as f64 + 0.5) / forest.series.len().max(1) as f64;
            let y = place as f64 - 0.5 + share;
            let mut stroke = Stroke::at(mark.series);
            if let Some((from, to)) = mark.interval {
                let whisker = ShapeStyle {
                    color: stroke.colour.to_rgba(),
                    filled: false,
                    stroke_width: px(2.0) as u32,
                };
                chart.draw_series([PathElement::new(vec![(from, y), (to, y)], whisker)])?;
                stroke.pattern = Pattern::Solid;
            } else {
                stroke.pattern = Pattern::Dashed;
            }
            chart.draw_series([dot((mark.mean, y), stroke)])?;
            let size = if forest.series.len() > 1 { TYPE - 1.5 } else { TYPE };
            write(&values, &mark.text, &font(size, &ink), HPos::Left, 2.0, top + share * height)?;
        }
    }
    Ok(())
}
