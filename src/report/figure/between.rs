//! Matrix of the KL divergences between the maps of a network's methods.

use plotters::element::Rectangle;
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::Figure;
use super::canvas::{Area, DrawError, TYPE, WIDTH, draw, font, px, write};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::INK;
use camlab_frame::BetweenRow;
use camlab_frame::aggregate::mean;

const MOST: usize = 14;
const ROW: f64 = 26.0;
const NAMES: f64 = 210.0;
const HEAD: f64 = 30.0;

/// Matrix for the best network in the reference configuration, mean over seeds; `None` for fewer than two maps.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let Some(network) = analysis.best().map(|best| best.network.clone()) else { return Ok(None) };
    let of_network = |row: &&BetweenRow| {
        *row.network == *network && analysis.belongs(&row.cell, row.seed, &analysis.reference)
    };
    let rows: Vec<&BetweenRow> = analysis.frames.between.iter().filter(of_network).collect();
    let mut names =
        distinct(&rows.iter().map(|row| (row.method.clone(), row.layer.clone())).collect::<Vec<_>>());
    let hidden = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if names.len() < 2 {
        return Ok(None);
    }
    let value = |first: usize, second: usize| {
        let pair = |row: &&&BetweenRow| {
            (&row.method, &row.layer) == (&names[first].0, &names[first].1)
                && (&row.other_method, &row.other_layer) == (&names[second].0, &names[second].1)
        };
        mean(&rows.iter().filter(pair).filter_map(|row| row.kl).collect::<Vec<_>>())
    };
    let cells: Vec<Vec<Option<f64>>> =
        (0..names.len()).map(|first| (0..names.len()).map(|second| value(first, second)).collect()).collect();
    let one_layer = distinct(names.iter().map(|name| &name.1)).len() == 1;
    let labels: Vec<String> = names
        .iter()
        .map(|(method, layer)| if one_layer { method.clone() } else { format!("{method} · {layer}") })
        .collect();
    let svg = draw(HEAD + names.len() as f64 * ROW + 8.0, |area| paint(area, &labels, &cells));
    let mut caption = format!(
        "KL(row || column) in nats between the unchanged maps of network {network}, each as a distribution over the \
         pixels; mean over the test images. It is large where the column's map is low and the row's is high. Darker: \
         larger. Columns are numbered like the rows.",
    );
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} (see between.parquet).", format::count(hidden, "map"));
    }
    Figure::new("between", "KL divergence between methods", caption, svg).map(Some)
}

fn paint(area: &Area<'_>, labels: &[String], cells: &[Vec<Option<f64>>]) -> Result<(), DrawError> {
    let side = ((WIDTH - NAMES - 10.0) / labels.len() as f64).min(90.0);
    let largest = cells.iter().flatten().flatten().copied().fold(1e-9, f64::max);
    let ink = font(TYPE, &INK);
    for (first, row) in cells.iter().enumerate() {
        let y = HEAD + first as f64 * ROW;
        let name = format!("{}  {}", format::short(&labels[first], 28), first + 1);
        write(area, &name, &ink, HPos::Right, NAMES - 8.0, y + ROW / 2.0)?;
        let head = (first + 1).to_string();
        write(area, &head, &ink, HPos::Center, NAMES + (first as f64 + 0.5) * side, HEAD - 12.0)?;
        for (second, kl) in row.iter().enumerate() {
            let x = NAMES + second as f64 * side;
            let share = kl.map_or(0.0, |kl| (kl / largest).sqrt());
            let shade = shade(share);
            let corners = [(px(x + 1.0), px(y + 1.0)), (px(x + side - 1.0), px(y + ROW - 1.0))];
            let style = ShapeStyle { color: shade.to_rgba(), filled: true, stroke_width: 0 };
            area.draw(&Rectangle::new(corners, style))?;
            // Cells keep their colours on a dark page, so their text must as well.
            let text = if share > 0.6 { RGBColor(255, 255, 255) } else { RGBColor(0x10, 0x18, 0x20) };
            let style = font(TYPE, &text);
            write(area, &format::value(*kl, "nats"), &style, HPos::Center, x + side / 2.0, y + ROW / 2.0)?;
        }
    }
    Ok(())
}

/// Colour of a share from 0 (pale blue) to 1 (dark blue).
fn shade(share: f64) -> RGBColor {
    let mix = |from: f64, to: f64| (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mix(232.0, 0.0), mix(242.0, 79.0), mix(250.0, 124.0))
}
