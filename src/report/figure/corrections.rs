//! The polynomials of a chain (step A9) as functions of a map's value.

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::palette::{INK, Pattern, Stroke};
use camlab_frame::CorrectionRow;

const PANEL: f64 = 260.0;

/// One panel per chain of the reference configuration; `None` without a chain.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let rows: Vec<&CorrectionRow> = analysis
        .frames
        .corrections
        .iter()
        .filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference))
        .collect();
    let Some(first) = rows.first() else { return Ok(None) };
    let rows: Vec<&CorrectionRow> =
        rows.iter().copied().filter(|row| (&row.cell, row.seed) == (&first.cell, first.seed)).collect();
    let chains = distinct(&rows.iter().map(|row| row.chain.clone()).collect::<Vec<_>>());
    let degrees = rows.iter().map(|row| row.degree).max().unwrap_or(0);
    let mut entries: Vec<(String, Stroke)> =
        (1..=degrees).map(|degree| (format!("degree {degree}"), Stroke::at(degree as usize - 1))).collect();
    if rows.iter().any(|row| row.degree == 0) {
        entries.push(("all degrees".to_owned(), TOGETHER));
    }
    let columns = chains.len().min(3);
    let lines = chains.len().div_ceil(columns);
    let svg = draw(PANEL * lines as f64 + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(PANEL * lines as f64));
        for (chain, area) in chains.iter().zip(upper.split_evenly((lines, columns))) {
            panel(&area, chain, &rows)?;
        }
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let caption = "Step A9: every map is scaled to [0, 1]; each of its values becomes one number per degree. All \
                   degrees: their weighted sum, for coefficients that are fixed rather than fitted.";
    Figure::new("chain-corrections", "Polynomial correction", caption, svg).map(Some)
}

/// Line of the weighted sum of all degrees.
const TOGETHER: Stroke = Stroke { colour: INK, pattern: Pattern::Solid };

fn panel(area: &Area<'_>, chain: &str, rows: &[&CorrectionRow]) -> Result<(), DrawError> {
    let own: Vec<&&CorrectionRow> = rows.iter().filter(|row| row.chain == chain).collect();
    let (low, high) =
        own.iter().fold((0.0f64, 1.0f64), |(low, high), row| (low.min(row.value), high.max(row.value)));
    let basis = own.first().map_or("", |row| row.basis.as_str());
    let x =
        AxisScale { range: (0.0, 1.0), ticks: ticks(0.0, 1.0, 5), label: "value of the map", format: &plain };
    let y = AxisScale { range: (low, high), ticks: ticks(low, high, 5), label: "", format: &plain };
    let mut chart = chart(area, &format!("{chain} · {basis}"), &x, &y)?;
    let degrees = distinct(&own.iter().map(|row| row.degree).collect::<Vec<_>>());
    for degree in degrees {
        let points: Vec<(f64, f64)> =
            own.iter().filter(|row| row.degree == degree).map(|row| (row.x, row.value)).collect();
        let (stroke, width) = match degree {
            0 => (TOGETHER, 3.0),
            degree => (Stroke::at(degree as usize - 1), 1.2),
        };
        chart.draw_series(line(&points, stroke, width))?;
    }
    Ok(())
}
