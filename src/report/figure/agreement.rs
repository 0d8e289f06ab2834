//! Similarity to a reference map against forward passes: one dot per method with the quartiles over images.

use plotters::element::PathElement;
use plotters::style::{Color, ShapeStyle};

use super::Figure;
use super::canvas::{Area, AxisScale, DrawError, chart, dot, draw, plain, px, ticks};
use super::legend::{self, Mark};
use crate::agreement::{Pair, pairs};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::palette::Stroke;

const PANEL: f64 = 300.0;
const MOST: usize = 24;

/// One figure per reference, for the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let mut all = pairs(analysis);
    // Baselines take no forward pass and are listed in the table only.
    all.retain(|pair| !pair.is_baseline());
    let references = distinct(&all.iter().map(|pair| pair.reference.clone()).collect::<Vec<_>>());
    let mut figures = Vec::new();
    for (at, reference) in references.iter().enumerate() {
        let own: Vec<&Pair> = all.iter().filter(|pair| pair.reference == *reference).take(MOST).collect();
        let several = distinct(own.iter().map(|pair| &pair.series.network)).len() > 1;
        let name = |pair: &Pair| match several {
            true => format!("{} ({})", pair.series.in_network(), pair.series.network),
            false => pair.series.in_network(),
        };
        let entries: Vec<(String, Stroke)> =
            own.iter().enumerate().map(|(at, pair)| (name(pair), Stroke::at(at))).collect();
        let height = PANEL + legend::height(&entries);
        let svg = draw(height, |area| {
            let (upper, lower) = area.split_vertically(px(PANEL));
            paint(&upper, &own)?;
            legend::draw(&lower, &entries, Mark::Dot)
        });
        let caption = format!(
            "Pearson correlation with the map of {reference} on the same test image (median; bars: quartiles over \
             images) against the forward passes per image (logarithmic scale)."
        );
        let file = if at == 0 { "agreement".to_owned() } else { format!("agreement-{}", at + 1) };
        figures.push(Figure::new(&file, format!("Agreement with {reference}"), caption, svg)?);
    }
    Ok(figures)
}

fn paint(area: &Area<'_>, pairs: &[&Pair]) -> Result<(), DrawError> {
    let place = |pair: &Pair| pair.forwards.max(1.0).log10();
    let most = pairs.iter().map(|pair| place(pair)).fold(1.0, f64::max);
    let low = pairs.iter().filter_map(|pair| pair.pearson).map(|q| q.low).fold(1.0, f64::min);
    let low = ((low - 0.02) * 10.0).floor() / 10.0;
    let x = AxisScale {
        range: (-0.1, most + 0.1),
        ticks: (0..=most.ceil() as u32).map(f64::from).filter(|tick| *tick <= most + 0.1).collect(),
        label: "forward passes per image",
        format: &|value| plain(10f64.powf(value).round()),
    };
    let y = AxisScale { range: (low, 1.02), ticks: ticks(low, 1.0, 5), label: "", format: &plain };
    let mut chart = chart(area, "Pearson correlation with the reference map", &x, &y)?;
    for (at, pair) in pairs.iter().enumerate() {
        let Some(quartiles) = pair.pearson else { continue };
        let stroke = Stroke::at(at);
        let whisker =
            ShapeStyle { color: stroke.colour.to_rgba(), filled: false, stroke_width: px(2.0) as u32 };
        let x = place(pair);
        chart.draw_series([PathElement::new(vec![(x, quartiles.low), (x, quartiles.high)], whisker)])?;
        chart.draw_series([dot((x, quartiles.median), stroke)])?;
    }
    Ok(())
}
