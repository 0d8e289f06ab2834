//! The clusters of a chain (step A10): size, share of the class maps' energy, predictions through their sub-maps.

use std::collections::BTreeMap;

use super::Figure;
use super::sheet::{ACCENT, Anchor, Sheet};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use camlab_frame::{ClusterRow, SubMapRow, SubMapState};

const LINE: f64 = 24.0;
const HEAD: f64 = 28.0;
const TYPE: f64 = 11.5;
/// Left ends of the columns: cluster, pixels, energy, confidence, classes.
const COLUMNS: [f64; 5] = [0.0, 110.0, 300.0, 490.0, 640.0];
/// Width of the bar of the largest share.
const BAR: f64 = 120.0;
/// The palette's second colour.
const ENERGY: &str = "#D55E00";

/// One figure per chain and network of the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let belongs = |cell: &str, seed: i64| analysis.belongs(cell, seed, &analysis.reference);
    let rows: Vec<&ClusterRow> =
        analysis.frames.clusters.iter().filter(|row| belongs(&row.cell, row.seed)).collect();
    let names: Vec<(String, String)> =
        rows.iter().map(|row| (row.chain.clone(), row.network.clone())).collect();
    let mut figures = Vec::new();
    for (chain, network) in distinct(&names) {
        // Clusters do not correspond between seeds: only the first seed is shown.
        let own = |row: &&&ClusterRow| row.chain == chain && row.network == network;
        let Some(seed) = rows.iter().find(own).map(|row| row.seed) else { continue };
        let clusters: Vec<&ClusterRow> =
            rows.iter().filter(own).filter(|row| row.seed == seed).copied().collect();
        let sub_maps: Vec<&SubMapRow> = analysis
            .frames
            .sub_maps
            .iter()
            .filter(|row| row.chain == chain && row.network == network && row.seed == seed)
            .filter(|row| belongs(&row.cell, row.seed))
            .collect();
        figures.push(figure(&chain, &network, &clusters, &sub_maps));
    }
    Ok(figures)
}

fn figure(chain: &str, network: &str, clusters: &[&ClusterRow], sub_maps: &[&SubMapRow]) -> Figure {
    let lines: Vec<ClusterLine> =
        clusters.iter().map(|cluster| ClusterLine::new(cluster, sub_maps)).collect();
    let mut sheet = Sheet::new(HEAD + LINE * lines.len() as f64 + 4.0);
    for (x, text) in
        COLUMNS.into_iter().zip(["cluster", "pixels", "energy", "confidence", "most frequent predictions"])
    {
        sheet.text(text, (x, HEAD / 2.0), TYPE, Anchor::Start, true, 1.0);
    }
    sheet.rule((0.0, HEAD - 4.0), (super::canvas::WIDTH, HEAD - 4.0));
    let largest = |value: fn(&ClusterLine) -> f64| lines.iter().map(value).fold(1e-12, f64::max);
    let (most_pixels, most_energy) = (largest(|line| line.pixels), largest(|line| line.energy));
    for (at, line) in lines.iter().enumerate() {
        let y = HEAD + LINE * (at as f64 + 0.5);
        let mut write =
            |x: f64, text: &str, faint: f64| sheet.text(text, (x, y), TYPE, Anchor::Start, false, faint);
        write(COLUMNS[0], &line.name, 1.0);
        write(COLUMNS[3], &line.confidence, 1.0);
        write(COLUMNS[4], &line.classes, 0.8);
        for (x, share, most, colour) in
            [(COLUMNS[1], line.pixels, most_pixels, ACCENT), (COLUMNS[2], line.energy, most_energy, ENERGY)]
        {
            let wide = (BAR * share / most).max(0.5);
            sheet.bar((x, y - 6.0), (wide, 12.0), colour, 0.85);
            let text = format!("{:.1} %", 100.0 * share);
            sheet.text(&text, (x + wide + 6.0, y), TYPE - 1.0, Anchor::Start, false, 0.8);
        }
    }
    let caption = format!(
        "Step A10 with network {network}, test images, first seed. Pixels: share of all pooled pixels. Energy: \
         mean share of an image's class map. Confidence (p % of n): mean probability of the class predicted from \
         the image masked by the sub-map, over the n images in which it is present. Last column: the two most \
         frequent of these classes."
    );
    Figure {
        name: format!("chain-clusters-{chain}-{network}"),
        title: format!("Clusters of {chain} · {network}"),
        caption,
        svg: sheet.finish(),
    }
}

struct ClusterLine {
    name: String,
    pixels: f64,
    energy: f64,
    confidence: String,
    classes: String,
}

impl ClusterLine {
    fn new(cluster: &ClusterRow, sub_maps: &[&SubMapRow]) -> Self {
        let own: Vec<&&SubMapRow> = sub_maps.iter().filter(|row| row.cluster == cluster.cluster).collect();
        let seen: Vec<f64> = own.iter().filter_map(|row| row.confidence).map(f64::from).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        own.iter()
            .filter_map(|row| row.assigned.as_deref())
            .for_each(|name| *counts.entry(name).or_default() += 1);
        let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let share = |count: usize| format!("{:.0} %", 100.0 * count as f64 / seen.len().max(1) as f64);
        let classes: Vec<String> = order
            .iter()
            .take(2)
            .map(|(name, count)| format!("{} {}", format::short(name, 12), share(*count)))
            .collect();
        let present = own.iter().filter(|row| row.state == SubMapState::Present).count();
        let mean = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
        let number = cluster.cluster + 1;
        Self {
            name: match &cluster.label {
                Some(label) => format!("{number} {}", format::short(label, 11)),
                None => number.to_string(),
            },
            pixels: cluster.share,
            energy: own.iter().map(|row| f64::from(row.energy)).sum::<f64>() / own.len().max(1) as f64,
            confidence: match present {
                0 => format::MISSING.to_owned(),
                _ => format!("{:.0} % of {present}", 100.0 * mean),
            },
            classes: classes.join(", "),
        }
    }
}
