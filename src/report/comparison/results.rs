//! Tables of measures: the value in every report, and the differences to the first.

use super::input::letter;
use super::table::{ComparedEntry, ComparedHeading, ComparedLine, ComparedTable};
use super::wording;
use crate::format;
use crate::series::Series;
use crate::titles::Titles;
use crate::verdict::spread;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::compared::{ComparedDifference, ComparedMeasure, MapPlace};

/// The parts of a table of measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureColumns {
    /// Values, differences, number of images and seeds, p value and conclusion.
    Tested,
    /// Values and differences.
    Plain,
}

/// A map as it is named in tables.
pub fn label(place: &MapPlace, titles: &Titles) -> String {
    let [network, method, layer, contrast] = place;
    let (mut method, mut contrast) = (method.to_string(), contrast.to_string());
    titles.method(&mut method);
    titles.contrast(&mut contrast);
    match (network.is_empty(), method.is_empty()) {
        // A kind of stage, or a network.
        (true, _) => method,
        (false, true) => network.to_string(),
        (false, false) => Series::new(network, &method, layer).under(&contrast).label(),
    }
}

/// One table per metric, in order of appearance: a line per map.
pub fn tables(
    measures: &[ComparedMeasure],
    reports: usize,
    titles: &Titles,
    columns: MeasureColumns,
) -> Vec<ComparedTable> {
    let mut tables: Vec<((&str, &str), ComparedTable)> = Vec::new();
    for measure in measures {
        let key = (&*measure.metric, &*measure.unit);
        let at = tables.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            let table = ComparedTable {
                title: title(measure, titles),
                headings: headings(reports, columns),
                lines: Vec::new(),
            };
            tables.push((key, table));
            tables.len() - 1
        });
        tables[at].1.lines.push(line(measure, titles, columns));
    }
    tables.into_iter().map(|(_, table)| table).collect()
}

/// Name, unit and direction of a measure.
pub fn title(measure: &ComparedMeasure, titles: &Titles) -> String {
    let mut name = measure.metric.to_string();
    titles.metric(&mut name);
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", measure.unit) };
    format!("{name}{unit} {}", format::arrow(measure.direction))
}

fn headings(reports: usize, columns: MeasureColumns) -> Vec<ComparedHeading> {
    let number = |name: String| ComparedHeading { name, words: false };
    let words = |name: &str| ComparedHeading { name: name.to_owned(), words: true };
    let mut all = vec![words("map")];
    if columns == MeasureColumns::Plain {
        all[0].name.clear();
    }
    all.extend((0..reports).map(|report| number(letter(report))));
    for report in 1..reports {
        all.push(number(format!("{} − {}", letter(report), letter(0))));
        if columns == MeasureColumns::Tested {
            all.extend([number("over".into()), number("p (Holm)".into()), words("finding")]);
        }
    }
    all
}

fn line(measure: &ComparedMeasure, titles: &Titles, columns: MeasureColumns) -> ComparedLine {
    let mut entries = vec![ComparedEntry::of(label(&measure.place, titles))];
    entries.extend(measure.values.iter().map(|value| entry(value.as_ref())));
    for (found, value) in measure.differences.iter().zip(&measure.values).skip(1) {
        entries.push(difference(measure, found.as_ref(), columns));
        if columns == MeasureColumns::Tested {
            let both = measure.values[0].as_ref().zip(value.as_ref());
            entries.extend(tested(found.as_ref(), both));
        }
    }
    ComparedLine { entries, baseline: Series::new(&measure.place[0], "", "").is_baseline() }
}

fn entry(value: Option<&Aggregate>) -> ComparedEntry {
    let Some(found) = value else { return ComparedEntry::of(format::MISSING) };
    ComparedEntry::with(format::value(found.value, &found.unit), spread(found))
}

fn difference(
    measure: &ComparedMeasure,
    found: Option<&ComparedDifference>,
    columns: MeasureColumns,
) -> ComparedEntry {
    let Some(found) = found else { return ComparedEntry::of(format::MISSING) };
    let below = match columns {
        MeasureColumns::Tested => wording::interval(measure, found),
        MeasureColumns::Plain => String::new(),
    };
    ComparedEntry {
        text: wording::difference(measure, found, found.mean),
        below,
        tone: wording::tone(found.finding),
    }
}

fn tested(found: Option<&ComparedDifference>, both: Option<(&Aggregate, &Aggregate)>) -> [ComparedEntry; 3] {
    let Some((found, (first, other))) = found.zip(both) else {
        return [(); 3].map(|()| ComparedEntry::of(format::MISSING));
    };
    let images = wording::images(found);
    let over = match images.is_empty() {
        true => ComparedEntry::of(wording::seeds(first, other)),
        false => ComparedEntry::with(images, wording::seeds(first, other)),
    };
    let finding = ComparedEntry {
        tone: wording::tone(found.finding),
        ..ComparedEntry::of(wording::finding(found.finding))
    };
    [
        over,
        ComparedEntry::of(wording::p(
            found.paired.as_ref().ok().filter(|_| found.in_family).map(|paired| paired.corrected_p),
        )),
        finding,
    ]
}
