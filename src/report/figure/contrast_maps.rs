//! The best method's maps under each contrast, for a few images.

use super::Figure;
use super::canvas::WIDTH;
use crate::analysis::Analysis;
use crate::contrasts::{contrasts, words};
use crate::error::ReportError;
use crate::format;
use crate::gallery::{Gallery, GalleryCase, Picture};
use crate::series::Series;

const MOST_ROWS: usize = 3;
const MOST_COLUMNS: usize = 6;
const GAP: f64 = 10.0;
const HEAD: f64 = 26.0;

/// The first gallery cases that have all contrasts; `None` without contrasts or pictures.
pub fn figure(analysis: &Analysis<'_>, gallery: &Gallery) -> Result<Option<Figure>, ReportError> {
    let contrasts: Vec<String> = contrasts(analysis).into_iter().take(MOST_COLUMNS - 1).collect();
    let Some(series) = analysis.best().map(Series::of).filter(|_| contrasts.len() > 1) else {
        return Ok(None);
    };
    let rows: Vec<(&GalleryCase, Vec<&Picture>)> = gallery
        .cases
        .iter()
        .filter_map(|case| {
            let of = |contrast: &String| case.maps.iter().find(|map| map.series == series.under(contrast));
            Some((case, contrasts.iter().map(of).collect::<Option<Vec<_>>>()?))
        })
        .take(MOST_ROWS)
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let columns = contrasts.len() + 1;
    let side = ((WIDTH - GAP * (columns - 1) as f64) / columns as f64).min(200.0);
    let height = HEAD + rows.len() as f64 * (side + GAP);
    let x = |column: usize| column as f64 * (side + GAP);
    let mut svg = format!(
        "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    let characters = (side / 6.6) as usize;
    let titles = contrasts.iter().map(|contrast| words(contrast));
    for (column, title) in std::iter::once("photograph").chain(titles).enumerate() {
        svg += &format!(
            "<text x=\"{}\" y=\"16\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1F2328\">{}</text>\n",
            x(column),
            escaped(&format::short(title, characters)),
        );
    }
    for (row, (case, maps)) in rows.iter().enumerate() {
        let y = HEAD + row as f64 * (side + GAP);
        let pictures = std::iter::once(&case.photo).chain(maps.iter().map(|map| &map.picture));
        for (column, picture) in pictures.enumerate() {
            svg += &format!(
                "<image x=\"{}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" href=\"{picture}\"/>\n",
                x(column)
            );
        }
    }
    svg += "</svg>\n";
    let caption = format!(
        "{} under each contrast, on gallery images. Green: ground truth. Orange: predicted box at the threshold \
         chosen on all test images for that contrast.",
        series.label()
    );
    Figure::new("contrast-maps", "Maps under each contrast", caption, Ok(svg)).map(Some)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
