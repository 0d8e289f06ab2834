//! Class balance: a bar per class for few classes, the sorted numbers of images for many.

use plotters::element::{Polygon, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::ClassBalance;
use crate::error::ReportError;
use crate::figure::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, Figure, TYPE, chart, draw, font, plain, px, ticks, write,
};
use crate::format;
use crate::palette::{INK, Stroke};

/// Maximum number of classes with a bar each.
const MOST_BARS: usize = 40;
/// Maximum number of classes per end that the caption names.
const NAMED: usize = 3;
const ROW: f64 = 20.0;
/// Thickness of a bar as a share of its row.
const BAR: f64 = 0.72;
/// Height of a chart of sorted numbers, CSS pixels.
const HEIGHT: f64 = 240.0;

/// One figure per split with two classes or more.
///
/// # Errors
/// An error of the drawing library.
pub fn figures(splits: &[ClassBalance]) -> Result<Vec<Figure>, ReportError> {
    splits.iter().filter(|split| split.counts.len() > 1).map(figure).collect()
}

fn figure(split: &ClassBalance) -> Result<Figure, ReportError> {
    let mut sorted: Vec<&(String, usize)> = split.counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let svg = match sorted.len() {
        ..=MOST_BARS => draw(BARE_TOP + sorted.len() as f64 * ROW + FOOT, |area| bars(area, &split.counts)),
        _ => draw(HEIGHT, |area| ranks(area, &sorted)),
    };
    let name = |(name, count): &&(String, usize)| format!("{name} ({count})");
    let list = |classes: &[&(String, usize)]| classes.iter().map(name).collect::<Vec<_>>().join(", ");
    let empty = sorted.iter().filter(|class| class.1 == 0).count();
    let used = &sorted[..sorted.len() - empty];
    let mut caption = format!("Images per class, {} classes.", sorted.len());
    if used.len() > MOST_BARS {
        caption +=
            &format!(" Most: {}. Fewest: {}.", list(&used[..NAMED]), list(&used[used.len() - NAMED..]));
    }
    if empty > 0 {
        let noun = if empty == 1 { "class" } else { "classes" };
        caption += &format!(" {empty} {noun} without an image.");
    }
    Figure::new(&format!("balance-{}", split.split), format!("Class balance: {}", split.split), caption, svg)
}

fn axis(most: usize) -> AxisScale<'static> {
    let most = most.max(1) as f64;
    // No ticks between whole images.
    let ticks = ticks(0.0, most, 5).into_iter().filter(|tick| tick.fract() == 0.0).collect();
    AxisScale { range: (0.0, most * 1.06), ticks, label: "images", format: &plain }
}

/// Horizontal bars in label order, with the number at the end of each.
fn bars(area: &Area<'_>, counts: &[(String, usize)]) -> Result<(), DrawError> {
    let most = counts.iter().map(|class| class.1).max().unwrap_or(0);
    let longest = counts.iter().map(|class| format::short(&class.0, 32).chars().count()).max().unwrap_or(0);
    let names_width = (longest as f64 * 6.6 + 12.0).clamp(60.0, 240.0);
    let (names, plot) = area.split_horizontally(px(names_width));
    let y = AxisScale {
        range: (counts.len() as f64 - 0.5, -0.5),
        ticks: vec![],
        label: "",
        format: &|_| String::new(),
    };
    let mut chart = chart(&plot, "", &axis(most), &y)?;
    let colour = Stroke::at(0).colour;
    for (place, (name, count)) in counts.iter().enumerate() {
        let (y, end) = (place as f64, *count as f64);
        chart.draw_series([Rectangle::new([(0.0, y - BAR / 2.0), (end, y + BAR / 2.0)], colour.filled())])?;
        let style = font(TYPE - 1.0, &INK.mix(0.8)).pos(Pos::new(HPos::Left, VPos::Center));
        chart.draw_series([Text::new(format!(" {count}"), (end, y), style)])?;
        let middle = BARE_TOP + (y + 0.5) * ROW;
        write(&names, &format::short(name, 32), &font(TYPE, &INK), HPos::Right, names_width - 2.0, middle)?;
    }
    Ok(())
}

/// Numbers of images from the largest class to the smallest, as an area of at most a thousand steps.
fn ranks(area: &Area<'_>, sorted: &[&(String, usize)]) -> Result<(), DrawError> {
    let most = sorted.first().map_or(0, |class| class.1);
    let x = AxisScale {
        range: (0.0, sorted.len() as f64),
        ticks: ticks(0.0, sorted.len() as f64, 8),
        label: "classes, the largest first",
        format: &plain,
    };
    let mut y = axis(most);
    y.label = "";
    let mut chart = chart(area, "images per class", &x, &AxisScale { range: (0.0, y.range.1), ..y })?;
    let step = sorted.len().div_ceil(1000).max(1);
    let mut outline = vec![(0.0, 0.0)];
    for at in (0..sorted.len()).step_by(step) {
        let count = sorted[at].1 as f64;
        outline.extend([(at as f64, count), ((at + step).min(sorted.len()) as f64, count)]);
    }
    outline.push((sorted.len() as f64, 0.0));
    chart.draw_series([Polygon::new(outline, Stroke::at(0).colour.mix(0.85).filled())])?;
    Ok(())
}
