//! Accuracy of a fusion's members and after every fusion step.

use plotters::element::{Circle, PathElement};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::Figure;
use super::canvas::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, TYPE, WIDTH, chart, draw, font, line, plain, px, ticks, write,
};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use crate::networks::{FusionStep, fusion_steps};
use crate::palette::{GREY, INK, Pattern, Stroke};
use camlab_frame::aggregate;

/// Maximum number of rows.
const MOST: usize = 40;
const ROW: f64 = 22.0;
const NAMES: f64 = 270.0;

/// The steps of every fusion that was evaluated; `None` without one.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let mut steps: Vec<FusionStep> =
        fusion_steps(analysis).into_iter().filter(|step| !step.accuracy.is_empty()).collect();
    if steps.is_empty() {
        return Ok(None);
    }
    let hidden = steps.len().saturating_sub(MOST);
    steps.truncate(MOST);
    let height = steps.len() as f64 * ROW + BARE_TOP + FOOT;
    let svg = draw(height, |area| paint(area, &steps));
    let mut caption = String::from(
        "Accuracy on training images without augmentation (not on the test images): members grey, fusion steps \
         coloured, the result marked by a ring.",
    );
    if steps.iter().any(|step| step.accuracy.len() > 1) {
        caption += " Mean over seeds; whiskers: one standard deviation.";
    }
    if hidden > 0 {
        caption += &format!(" Not shown: the last {} (see the table).", format::count(hidden, "row"));
    }
    Figure::new("fusion", "Accuracy after each fusion step", caption, svg).map(Some)
}

fn paint(area: &Area<'_>, steps: &[FusionStep]) -> Result<(), DrawError> {
    let fusions = distinct(steps.iter().map(|step| &step.fusion));
    let count = steps.len() as f64;
    let (names, right) = area.split_horizontally(px(NAMES));
    let (plot, values) = right.split_horizontally(px(WIDTH - NAMES - 90.0));
    let x = AxisScale {
        range: (0.0, 100.0),
        ticks: ticks(0.0, 100.0, 5),
        label: "accuracy (%) ↑",
        format: &plain,
    };
    let y = AxisScale { range: (count - 0.5, -0.5), ticks: vec![], label: "", format: &|_| String::new() };
    let mut chart = chart(&plot, "", &x, &y)?;
    for (place, step) in steps.iter().enumerate() {
        let Some(mean) = aggregate::mean(&step.accuracy) else { continue };
        let index = fusions.iter().position(|fusion| *fusion == step.fusion).unwrap_or(0);
        let colour = if step.member { GREY } else { Stroke::at(index).colour };
        let style = |filled: bool| ShapeStyle {
            color: colour.to_rgba(),
            filled,
            stroke_width: if filled { 0 } else { px(2.0) as u32 },
        };
        let y = place as f64;
        if place > 0 && steps[place - 1].fusion != step.fusion {
            let rule = Stroke { colour: GREY, pattern: Pattern::Dotted };
            chart.draw_series(line(&[(0.0, y - 0.5), (100.0, y - 0.5)], rule, 1.0))?;
        }
        if let Some(deviation) = aggregate::deviation(&step.accuracy) {
            let ends = vec![((mean - deviation).max(0.0), y), ((mean + deviation).min(100.0), y)];
            chart.draw_series([PathElement::new(ends, style(false))])?;
        }
        chart.draw_series([Circle::new((mean, y), px(4.5), style(true))])?;
        if step.kept > 0 && !step.member {
            chart.draw_series([Circle::new((mean, y), px(8.0), style(false))])?;
        }
        let middle = BARE_TOP + (y + 0.5) * ROW;
        let ink = INK.mix(if step.member { 0.65 } else { 1.0 });
        let name = format::short(&format!("{}: {}", step.fusion, step.step), 40);
        write(&names, &name, &font(TYPE, &ink), HPos::Right, NAMES - 2.0, middle)?;
        let text = format!("{} %", format::value(Some(mean), "%"));
        write(&values, &text, &font(TYPE, &ink), HPos::Left, 2.0, middle)?;
    }
    Ok(())
}
