//! Similarity of maps to reference maps, and the forward passes of both.

use super::analysis::{Analysis, distinct};
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::MapSimilarities;
use camlab_frame::Quartiles;

/// A map compared with a reference map, over the images of the reference configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The map.
    pub series: Series,
    /// Method and layer of the reference.
    pub reference: String,
    /// Mean forward passes per image of the map; 0 for baselines.
    pub forwards: f64,
    /// Mean forward passes per image of the reference.
    pub reference_forwards: f64,
    /// Pearson correlation, quartiles over images; `None` if every image has a constant map.
    pub pearson: Option<Quartiles>,
    /// Spearman correlation, likewise.
    pub spearman: Option<Quartiles>,
    /// Mean absolute difference, quartiles over images.
    pub difference: Option<Quartiles>,
    /// KL(reference || map) in nats, quartiles over images.
    pub kl: Option<Quartiles>,
    /// Number of images times seeds.
    pub images: usize,
}

impl Pair {
    /// True for a baseline, which takes no forward pass.
    pub fn is_baseline(&self) -> bool {
        self.forwards == 0.0
    }
}

/// All pairs, by reference in order of appearance, then by ascending forward passes.
pub fn pairs(analysis: &Analysis<'_>) -> Vec<Pair> {
    let mean = |(sum, count): (u64, usize)| sum as f64 / count.max(1) as f64;
    let of = |values: &[f32]| Quartiles::of(values.iter().copied().map(f64::from));
    let pair = |found: &MapSimilarities| {
        let [network, method, layer] = &found.map;
        let [reference, reference_layer] = &found.reference;
        Pair {
            forwards: mean(found.forwards[0]),
            reference_forwards: mean(found.forwards[1]),
            pearson: of(&found.pearson),
            spearman: of(&found.spearman),
            difference: of(&found.difference),
            kl: of(&found.kl),
            images: found.images,
            series: Series::new(network, method, layer),
            reference: Series::new(network, reference, reference_layer).in_network(),
        }
    };
    let mut pairs: Vec<Pair> = analysis.frames.agreement.iter().map(pair).collect();
    let references = distinct(&pairs.iter().map(|pair| pair.reference.clone()).collect::<Vec<_>>());
    let place = |pair: &Pair| references.iter().position(|reference| *reference == pair.reference);
    pairs.sort_by(|a, b| place(a).cmp(&place(b)).then(a.forwards.total_cmp(&b.forwards)));
    pairs
}

/// The table for the reference configuration; `None` if no maps were compared.
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
        ("forward passes", ""),
        ("relative to the reference", "%"),
        ("Pearson", ""),
        ("Spearman", ""),
        ("mean absolute difference", ""),
        ("KL(reference || map)", "nats"),
    ];
    let heading = |(name, unit): (&str, &str)| Heading { name: name.into(), unit: unit.into(), arrow: "" };
    (!lines.is_empty()).then(|| Section {
        id: "agreement",
        title: "Agreement with a reference map",
        note: "Each map is compared with the reference method's map of the same test image and network, both scaled \
               to [0, 1] at the input's size. Values: median over images; brackets: lower and upper quartile over \
               images. Forward passes: mean per image, also as a percentage of the reference's. The column images \
               counts images times seeds."
            .into(),
        figures: Vec::new(),
        tables: vec![Table {
            title: String::new(),
            names: vec!["network", "method", "reference"],
            headings: headings.map(heading).to_vec(),
            lines,
                        ..Table::default()
        }],
    })
}
