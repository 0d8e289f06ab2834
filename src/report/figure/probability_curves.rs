//! The target class's probability while pixels are shown, removed or imputed in the order of the map: a panel per network
//! and curve.

use super::canvas::{Area, AxisScale, DrawError, chart, draw, line, plain, px, ticks};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use crate::palette::Stroke;
use crate::series::Series;
use camlab_frame::{SeedMeanCurve, TitleRow};

/// Maximum number of lines per panel; more cannot be distinguished.
const MOST_LINES: usize = 8;
const MOST_NETWORKS: usize = 6;
const COLUMNS: usize = 2;
const PANEL: f64 = 270.0;

/// A figure, the metrics whose curves it shows, and the change of their pixels.
struct CurveFigure {
    name: &'static str,
    title: &'static str,
    metrics: &'static [&'static str],
    changed: &'static str,
    note: &'static str,
}

const FIGURES: [CurveFigure; 2] = [
    CurveFigure {
        name: "insertion-deletion",
        title: "Insertion and deletion",
        metrics: &["insertion", "deletion"],
        changed: "share of pixels shown or removed",
        note: "The highest pixels of the map come first. A faithful map raises the probability early when its pixels are \
               shown (insertion, a large area is better) and lowers it early when they are removed (deletion, a small \
               area is better).",
    },
    CurveFigure {
        name: "road",
        title: "ROAD: removal of the most and the least relevant pixels",
        metrics: &["road"],
        changed: "share of pixels imputed",
        note: "MoRF: the most relevant pixels are imputed first, a low curve is better; LeRF: the least relevant ones, a \
               high curve is better.",
    },
];

/// The figures of the reference configuration; none without such metrics and in reports older than the frame.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    FIGURES.iter().filter_map(|of| figure(analysis, of).transpose()).collect()
}

fn figure(analysis: &Analysis<'_>, of: &CurveFigure) -> Result<Option<Figure>, ReportError> {
    let is_own = |curve: &&SeedMeanCurve| of.metrics.contains(&head(&curve.curve));
    let own: Vec<(Series, &SeedMeanCurve)> =
        analysis.frames.probabilities.iter().filter(is_own).map(|curve| (series(curve), curve)).collect();
    if own.is_empty() {
        return Ok(None);
    }
    let mut curves = distinct(own.iter().map(|(_, curve)| &curve.curve));
    curves.sort_by_key(|curve| of.metrics.iter().position(|metric| *metric == head(curve)));
    let mut networks = distinct(own.iter().map(|(series, _)| &series.network));
    let more = networks.len().saturating_sub(MOST_NETWORKS);
    networks.truncate(MOST_NETWORKS);
    let (shown, hidden) = chosen(analysis, &own);
    let of_name =
        |name: &(String, String)| own.iter().find(|(series, _)| is(series, name)).map(|(series, _)| series);
    let entries: Vec<(String, Stroke)> = shown
        .iter()
        .filter_map(of_name)
        .map(|series| (series.in_network(), analysis.palette.stroke(series)))
        .collect();
    let highest = own.iter().flat_map(|(_, curve)| &curve.points).map(|point| point.1).fold(0.0, f64::max);
    let top = ((highest * 10.0).ceil() / 10.0).clamp(0.1, 1.0);
    let columns = curves.len().min(COLUMNS);
    let per_network = curves.len().div_ceil(columns);
    let height = (networks.len() * per_network) as f64 * PANEL;
    let svg = draw(height + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(height));
        let areas = upper.split_evenly((networks.len() * per_network, columns));
        for (at, network) in networks.iter().enumerate() {
            for (place, curve) in curves.iter().enumerate() {
                let Some(area) = areas.get(at * per_network * columns + place) else { continue };
                let lines = own.iter().filter(|(series, own)| {
                    series.network == *network
                        && own.curve == *curve
                        && shown.iter().any(|name| is(series, name))
                });
                let mut title = title(analysis, curve);
                if networks.len() > 1 {
                    title = format!("{} · {title}", format::short(network, 24));
                }
                panel(area, analysis, &title, (of.changed, top), lines)?;
            }
        }
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = format!(
        "Softmax probability of the target class, mean over the test images (and seeds), against the {}. {}",
        of.changed, of.note
    );
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} ranked lower (see the table).", format::count(hidden, "method"));
    }
    if more > 0 {
        caption += &format!(" Not shown: {}.", format::count(more, "network"));
    }
    Figure::new(of.name, of.title, caption, svg).map(Some)
}

fn panel<'b>(
    area: &Area<'_>,
    analysis: &Analysis<'_>,
    title: &str,
    (changed, top): (&str, f64),
    lines: impl Iterator<Item = &'b (Series, &'b SeedMeanCurve)>,
) -> Result<(), DrawError> {
    let percent = |share: f64| plain(100.0 * share);
    let label = format!("{changed} (%)");
    let x = AxisScale { range: (0.0, 1.0), ticks: ticks(0.0, 1.0, 5), label: &label, format: &percent };
    let y = AxisScale { range: (0.0, top), ticks: ticks(0.0, top, 5), label: "", format: &plain };
    let mut chart = chart(area, title, &x, &y)?;
    for (series, curve) in lines {
        chart.draw_series(line(&curve.points, analysis.palette.stroke(series), 1.5))?;
    }
    Ok(())
}

fn series(curve: &SeedMeanCurve) -> Series {
    let [network, method, layer] = &curve.map;
    Series::new(network, method, layer)
}

fn is(series: &Series, name: &(String, String)) -> bool {
    (&series.method, &series.layer) == (&name.0, &name.1)
}

/// The metric of a column of curves: `insertion` of `insertion@steps=20_curve`.
fn head(curve: &str) -> &str {
    let measure = measure(curve);
    measure.split_once('@').map_or(measure, |(head, _)| head)
}

fn measure(curve: &str) -> &str {
    curve.strip_suffix("_curve").unwrap_or(curve)
}

fn title(analysis: &Analysis<'_>, curve: &str) -> String {
    let measure = measure(curve);
    TitleRow::of_metric(&analysis.titles, measure).unwrap_or_else(|| measure.to_owned())
}

/// The methods and layers with the best values of the headline, in their original order, and the number left out.
fn chosen(analysis: &Analysis<'_>, own: &[(Series, &SeedMeanCurve)]) -> (Vec<(String, String)>, usize) {
    let of = |series: &Series| (series.method.clone(), series.layer.clone());
    let names = distinct(&own.iter().map(|(series, _)| of(series)).collect::<Vec<_>>());
    let Some(headline) = analysis.headline.as_ref().filter(|_| names.len() > MOST_LINES) else {
        let hidden = names.len().saturating_sub(MOST_LINES);
        return (names.into_iter().take(MOST_LINES).collect(), hidden);
    };
    let value = |name: &(String, String)| {
        let networks = own.iter().map(|(series, _)| series).filter(|series| is(series, name));
        let values = networks.filter_map(|series| {
            analysis.find(&analysis.reference, series, &headline.name).and_then(|found| found.value)
        });
        values.reduce(|best, value| if headline.better(value, best) { value } else { best })
    };
    let mut ranked: Vec<(Option<f64>, &(String, String))> =
        names.iter().map(|name| (value(name), name)).collect();
    ranked.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => headline.rank(*a, *b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    ranked.truncate(MOST_LINES);
    let kept: Vec<(String, String)> =
        names.iter().filter(|name| ranked.iter().any(|(_, known)| known == name)).cloned().collect();
    let hidden = names.len() - kept.len();
    (kept, hidden)
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_column_names_its_metric() {
        let columns = ["insertion_curve", "deletion@steps=20,canvas=blur_curve", "road@morf_curve", "other"];
        assert_eq!(columns.map(head), ["insertion", "deletion", "road", "other"]);
    }
}
