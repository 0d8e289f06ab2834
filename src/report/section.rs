//! Tables about something else than metrics: a heading, what is to be known, and rows of text.

use serde::Serialize;

use super::analysis::{Analysis, distinct};
use super::format;
use super::quartiles::Quartiles;
use super::series::Series;
use crate::frame::{AgreementRow, SanityRow};

/// A section with one table.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// What the table shows.
    pub note: String,
    /// Headings of the leading names.
    pub names: Vec<&'static str>,
    /// Headings of the values.
    pub headings: Vec<String>,
    /// Names, then values.
    pub rows: Vec<(Vec<String>, Vec<String>)>,
}

/// Every section that the frames allow.
pub fn all(analysis: &Analysis<'_>) -> Vec<Section> {
    agreement(analysis).into_iter().chain(sanity(analysis)).collect()
}

/// What is compared with what, in the reference configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The map.
    pub series: Series,
    /// The reference's method and layer.
    pub reference: String,
    /// Mean forward passes of the map.
    pub forwards: f64,
    /// Mean forward passes of the reference.
    pub reference_forwards: f64,
    /// Of Pearson's correlation over images.
    pub pearson: Option<Quartiles>,
    /// Of Spearman's.
    pub spearman: Option<Quartiles>,
    /// Of the mean absolute difference.
    pub difference: Option<Quartiles>,
    /// Of the divergence.
    pub kl: Option<Quartiles>,
    /// Images (times seeds).
    pub images: usize,
}

/// Pairs by reference, then by the passes that they take.
pub fn pairs(analysis: &Analysis<'_>) -> Vec<Pair> {
    let rows: Vec<&AgreementRow> = analysis
        .frames
        .agreement
        .iter()
        .filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference))
        .collect();
    let name = |row: &AgreementRow| {
        let reference = Series::new(&row.network, &row.reference, &row.reference_layer).in_network();
        (Series::new(&row.network, &row.method, &row.layer), reference)
    };
    let names = distinct(&rows.iter().map(|row| name(row)).collect::<Vec<_>>());
    let mut pairs: Vec<Pair> = names
        .into_iter()
        .map(|(series, reference)| {
            let own: Vec<&&AgreementRow> =
                rows.iter().filter(|row| name(row) == (series.clone(), reference.clone())).collect();
            let mean = |of: &dyn Fn(&AgreementRow) -> Option<u32>| {
                let values: Vec<f64> = own.iter().filter_map(|row| of(row)).map(f64::from).collect();
                values.iter().sum::<f64>() / values.len().max(1) as f64
            };
            let of = |value: &dyn Fn(&AgreementRow) -> Option<f32>| {
                Quartiles::of(own.iter().filter_map(|row| value(row)).map(f64::from))
            };
            Pair {
                forwards: mean(&|row| row.forwards),
                reference_forwards: mean(&|row| row.reference_forwards),
                pearson: of(&|row| row.pearson),
                spearman: of(&|row| row.spearman),
                difference: of(&|row| Some(row.difference)),
                kl: of(&|row| Some(row.kl)),
                images: own.len(),
                series,
                reference,
            }
        })
        .collect();
    let references = distinct(&pairs.iter().map(|pair| pair.reference.clone()).collect::<Vec<_>>());
    let place = |pair: &Pair| references.iter().position(|reference| *reference == pair.reference);
    pairs.sort_by(|a, b| place(a).cmp(&place(b)).then(a.forwards.total_cmp(&b.forwards)));
    pairs
}

fn agreement(analysis: &Analysis<'_>) -> Option<Section> {
    let pairs = pairs(analysis);
    let middle = |quartiles: Option<Quartiles>| match quartiles {
        None => format::MISSING.to_owned(),
        Some(Quartiles { low, median, high }) => {
            let value = format::value(Some(median), "");
            format!("{value} {}", format::interval((low, high), Some(median), ""))
        }
    };
    let rows = pairs.iter().map(|pair| {
        let share = 100.0 * pair.forwards / pair.reference_forwards.max(1.0);
        let values = vec![
            format::value(Some(pair.forwards), ""),
            format!("{} %", format::value(Some(share), "%")),
            middle(pair.pearson),
            middle(pair.spearman),
            middle(pair.difference),
            middle(pair.kl),
            pair.images.to_string(),
        ];
        (vec![pair.series.network.clone(), pair.series.in_network(), pair.reference.clone()], values)
    });
    let rows: Vec<_> = rows.collect();
    let headings = ["passes", "of reference's", "Pearson", "Spearman", "difference", "KL (nats)", "images"];
    (!rows.is_empty()).then(|| Section {
        title: "Agreement with a reference",
        note: "Each map against the reference's of the same image, both scaled to [0, 1] at the input's size: median \
               and quartiles over images. Passes are forward passes per image."
            .into(),
        names: vec!["network", "method", "reference"],
        headings: headings.map(str::to_owned).to_vec(),
        rows,
    })
}

/// Below this correlation with the trained network's map, a map has changed for good.
const CHANGED: f64 = 0.5;

/// The depths of one network's rows: number and name.
pub fn depths(rows: &[&SanityRow]) -> Vec<(u32, String)> {
    let mut depths =
        distinct(&rows.iter().map(|row| (row.depth, row.randomised.clone())).collect::<Vec<_>>());
    depths.sort();
    depths
}

/// The rows of the reference configuration.
pub fn sanity_rows<'a>(analysis: &Analysis<'a>) -> Vec<&'a SanityRow> {
    let rows = analysis.frames.sanity.iter();
    rows.filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference)).collect()
}

/// The middle of Spearman's correlations of one series at one depth.
pub fn likeness(rows: &[&SanityRow], series: &Series, depth: u32) -> Option<Quartiles> {
    let own = rows.iter().filter(|row| {
        row.depth == depth
            && (&row.network, &row.method, &row.layer) == (&series.network, &series.method, &series.layer)
    });
    // A map that has become constant has nothing of the old one.
    Quartiles::of(own.map(|row| row.spearman.map_or(0.0, f64::from)))
}

/// What was looked at, in order of appearance.
pub fn sanity_series(rows: &[&SanityRow]) -> Vec<Series> {
    let of = |row: &&SanityRow| Series::new(&row.network, &row.method, &row.layer);
    distinct(&rows.iter().map(of).collect::<Vec<_>>())
}

fn sanity(analysis: &Analysis<'_>) -> Option<Section> {
    let rows = sanity_rows(analysis);
    let depths = depths(&rows);
    let (last, _) = depths.last()?;
    let lines = sanity_series(&rows).into_iter().map(|series| {
        let at = |depth: u32| likeness(&rows, &series, depth).map(|quartiles| quartiles.median);
        let values = depths.iter().map(|(depth, _)| format::value(at(*depth), ""));
        let reading = match at(*last) {
            None => format::MISSING,
            Some(value) if value.abs() < CHANGED => "depends on the weights",
            Some(_) => "hardly depends on the weights",
        };
        let values = values.chain([reading.to_owned()]).collect();
        (vec![series.network.clone(), series.in_network()], values)
    });
    Some(Section {
        title: "Sanity: cascading randomisation",
        note: format!(
            "Median Spearman correlation with the map of the network as it is, after its parameters are drawn anew \
             from the classifier down to the stage named. A method whose maps stay as they were (a correlation of \
             {CHANGED} or more at the end) shows the image rather than what the network has learnt."
        ),
        names: vec!["network", "method"],
        headings: depths.iter().map(|(_, name)| format!("↓ {name}")).chain(["reading".to_owned()]).collect(),
        rows: lines.collect(),
    })
}
