//! The context of both templates: everything that a report says, laid out.

use serde::Serialize;

use super::analysis::{Analysis, distinct};
use super::chain::{self, ChainSection};
use super::claims::{Claims, claims};
use super::figure::Figure;
use super::format;
use super::gallery::Gallery;
use super::networks::{Networks, networks};
use super::plate::{Plate, plate};
use super::section::Section;
use super::table::{Table, comparison, results};
use super::training::{self, StageLine};
use super::verdict::{Verdict, verdict};
use super::{agreement, contrasts, intuitive, predictions, sanity};
use camlab_frame::{RunRow, SummaryRow};

/// A name with a value: a key fact, or a line of the provenance.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What.
    pub name: String,
    /// How much, or which.
    pub value: String,
    /// Whether the value is a text of its own rather than a word or two.
    pub long: bool,
}

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Name of the experiment.
    pub experiment: String,
    /// The question it asks.
    pub question: String,
    /// The answer.
    pub verdict: Verdict,
    /// What was claimed beforehand, tested.
    pub claims: Claims,
    /// Sizes of the experiment.
    pub facts: Vec<Fact>,
    /// The configuration that single-configuration figures show.
    pub reference: String,
    /// The reference configuration's results, then the others'.
    pub results: Vec<Table>,
    /// Networks side by side, and the steps of their fusions.
    pub networks: Networks,
    /// Configurations side by side, one table per metric; empty when there is one configuration.
    pub comparisons: Vec<Table>,
    /// How networks were trained, stage by stage; empty when none was.
    pub training: Vec<StageLine>,
    /// What the experiment declared beyond results: contrasts, the intuitive picture, predictions.
    pub sections: Vec<Section>,
    /// Figures.
    pub figures: Vec<Plate>,
    /// The article's chain.
    pub chain: ChainSection,
    /// What stands above the values of its table.
    pub chain_headings: Vec<&'static str>,
    /// Pictures.
    pub gallery: Gallery,
    /// Resolved configuration; empty when unknown.
    pub toml: String,
    /// Configuration as the user wrote it; empty when unknown.
    pub as_written: String,
    /// The steps of the article, and what the experiment takes of them.
    pub steps: Vec<Fact>,
    /// Where it all comes from.
    pub provenance: Vec<Fact>,
}

/// Lays out the report.
pub fn page(analysis: &Analysis<'_>, figures: &[Figure], chain_figures: &[Figure], gallery: Gallery) -> Page {
    let run = &analysis.frames.run;
    let reference = std::iter::once(&analysis.reference);
    let others = analysis.configurations.iter().filter(|label| **label != analysis.reference);
    let results: Vec<Table> = reference.chain(others).map(|label| results(analysis, label)).collect();
    let several = analysis.configurations.len() > 1;
    let headline = analysis.headline.iter();
    let rest = analysis.metrics.iter().filter(|metric| Some(*metric) != analysis.headline.as_ref());
    let metrics = headline.chain(rest).filter(|_| several);
    let experiment = RunRow::find(run, RunRow::EXPERIMENT);
    let experiment = match (experiment, analysis.frames.summary.first()) {
        ("", Some(SummaryRow { experiment, .. })) => experiment,
        (name, _) => name,
    };
    Page {
        experiment: experiment.to_owned(),
        question: RunRow::find(run, RunRow::QUESTION).to_owned(),
        verdict: verdict(analysis),
        claims: claims(analysis),
        facts: facts(analysis),
        reference: analysis.reference.clone(),
        results: results.into_iter().filter(|table| !table.lines.is_empty()).collect(),
        networks: networks(analysis),
        comparisons: metrics.map(|metric| comparison(analysis, metric)).collect(),
        training: training::lines(analysis),
        sections: [
            contrasts::section(analysis),
            intuitive::section(analysis),
            predictions::section(analysis),
            agreement::section(analysis),
            sanity::section(analysis),
        ]
        .into_iter()
        .flatten()
        .collect(),
        figures: figures.iter().map(plate).collect(),
        chain: chain::section(analysis, chain_figures),
        chain_headings: chain::HEADINGS.to_vec(),
        gallery,
        toml: RunRow::find(run, RunRow::TOML).to_owned(),
        as_written: RunRow::find(run, RunRow::AS_WRITTEN).to_owned(),
        steps: steps(run),
        provenance: provenance(run),
    }
}

fn facts(analysis: &Analysis<'_>) -> Vec<Fact> {
    let summary = &analysis.frames.summary;
    let images = distinct_count(analysis.frames.outcomes.iter().map(|row| row.image.as_str()));
    let images =
        if images > 0 { images } else { summary.iter().map(|row| row.n as usize).max().unwrap_or(0) };
    let networks = analysis.series.iter().filter(|s| !s.is_baseline());
    let methods = distinct(networks.clone().map(|series| &series.method)).len();
    let networks = distinct(networks.map(|series| &series.network)).len();
    let cells = distinct_count(summary.iter().map(|row| (row.cell.as_str(), row.seed)));
    let seeds = distinct_count(summary.iter().map(|row| row.seed));
    let counts = [
        (images, "image"),
        (networks, "network"),
        (methods, "method"),
        (analysis.configurations.len(), "configuration"),
        (seeds, "seed"),
        (cells, "cell"),
    ];
    counts
        .into_iter()
        .map(|(count, noun)| {
            let text = format::count(count, noun);
            let (value, name) = text.split_once(' ').unwrap_or((&text, noun));
            Fact { name: name.to_owned(), value: value.to_owned(), long: false }
        })
        .collect()
}

fn distinct_count<T: Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> usize {
    values.collect::<std::collections::HashSet<_>>().len()
}

/// The steps of the article that the experiment takes.
fn steps(run: &[RunRow]) -> Vec<Fact> {
    let fact =
        |row: &RunRow| Some(Fact { name: row.step()?.to_owned(), value: row.value.clone(), long: false });
    run.iter().filter_map(fact).collect()
}

fn provenance(run: &[RunRow]) -> Vec<Fact> {
    let elsewhere = [RunRow::EXPERIMENT, RunRow::QUESTION, RunRow::TOML, RunRow::AS_WRITTEN];
    run.iter()
        .filter(|row| !elsewhere.contains(&row.key.as_str()) && row.step().is_none())
        .map(|row| Fact {
            name: row.key.clone(),
            value: if row.value.is_empty() { format::MISSING.to_owned() } else { row.value.clone() },
            long: row.value.lines().count() > 3 || row.value.len() > 300,
        })
        .collect()
}
