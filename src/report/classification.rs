//! Answers of the networks on the test images: reliability, confused classes, accuracy class by class.

use std::collections::BTreeMap;

use super::analysis::{Analysis, distinct};
use super::figure::Figure;
use super::fold::fold;
use super::format;
use super::plate::plate;
use super::section::Section;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::{ConfusionRow, Direction};

/// Networks side by side at most.
const MOST_NETWORKS: usize = 8;
/// Lines of the tables at most.
const MOST_PAIRS: usize = 15;
const MOST_CLASSES: usize = 10;

/// Numbers of images of the reference configuration, over its seeds.
#[derive(Default)]
struct Confusion<'a> {
    networks: Vec<String>,
    /// Names of the classes, true and predicted.
    names: BTreeMap<u32, &'a str>,
    /// Images by network, true class and predicted class.
    pairs: BTreeMap<(usize, u32, u32), u64>,
    /// Images by network and true class.
    labels: BTreeMap<(usize, u32), u64>,
    /// Number of seeds.
    seeds: u64,
}

impl<'a> Confusion<'a> {
    fn new(rows: &'a [ConfusionRow]) -> Self {
        let (networks, _) = fold(distinct(rows.iter().map(|row| &row.network)), MOST_NETWORKS);
        let seeds = distinct(rows.iter().map(|row| &row.seed)).len() as u64;
        let mut found = Self { networks, seeds: seeds.max(1), ..Self::default() };
        for row in rows {
            let Some(network) = found.networks.iter().position(|known| *known == row.network) else {
                continue;
            };
            let images = u64::from(row.images);
            found.names.insert(row.label, &row.label_name);
            found.names.insert(row.predicted, &row.predicted_name);
            *found.pairs.entry((network, row.label, row.predicted)).or_default() += images;
            *found.labels.entry((network, row.label)).or_default() += images;
        }
        found
    }

    /// Name of a class; its number if it has none.
    fn name(&self, class: u32) -> String {
        self.names
            .get(&class)
            .filter(|name| !name.is_empty())
            .map_or_else(|| class.to_string(), |n| (*n).to_owned())
    }

    fn images(&self, network: usize, label: u32, predicted: u32) -> u64 {
        self.pairs.get(&(network, label, predicted)).copied().unwrap_or(0)
    }

    fn of_label(&self, network: usize, label: u32) -> u64 {
        self.labels.get(&(network, label)).copied().unwrap_or(0)
    }

    /// The share of a class's images that a network answers with a class, per cent; `None` without images.
    fn share(&self, network: usize, label: u32, predicted: u32) -> Option<f64> {
        let all = self.of_label(network, label);
        (all > 0).then(|| 100.0 * self.images(network, label, predicted) as f64 / all as f64)
    }

    /// The images of a class under one seed: the most of the networks.
    fn size(&self, label: u32) -> u32 {
        let all = (0..self.networks.len()).map(|network| self.of_label(network, label));
        (all.max().unwrap_or(0) / self.seeds) as u32
    }

    /// Mean over the networks, for the order of a table.
    fn mean_share(&self, label: u32, predicted: u32) -> f64 {
        let all: Vec<f64> =
            (0..self.networks.len()).filter_map(|n| self.share(n, label, predicted)).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    }

    /// The wrong pairs with the most images over all networks, the larger share first if tied.
    fn confused(&self) -> Table {
        let mut sums: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for ((_, label, predicted), images) in self.pairs.iter().filter(|((_, a, b), _)| a != b) {
            *sums.entry((*label, *predicted)).or_default() += images;
        }
        let mut order: Vec<((u32, u32), u64)> = sums.into_iter().collect();
        let share = |((label, predicted), _): &((u32, u32), u64)| self.mean_share(*label, *predicted);
        order.sort_by(|a, b| b.1.cmp(&a.1).then(share(b).total_cmp(&share(a))));
        order.truncate(MOST_PAIRS);
        let lines = order.into_iter().map(|((label, predicted), _)| TableLine {
            names: vec![self.name(label), self.name(predicted)],
            entries: self.entries(label, predicted, |images| match images {
                0 => String::new(),
                images => format!("({})", format::count(images as usize, "image")),
            }),
            ..self.line(label)
        });
        self.table("Most confused classes", vec!["true class", "answer"], "", lines.collect())
    }

    /// The classes with the lowest accuracy, mean over the networks.
    fn worst(&self) -> Table {
        let labels = distinct(self.labels.keys().map(|(_, label)| label));
        let number = labels.len();
        let mut order: Vec<(u32, f64)> =
            labels.into_iter().map(|label| (label, self.mean_share(label, label))).collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        order.truncate(MOST_CLASSES);
        let lines = order.into_iter().map(|(label, _)| TableLine {
            names: vec![self.name(label)],
            entries: self.entries(label, label, |_| String::new()),
            ..self.line(label)
        });
        let title =
            if number > MOST_CLASSES { "Classes with the lowest accuracy" } else { "Accuracy by class" };
        self.table(title, vec!["class"], format::arrow(Direction::Higher), lines.collect())
    }

    fn line(&self, label: u32) -> TableLine {
        let images = self.size(label);
        TableLine { names: Vec::new(), baseline: false, images, seeds: 1, entries: Vec::new() }
    }

    /// The networks' shares of a pair, with words for its images.
    fn entries(&self, label: u32, predicted: u32, words: impl Fn(u64) -> String) -> Vec<TableEntry> {
        let entry = |network: usize| TableEntry {
            text: format::value(self.share(network, label, predicted), "%"),
            spread: words(self.images(network, label, predicted)),
            ..TableEntry::default()
        };
        (0..self.networks.len()).map(entry).collect()
    }

    fn table(
        &self,
        title: &str,
        names: Vec<&'static str>,
        arrow: &'static str,
        lines: Vec<TableLine>,
    ) -> Table {
        let headings = self.networks.iter();
        let headings = headings.map(|network| Heading { name: network.clone(), unit: "%".to_owned(), arrow });
        Table { title: title.to_owned(), names, headings: headings.collect(), lines, ..Table::default() }
    }
}

/// The section for the reference configuration; `None` if no metric reads the probabilities of all classes.
pub fn section(analysis: &Analysis<'_>, figures: &[Figure]) -> Option<Section> {
    let rows = &analysis.frames.confusion;
    if rows.is_empty() {
        return None;
    }
    let confusion = Confusion::new(rows);
    let mut note = String::from(
        "The networks' own answers on the test images, the class with the largest softmax probability, whatever maps are \
         made of them. Confused classes: share of the true class's images that get the wrong answer, by network, the \
         pairs with the most images over all networks first. Accuracy by class: share of a class's images with the right \
         answer, lowest mean over the networks first. The column images is the number of images of the true class. All \
         pairs are in confusion.parquet, the bins of confidence in calibration.parquet.",
    );
    if confusion.seeds > 1 {
        note += " Images of all seeds are counted together.";
    }
    let hidden = distinct(rows.iter().map(|row| &row.network)).len() - confusion.networks.len();
    if hidden > 0 {
        note += &format!(" Not shown: {}.", format::count(hidden, "network"));
    }
    if analysis.configurations.len() > 1 {
        note += &format!(" Configuration: {}.", analysis.reference);
    }
    let tables = [confusion.confused(), confusion.worst()];
    Some(Section {
        id: "classification",
        title: "Classification",
        note,
        figures: figures.iter().map(plate).collect(),
        tables: tables.into_iter().filter(|table| !table.lines.is_empty()).collect(),
    })
}
