//! Reliability diagrams (Guo et al. 2017, figure 1): accuracy against confidence, a panel per network, and below it the
//! share of the images in every bin of confidence.

use plotters::element::Rectangle;
use plotters::style::{Color, ShapeStyle};

use super::Figure;
use super::canvas::{Area, AxisScale, DrawError, chart, dot, draw, line, plain, px, ticks};
use crate::analysis::Analysis;
use crate::error::ReportError;
use crate::fold::fold;
use crate::format;
use crate::palette::{GREY, Pattern, Stroke};
use crate::reliability::{Reliability, reliabilities};

const MOST_PANELS: usize = 6;
const COLUMNS: usize = 3;
/// Heights of a panel's parts, CSS pixels.
const DIAGRAM: f64 = 270.0;
const SHARES: f64 = 100.0;

/// The diagrams of the reference configuration; `None` without calibration.
///
/// # Errors
/// An error of the drawing library.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let (networks, hidden) = fold(reliabilities(analysis), MOST_PANELS);
    if networks.is_empty() {
        return Ok(None);
    }
    // A panel by itself is no wider than one of two.
    let columns = networks.len().clamp(2, COLUMNS);
    let rows = networks.len().div_ceil(columns);
    let highest = networks.iter().flat_map(|network| &network.bins).map(|bin| bin.share).fold(0.0, f64::max);
    let svg = draw(rows as f64 * (DIAGRAM + SHARES), |area| {
        for (panel, network) in area.split_evenly((rows, columns)).iter().zip(&networks) {
            let (upper, lower) = panel.split_vertically(px(DIAGRAM));
            diagram(&upper, network)?;
            shares(&lower, network, highest)?;
        }
        Ok(())
    });
    let mut caption = String::from(
        "Reliability on the test images. Bars: share of right answers among those whose confidence, the largest softmax \
         probability, lies in the bin; dots: the same at the bin's mean confidence. On the dashed line confidence equals \
         accuracy; below it the network is overconfident. Lower panels: share of the images in each bin; the bar of a bin \
         with few images is uncertain. ECE: distance of the dots from the line, weighted by these shares.",
    );
    if analysis.counts.1 > 1 {
        caption += " Images of all seeds together; ECE: mean over seeds.";
    }
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} (see calibration.parquet).", format::count(hidden, "network"));
    }
    Figure::new("reliability", "Reliability", caption, svg).map(Some)
}

fn percent(value: f64) -> String {
    format!("{} %", plain(value))
}

fn diagram(area: &Area<'_>, network: &Reliability) -> Result<(), DrawError> {
    let error = format::value(Some(network.error), "%");
    let title = format!("{} · ECE {error} %", format::short(&network.network, 24));
    // Dots at the ends are whole.
    let axis =
        |label| AxisScale { range: (0.0, 103.0), ticks: ticks(0.0, 100.0, 5), label, format: &percent };
    let mut chart = chart(area, &title, &axis("confidence"), &axis(""))?;
    let stroke = Stroke::at(0);
    let bars = network.bins.iter().map(|bin| {
        let style = ShapeStyle { color: stroke.colour.mix(0.3), filled: true, stroke_width: 0 };
        Rectangle::new([(bin.from, 0.0), (bin.to, bin.accuracy)], style)
    });
    chart.draw_series(bars)?;
    let edges = network.bins.iter().map(|bin| {
        let style =
            ShapeStyle { color: stroke.colour.mix(0.7), filled: false, stroke_width: px(0.75) as u32 };
        Rectangle::new([(bin.from, 0.0), (bin.to, bin.accuracy)], style)
    });
    chart.draw_series(edges)?;
    let equal = [(0.0, 0.0), (100.0, 100.0)];
    chart.draw_series(line(&equal, Stroke { colour: GREY, pattern: Pattern::Dashed }, 1.5))?;
    chart.draw_series(network.bins.iter().map(|bin| dot((bin.confidence, bin.accuracy), Stroke::at(1))))?;
    Ok(())
}

fn shares(area: &Area<'_>, network: &Reliability, highest: f64) -> Result<(), DrawError> {
    let top = highest.max(1.0) * 1.08;
    let none = |_| String::new();
    let x = AxisScale { range: (0.0, 103.0), ticks: ticks(0.0, 100.0, 5), label: "", format: &none };
    let y = AxisScale { range: (0.0, top), ticks: ticks(0.0, top, 2), label: "", format: &percent };
    let mut chart = chart(area, "share of the images", &x, &y)?;
    let style = ShapeStyle { color: GREY.mix(0.6), filled: true, stroke_width: 0 };
    let bars = network.bins.iter().map(|bin| Rectangle::new([(bin.from, 0.0), (bin.to, bin.share)], style));
    chart.draw_series(bars)?;
    Ok(())
}
