//! Localisation errors (Gao et al. 2021): a stacked bar per method and network, the share of images by kind of error.

use plotters::element::{Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use super::canvas::{
    Area, AxisScale, BARE_TOP, DrawError, FOOT, TYPE, chart, draw, font, plain, px, ticks, write,
};
use super::{Figure, legend};
use crate::analysis::{Analysis, distinct, is_at_val_threshold};
use crate::error::ReportError;
use crate::format;
use crate::palette::{INK, Stroke};
use crate::series::Series;

/// Maximum number of rows.
const MOST: usize = 40;
const ROW: f64 = 26.0;
/// Height of a bar as a share of its row.
const BAR: f64 = 0.76;
/// Share below which a part is too narrow for its value, per cent.
const NARROW: f64 = 6.0;

/// Kinds in the order of the parts of a bar, as in the names of the metrics, and the places of their colours.
const KINDS: [(&str, usize); 6] =
    [("correct", 2), ("classification", 0), ("multi-instance", 5), ("part", 4), ("more", 3), ("wrong", 1)];

/// The metrics of one chart.
struct ErrorKinds<'a> {
    /// The IoU from which a box is correct, as in the metrics' names; empty for the default.
    iou: String,
    /// The map threshold, as in the metrics' names; empty where there is no other.
    threshold: String,
    /// The metric of each kind.
    names: [Option<&'a str>; KINDS.len()],
}

/// One figure per minimum IoU, for the reference configuration; none without this metric.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let all = kinds(analysis);
    let at_val = analysis.headline.as_ref().is_some_and(|metric| is_at_val_threshold(&metric.name));
    let mut figures = Vec::new();
    for iou in distinct(all.iter().map(|kinds| &kinds.iou)) {
        let at = |wanted: &[&str]| {
            all.iter().find(|kinds| kinds.iou == iou && wanted.contains(&kinds.threshold.as_str()))
        };
        let val = if at_val { at(&["val threshold", "val"]) } else { None };
        let Some(kinds) = val.or_else(|| at(&["", "oracle threshold"])) else { continue };
        let name = match figures.len() {
            0 => "localisation-errors".to_owned(),
            before => format!("localisation-errors-{}", before + 1),
        };
        figures.extend(figure(analysis, kinds, &name)?);
    }
    Ok(figures)
}

/// The metrics of the report by minimum IoU and threshold.
fn kinds<'b>(analysis: &'b Analysis<'_>) -> Vec<ErrorKinds<'b>> {
    let title = analysis.title("metric", "localisation-errors");
    let mut all: Vec<ErrorKinds<'b>> = Vec::new();
    for metric in &analysis.metrics {
        let Some((kind, [iou, threshold])) = kind(title, &metric.name) else { continue };
        let place = all.iter().position(|known| known.iou == iou && known.threshold == threshold);
        let place = place.unwrap_or_else(|| {
            all.push(ErrorKinds { iou, threshold, names: [None; KINDS.len()] });
            all.len() - 1
        });
        all[place].names[kind] = Some(&metric.name);
    }
    all
}

/// The place of a metric's kind in [`KINDS`], and the options before and after it; `None` for another metric.
fn kind(title: &str, metric: &str) -> Option<(usize, [String; 2])> {
    let options = metric.strip_prefix(title)?.trim_matches([' ', '(', ')', '@']);
    let options: Vec<&str> = options.split(',').map(str::trim).collect();
    let kind_of = |option: &&str| KINDS.iter().position(|(name, _)| name == option);
    let (place, kind) = options.iter().enumerate().find_map(|(at, option)| Some((at, kind_of(option)?)))?;
    Some((kind, [options[..place].join(", "), options[place + 1..].join(", ")]))
}

/// A method with its shares by kind, per cent.
type ErrorShares = (Series, [f64; KINDS.len()]);

fn figure(
    analysis: &Analysis<'_>,
    kinds: &ErrorKinds<'_>,
    name: &str,
) -> Result<Option<Figure>, ReportError> {
    let share = |series: &Series, metric: &Option<&str>| {
        analysis.find(&analysis.reference, series, (*metric)?).and_then(|found| found.value)
    };
    let shares = |series: &Series| -> Option<ErrorShares> {
        let values = kinds.names.each_ref().map(|metric| share(series, metric));
        values.iter().any(Option::is_some).then(|| (series.clone(), values.map(Option::unwrap_or_default)))
    };
    let mut rows: Vec<ErrorShares> = analysis.series.iter().filter_map(shares).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    rows.sort_by(|(_, a), (_, b)| b[0].total_cmp(&a[0]));
    let hidden = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let entries: Vec<(String, Stroke)> =
        KINDS.iter().map(|(kind, colour)| ((*kind).to_owned(), Stroke::at(*colour))).collect();
    let height = rows.len() as f64 * ROW + BARE_TOP + FOOT;
    let svg = draw(height + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(height));
        paint(&upper, &rows)?;
        legend::draw(&lower, &entries, legend::Mark::Area)
    });
    let mut caption = format!(
        "Share of the test images by the first kind that applies, mean over seeds. correct: right class and box; \
         classification: wrong class; multi-instance: the box covers several objects; part: it lies in the object; more: \
         it contains the object; wrong: anything else. Shares above {NARROW} % are printed.",
    );
    let at = [&kinds.iou, &kinds.threshold].into_iter().filter(|option| !option.is_empty());
    let at: Vec<&str> = at.map(String::as_str).collect();
    if !at.is_empty() {
        caption += &format!(" At: {}.", at.join(", "));
    }
    if analysis.configurations.len() > 1 {
        caption += &format!(" Configuration: {}.", analysis.reference);
    }
    if hidden > 0 {
        caption += &format!(" Not shown: the {} with the fewest correct.", format::count(hidden, "row"));
    }
    let title = match kinds.iou.as_str() {
        "" => "Localisation errors".to_owned(),
        iou => format!("Localisation errors ({iou})"),
    };
    Figure::new(name, title, caption, svg).map(Some)
}

fn paint(area: &Area<'_>, rows: &[ErrorShares]) -> Result<(), DrawError> {
    let one_network = distinct(rows.iter().map(|(series, _)| &series.network)).len() == 1;
    let name =
        |series: &Series| format::short(&if one_network { series.in_network() } else { series.label() }, 44);
    let longest = rows.iter().map(|(series, _)| name(series).chars().count()).max().unwrap_or(0);
    let names_width = (longest as f64 * 6.6 + 12.0).clamp(90.0, 300.0);
    let (names, plot) = area.split_horizontally(px(names_width));
    let count = rows.len() as f64;
    let x = AxisScale {
        range: (0.0, 100.0),
        ticks: ticks(0.0, 100.0, 5),
        label: "share of images (%)",
        format: &plain,
    };
    let y = AxisScale { range: (count - 0.5, -0.5), ticks: vec![], label: "", format: &|_| String::new() };
    let mut chart = chart(&plot, "", &x, &y)?;
    for (place, (series, shares)) in rows.iter().enumerate() {
        let y = place as f64;
        let mut from = 0.0;
        for (share, (_, colour)) in shares.iter().zip(KINDS) {
            let colour = Stroke::at(colour).colour;
            let to = from + share;
            if *share > 0.0 {
                let corners = [(from, y - BAR / 2.0), (to, y + BAR / 2.0)];
                chart.draw_series([Rectangle::new(corners, colour.filled())])?;
            }
            if *share > NARROW {
                let centred = font(TYPE - 1.0, &on(colour)).pos(Pos::new(HPos::Center, VPos::Center));
                let text = Text::new(format::value(Some(*share), "%"), ((from + to) / 2.0, y), centred);
                chart.draw_series([text])?;
            }
            from = to;
        }
        let middle = BARE_TOP + (y + 0.5) * ROW;
        write(&names, &name(series), &font(TYPE, &INK), HPos::Right, names_width - 2.0, middle)?;
    }
    Ok(())
}

/// The colour of text on a part of a bar: the one with the higher contrast (relative luminance of WCAG 2).
fn on(ground: RGBColor) -> RGBColor {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(ground.0) + 0.7152 * linear(ground.1) + 0.0722 * linear(ground.2);
    // Where the contrasts (1.05 / (L + 0.05)) and ((L + 0.05) / 0.05) are equal.
    if luminance < 0.179 { WHITE } else { BLACK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_from_names_and_titles() {
        let title = "Localisation errors";
        let read = |name: &str| kind(title, name).map(|(kind, options)| (KINDS[kind].0, options));
        let of = |kind: &'static str, iou: &str, threshold: &str| {
            Some((kind, [iou.to_owned(), threshold.to_owned()]))
        };
        assert_eq!(read("Localisation errors (part)"), of("part", "", ""));
        assert_eq!(
            read("Localisation errors (IoU 0.3, more, val threshold)"),
            of("more", "IoU 0.3", "val threshold")
        );
        assert_eq!(read("MaxBoxAcc (val threshold)"), None);
        assert_eq!(
            kind("localisation-errors", "localisation-errors@wrong,val"),
            Some((5, [String::new(), "val".to_owned()]))
        );
    }

    #[test]
    fn text_on_every_part_is_readable() {
        assert_eq!(on(RGBColor(0x00, 0x72, 0xB2)), WHITE);
        assert_eq!(on(RGBColor(0xE6, 0x9F, 0x00)), BLACK);
    }
}
