//! Context of both templates: the whole content of a report.

use std::collections::HashMap;

use serde::Serialize;

use super::analysis::{Analysis, distinct};
use super::chain::{self, ChainSection};
use super::claims::{Claims, claims};
use super::figure::Figure;
use super::fold::fold;
use super::format;
use super::gallery::Gallery;
use super::networks::{Networks, networks};
use super::plate::{Plate, plate};
use super::search::SearchSection;
use super::section::Section;
use super::statements::{StatementAnswer, statements};
use super::table::{Table, comparison, results};
use super::training::{self, StageLine};
use super::verdict::{Verdict, complete, verdict};
use super::{agreement, classes, classification, contrasts, means, predictions, sanity};
use camlab_frame::{FrameTable, Row as _, RunRow};

/// Maximum number of metrics by which configurations are compared.
const MOST_COMPARISONS: usize = 24;
/// Maximum number of lines of the provenance with one name, such as `failed`.
const MOST_ALIKE: usize = 20;

/// A name with a value: a key fact, or a line of the provenance.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// True if the value is a long text rather than a few words.
    pub long: bool,
}

/// A whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Name of the experiment.
    pub experiment: String,
    /// Question that the experiment asks.
    pub question: String,
    /// Summary of the results.
    pub verdict: Verdict,
    /// The statements that claims are tests of, with their answers.
    pub statements: Vec<StatementAnswer>,
    /// The declared claims with their test results.
    pub claims: Claims,
    /// The search that chose the configuration; absent without one.
    pub search: Option<SearchSection>,
    /// Sizes of the experiment.
    pub facts: Vec<Fact>,
    /// The configuration of single-configuration tables and figures.
    pub reference: String,
    /// The reference configuration's results, then those of the others that are shown in detail.
    pub results: Vec<Table>,
    /// Number of configurations that are not shown in detail.
    pub hidden: usize,
    /// Comparison of networks, and the steps of their fusions.
    pub networks: Networks,
    /// Comparison of configurations, one table per metric; empty for a single configuration.
    pub comparisons: Vec<Table>,
    /// Number of metrics that are not compared.
    pub uncompared: usize,
    /// Training of the networks, one line per stage; empty if none was trained.
    pub training: Vec<StageLine>,
    /// Optional analyses: contrasts, reference attribution, classes, classification, predictions, agreement, sanity.
    pub sections: Vec<Section>,
    /// Figures.
    pub figures: Vec<Plate>,
    /// The chains (steps A9 to A11 of the source article).
    pub chain: ChainSection,
    /// Column headings of the chains' table.
    pub chain_headings: Vec<&'static str>,
    /// Column headings of the table of the chains' classes.
    pub class_headings: Vec<&'static str>,
    /// Gallery of localised images.
    pub gallery: Gallery,
    /// Resolved configuration; empty when unknown.
    pub toml: String,
    /// The metrics of the tables with their definitions; empty in reports without titles.
    pub glossary: Vec<Fact>,
    /// Configuration as the user wrote it; empty when unknown.
    pub as_written: String,
    /// Steps of the source article, with the experiment's choice for each.
    pub steps: Vec<Fact>,
    /// The images that choose thresholds, epochs and hyperparameters; empty in reports older than this.
    pub choices: Vec<Fact>,
    /// Provenance: code, machine and data.
    pub provenance: Vec<Fact>,
}

/// Lays out the report; the figures are those of their own section, of the chains and of the classification.
pub fn page(
    analysis: &Analysis<'_>,
    tables: &[FrameTable],
    [figures, chain_figures, classification_figures]: [&[Figure]; 3],
    gallery: Gallery,
    search: Option<SearchSection>,
) -> Page {
    let run = &analysis.frames.run;
    let results: Vec<Table> = analysis.detailed.iter().map(|label| results(analysis, label)).collect();
    let several = analysis.configurations.len() > 1;
    let headline = analysis.headline.iter();
    let rest = analysis.metrics.iter().filter(|metric| Some(*metric) != analysis.headline.as_ref());
    let (metrics, uncompared) = fold(headline.chain(rest).filter(|_| several).collect(), MOST_COMPARISONS);
    let experiment = RunRow::find(run, RunRow::EXPERIMENT);
    let chosen_elsewhere = search.as_ref().is_some_and(|search| search.warning.is_empty());
    Page {
        experiment: experiment.to_owned(),
        question: RunRow::find(run, RunRow::QUESTION).to_owned(),
        verdict: complete(verdict(analysis, chosen_elsewhere), run),
        statements: statements(analysis),
        claims: claims(analysis),
        search,
        facts: facts(analysis),
        reference: analysis.reference.to_string(),
        results: results.into_iter().filter(|table| !table.lines.is_empty()).collect(),
        hidden: analysis.configurations.len().saturating_sub(analysis.detailed.len()),
        networks: networks(analysis),
        comparisons: metrics.into_iter().map(|metric| comparison(analysis, metric)).collect(),
        uncompared,
        training: training::lines(analysis),
        sections: std::iter::once(contrasts::section(analysis))
            .chain(tables.iter().map(means::section))
            .chain([classes::section(analysis), classification::section(analysis, classification_figures)])
            .chain([predictions::section(analysis), agreement::section(analysis), sanity::section(analysis)])
            .flatten()
            .collect(),
        figures: figures.iter().map(plate).collect(),
        chain: chain::section(analysis, chain_figures),
        chain_headings: chain::HEADINGS.to_vec(),
        class_headings: chain::CLASS_HEADINGS.to_vec(),
        gallery,
        toml: RunRow::find(run, RunRow::TOML).to_owned(),
        as_written: RunRow::find(run, RunRow::AS_WRITTEN).to_owned(),
        glossary: glossary(analysis),
        steps: steps(run),
        // Without a metric nothing was chosen by one.
        choices: if analysis.headline.is_some() { choices(run) } else { Vec::new() },
        provenance: provenance(run),
    }
}

fn facts(analysis: &Analysis<'_>) -> Vec<Fact> {
    let of_metrics = || analysis.aggregates.iter().map(|a| a.images as usize).max().unwrap_or(0);
    let images = if analysis.frames.images > 0 { analysis.frames.images } else { of_metrics() };
    let networks = analysis.series.iter().filter(|s| !s.is_baseline());
    let methods = distinct(networks.clone().map(|series| &series.method)).len();
    let networks = distinct(networks.map(|series| &series.network)).len();
    let (cells, seeds) = analysis.counts;
    let several = analysis.frames.run.iter().find(|row| row.key == RunRow::SEVERAL);
    let several = several.and_then(|row| row.value.parse::<usize>().ok());
    let pairs = several.map(|_| (images, "image-class pair"));
    let counts = [(several.unwrap_or(images), "image")].into_iter().chain(pairs).chain([
        (networks, "network"),
        (methods, "method"),
        (analysis.configurations.len(), "configuration"),
        (seeds, "seed"),
        (cells, "cell"),
    ]);
    counts
        .map(|(count, noun)| {
            let text = format::count(count, noun);
            let (value, name) = text.split_once(' ').unwrap_or((&text, noun));
            Fact { name: name.to_owned(), value: value.to_owned(), long: false }
        })
        .collect()
}

/// Definition of every metric of the tables; one line for a metric at several thresholds.
fn glossary(analysis: &Analysis<'_>) -> Vec<Fact> {
    let shown = |title: &str| {
        analysis.metrics.iter().any(|metric| {
            let rest = metric.name.strip_prefix(title);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
        })
    };
    let rows = analysis.titles.iter().filter(|row| row.kind == "metric" && shown(&row.title));
    rows.map(|row| Fact { name: row.title.clone(), value: row.summary.clone(), long: false }).collect()
}

/// The steps of the source article, with the experiment's choice for each.
fn steps(run: &[RunRow]) -> Vec<Fact> {
    let fact =
        |row: &RunRow| Some(Fact { name: row.step()?.to_owned(), value: row.value.clone(), long: false });
    run.iter().filter_map(fact).collect()
}

/// The images that choose thresholds, epochs and hyperparameters.
fn choices(run: &[RunRow]) -> Vec<Fact> {
    let fact =
        |row: &RunRow| Some(Fact { name: row.choice()?.to_owned(), value: row.value.clone(), long: false });
    run.iter().filter_map(fact).collect()
}

fn provenance(run: &[RunRow]) -> Vec<Fact> {
    let elsewhere =
        [RunRow::EXPERIMENT, RunRow::QUESTION, RunRow::EXPERIMENT_FILE, RunRow::TOML, RunRow::AS_WRITTEN];
    let mut facts = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in run.iter().filter(|row| !elsewhere.contains(&row.key.as_str()) && row.step().is_none()) {
        let count = counts.entry(&row.key).or_default();
        *count += 1;
        if *count <= MOST_ALIKE {
            facts.push(Fact {
                name: row.key.clone(),
                value: if row.value.is_empty() { format::MISSING.to_owned() } else { row.value.clone() },
                long: row.value.lines().count() > 3 || row.value.len() > 300,
            });
        }
    }
    // What is left out stands after the last that is shown.
    for (name, count) in counts.iter().filter(|(_, count)| **count > MOST_ALIKE) {
        if let Some(at) = facts.iter().rposition(|fact| fact.name == *name) {
            let value = format!("and {} more, in {}", count - MOST_ALIKE, RunRow::FILE);
            facts.insert(at + 1, Fact { name: (*name).to_owned(), value, long: false });
        }
    }
    facts
}
