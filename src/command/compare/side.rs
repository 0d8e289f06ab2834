//! One of the reports that are compared.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context as _;
use camlab::config::recorded_metrics;
use camlab::frame::RunRow;
use camlab::frame::aggregate::Aggregate;
use camlab::frame::compared::{MapPlace, ReportConfiguration, ReportResults, ReportScores};
use camlab::report::ComparedReport;
use camlab::run::{RecordedFacts, image_scores, recorded_facts};

use super::specification::{configuration_of, folder_of};

/// A report with the configuration that is compared.
pub struct ComparedSide {
    /// As the command line names it.
    name: String,
    /// Its frames.
    pub results: ReportResults,
    /// The configuration.
    pub configuration: ReportConfiguration,
    facts: RecordedFacts,
}

impl ComparedSide {
    /// Opens a report; `asked` is the configuration of one that names none and has several.
    pub fn open(written: &str, asked: Option<&str>) -> anyhow::Result<Self> {
        let (folder, own) = folder_of(written)?;
        let results = ReportResults::open(&folder)?;
        let configuration = configuration_of(&results, written.trim_end_matches('/'), own.or(asked))?;
        let is_first = results.configurations.first().is_some_and(|first| first.id == configuration.id);
        let facts = recorded_facts(&folder, &results.run, &configuration, is_first)?;
        Ok(Self { name: written.trim_end_matches('/').to_owned(), results, configuration, facts })
    }

    /// The numbers per image of some of its measures.
    pub fn scores(&self, measures: &[&Aggregate]) -> anyhow::Result<ReportScores> {
        let place = |a: &&Aggregate| [&a.network, &a.method, &a.layer, &a.contrast].map(Arc::clone);
        let places: HashSet<MapPlace> = measures.iter().map(place).collect();
        let mut names: Vec<Arc<str>> = measures.iter().map(|a| Arc::clone(&a.metric)).collect();
        names.sort();
        names.dedup();
        let metrics = recorded_metrics(&self.facts.resolved).map_err(anyhow::Error::msg);
        let metrics = metrics.with_context(|| format!("cannot read the experiment of {}", self.name))?;
        let cells = &self.configuration.cells;
        let found =
            image_scores(&self.results.folder, cells, &metrics, &names, &|place| places.contains(place));
        found.with_context(|| format!("cannot read the images of {}", self.name))
    }

    /// Its description.
    pub fn described(self, metrics: &[Aggregate]) -> ComparedReport {
        let several = self.results.configurations.len() > 1;
        let ReportConfiguration { id, label, seeds, .. } = self.configuration;
        ComparedReport {
            name: self.name,
            experiment: RunRow::find(&self.results.run, RunRow::EXPERIMENT).to_owned(),
            configuration: if several { format!("{id}: {label}") } else { label },
            seeds: seeds.len(),
            images: metrics.iter().map(|aggregate| aggregate.images as usize).max().unwrap_or(0),
            values: self.facts.values,
            run: self.facts.run,
            notes: self.facts.notes,
        }
    }
}

/// Fails if two of the reports are the same configuration of the same folder.
pub fn check_distinct(sides: &[ComparedSide]) -> anyhow::Result<()> {
    for (at, side) in sides.iter().enumerate() {
        for other in &sides[..at] {
            let folder = |side: &ComparedSide| side.results.folder.canonicalize();
            let is_same = folder(side)? == folder(other)? && side.configuration == other.configuration;
            let remedy = match &side.results.configurations[..] {
                [first, second, ..] => {
                    format!(
                        "name another, or two of its configurations, such as {} and {}",
                        first.id, second.id
                    )
                }
                _ => "name another".to_owned(),
            };
            anyhow::ensure!(!is_same, "{} and {} are the same report; {remedy}", other.name, side.name);
        }
    }
    Ok(())
}
