//! Cascading randomisation (Adebayo et al. 2018): map similarity as parameters are replaced from the classifier down.

use plotters::element::Circle;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::palette::Stroke;
use crate::sanity::{depths, likeness, sanity_rows, sanity_series};
use crate::series::Series;
use camlab_frame::SanityRow;

const PANEL: f64 = 300.0;
const MOST: usize = 24;

/// One figure per network, for the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let rows = sanity_rows(analysis);
    let networks = distinct(&rows.iter().map(|row| row.network.clone()).collect::<Vec<_>>());
    let mut figures = Vec::new();
    for (at, network) in networks.iter().enumerate() {
        let own: Vec<&SanityRow> = rows.iter().filter(|row| row.network == *network).copied().collect();
        let series: Vec<Series> = sanity_series(&own).into_iter().take(MOST).collect();
        let entries: Vec<(String, Stroke)> =
            series.iter().enumerate().map(|(at, series)| (series.in_network(), Stroke::at(at))).collect();
        let height = PANEL + legend::height(&entries);
        let svg = draw(height, |area| {
            let (upper, lower) = area.split_vertically(px(PANEL));
            paint(&upper, &own, &series)?;
            legend::draw(&lower, &entries, legend::Mark::Line)
        });
        let file = if at == 0 { "sanity".to_owned() } else { format!("sanity-{}", at + 1) };
        let title = match networks.len() {
            1 => "Sanity: cascading randomisation".to_owned(),
            _ => format!("Sanity: cascading randomisation of {network}"),
        };
        let caption = "Median Spearman correlation, over a sample of the test images, with the trained network's map \
                       after parameters are replaced by random ones from the classifier down to the named stage. \
                       For a method that depends on the network it falls towards 0.";
        figures.push(Figure::new(&file, title, caption, svg)?);
    }
    Ok(figures)
}

fn paint(area: &Area<'_>, rows: &[&SanityRow], series: &[Series]) -> Result<(), DrawError> {
    let depths = depths(rows);
    let name = |value: f64| match value.round() as usize {
        0 => "trained".to_owned(),
        at => depths.get(at - 1).map_or_else(String::new, |(_, name)| name.clone()),
    };
    let points = |series: &Series| -> Vec<(f64, f64)> {
        let at = |(place, (depth, _)): (usize, &(u32, String))| {
            Some((place as f64 + 1.0, likeness(rows, series, *depth)?.median))
        };
        std::iter::once((0.0, 1.0)).chain(depths.iter().enumerate().filter_map(at)).collect()
    };
    let curves: Vec<Vec<(f64, f64)>> = series.iter().map(points).collect();
    let low = curves.iter().flatten().map(|(_, value)| *value).fold(0.0, f64::min);
    let low = (low * 10.0).floor() / 10.0;
    let x = AxisScale {
        range: (-0.2, depths.len() as f64 + 0.2),
        ticks: (0..=depths.len()).map(|at| at as f64).collect(),
        label: "randomised down to",
        format: &name,
    };
    let y = AxisScale { range: (low, 1.02), ticks: ticks(low, 1.0, 5), label: "", format: &plain };
    let mut chart = chart(area, "Spearman correlation with the trained network's map", &x, &y)?;
    for (at, curve) in curves.iter().enumerate() {
        let stroke = Stroke::at(at);
        chart.draw_series(line(curve, stroke, 1.5))?;
        let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
        chart.draw_series(curve.iter().map(|point| Circle::new(*point, px(2.5), dot)))?;
    }
    Ok(())
}
