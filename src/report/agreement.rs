//! Maps against reference maps: how far they agree, and the passes they take.

use super::analysis::{Analysis, distinct};
use super::format;
use super::quartiles::Quartiles;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::AgreementRow;

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

impl Pair {
    /// Whether the map takes no pass: it looks at no network, whose reference it is held against.
    pub fn is_baseline(&self) -> bool {
        self.forwards == 0.0
    }
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
                // An empty sum is -0.
                values.iter().sum::<f64>().abs() / values.len().max(1) as f64
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

/// The table of the reference configuration; none where nothing was to be compared.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let pairs = pairs(analysis);
    let plain = |text: String| TableEntry { text, ..TableEntry::default() };
    let middle = |quartiles: Option<Quartiles>| match quartiles {
        None => plain(format::MISSING.to_owned()),
        Some(Quartiles { low, median, high }) => TableEntry {
            text: format::value(Some(median), ""),
            spread: format::interval((low, high), Some(median), ""),
            ..TableEntry::default()
        },
    };
    let line = |pair: &Pair| TableLine {
        names: vec![pair.series.network.clone(), pair.series.in_network(), pair.reference.clone()],
        baseline: pair.is_baseline(),
        images: pair.images as u32,
        seeds: 1,
        entries: vec![
            plain(format::value(Some(pair.forwards), "")),
            plain(format::value(Some(100.0 * pair.forwards / pair.reference_forwards.max(1.0)), "%")),
            middle(pair.pearson),
            middle(pair.spearman),
            middle(pair.difference),
            middle(pair.kl),
        ],
    };
    let lines: Vec<TableLine> = pairs.iter().map(line).collect();
    let headings = [
        ("passes", ""),
        ("of the reference's", "%"),
        ("Pearson", ""),
        ("Spearman", ""),
        ("difference", ""),
        ("KL", "nats"),
    ];
    let heading = |(name, unit): (&str, &str)| Heading { name: name.into(), unit: unit.into(), arrow: "" };
    (!lines.is_empty()).then(|| Section {
        id: "agreement",
        title: "Agreement with a reference",
        note: "Each map against the reference's of the same image, both scaled to [0, 1] at the input's size: median \
               and quartiles over images. Passes are forward passes per image."
            .into(),
        tables: vec![Table {
            title: String::new(),
            names: vec!["network", "method", "reference"],
            headings: headings.map(heading).to_vec(),
            lines,
            seeded: false,
        }],
    })
}
