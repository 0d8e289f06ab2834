//! Comparison of networks: metrics of each, and loss and accuracy after every fusion step.

use serde::Serialize;

use super::analysis::{Analysis, ShownMetric, best_of, distinct};
use super::format;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use super::verdict::spread;
use camlab_frame::FusionRow;
use camlab_frame::aggregate::{self, Aggregate};

/// Both tables; either may be absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Networks {
    /// Members and fusions by every metric.
    pub compared: Option<Table>,
    /// Steps of the fusions.
    pub steps: Option<Table>,
    /// Description of the images that the steps are evaluated on; empty if there are none.
    pub evaluated: String,
}

/// The tables for the reference configuration, each absent if there is nothing to compare.
pub fn networks(analysis: &Analysis<'_>) -> Networks {
    let steps = steps(analysis);
    let evaluated = analysis.frames.fusion.iter().find(|row| row.images > 0);
    let evaluated = evaluated.map(|row| match row.judged_on.as_str() {
        "held back" => format!(
            "{} held out from the training of every member",
            format::count(row.images as usize, "training image")
        ),
        _ => format!("{} that members were trained on", format::count(row.images as usize, "training image")),
    });
    Networks { compared: compared(analysis), steps, evaluated: evaluated.unwrap_or_default() }
}

/// One line per network. Metrics that do not depend on maps are the network's own; every other metric is that of the
/// network's best method and layer.
fn compared(analysis: &Analysis<'_>) -> Option<Table> {
    let of_networks = analysis.series.iter().filter(|series| !series.is_baseline());
    let networks = distinct(of_networks.map(|series| &series.network));
    if networks.len() < 2 {
        return None;
    }
    let metrics: Vec<&ShownMetric> = analysis.metrics.iter().filter(|metric| metric.unit != "s").collect();
    let best = |network: &str, metric: &ShownMetric| -> Option<&Aggregate> {
        let rows = analysis.aggregates.iter().filter(|a| {
            a.configuration == analysis.reference && *a.network == *network && a.metric == metric.name
        });
        best_of(metric, rows)
    };
    let mut lines: Vec<TableLine> = Vec::new();
    for network in &networks {
        let found: Vec<Option<&Aggregate>> = metrics.iter().map(|metric| best(network, metric)).collect();
        let Some(images) = found.iter().flatten().map(|a| a.images).max() else { continue };
        let seeds = found.iter().flatten().map(|a| a.seeds).max().unwrap_or(0);
        let headline = analysis.headline.as_ref().and_then(|metric| best(network, metric));
        let method = headline.map_or_else(|| format::MISSING.to_owned(), |a| Series::of(a).in_network());
        let entry = |found: Option<&Aggregate>| match found {
            None => TableEntry { text: format::MISSING.to_owned(), ..TableEntry::default() },
            Some(a) => {
                let text = format::value(a.value, &a.unit);
                TableEntry { text, spread: spread(a), ..TableEntry::default() }
            }
        };
        let entries = found.into_iter().map(entry).collect();
        lines.push(TableLine {
            names: vec![network.clone(), method],
            baseline: false,
            images,
            seeds,
            entries,
        });
    }
    for (place, metric) in metrics.iter().enumerate() {
        let all = networks.iter().filter_map(|network| best(network, metric));
        let winner = best_of(metric, all).and_then(|a| a.value);
        for (line, network) in lines.iter_mut().zip(&networks) {
            let value = best(network, metric).and_then(|a| a.value);
            line.entries[place].best = value.is_some() && value == winner;
        }
    }
    let headings = metrics
        .iter()
        .map(|m| Heading {
            name: m.name.to_string(),
            unit: m.unit.clone(),
            arrow: format::arrow(m.direction),
        })
        .collect();
    let seeded = lines.iter().any(|line| line.seeds > 1);
    Some(Table {
        title: "Members and fusions".into(),
        names: vec!["network", "best method"],
        headings,
        lines,
        seeded,
        ..Table::default()
    })
}

/// A step of a fusion, over the seeds of a configuration.
#[derive(Debug, Clone)]
pub struct FusionStep {
    /// The fused network.
    pub fusion: String,
    /// Name of a member or of a fusion step.
    pub step: String,
    /// True for a member by itself.
    pub member: bool,
    /// Number of seeds in which it is part of the result, or the result itself.
    pub kept: usize,
    /// Number of seeds.
    pub seeds: usize,
    /// Number of images evaluated on.
    pub images: u32,
    /// Accuracy of each seed, per cent.
    pub accuracy: Vec<f64>,
    /// Mean loss of each seed, nats.
    pub loss: Vec<f64>,
    /// Mean cosine between the averaged weights, of each seed.
    pub similarity: Vec<f64>,
}

/// The steps of every fusion of the reference configuration, in order.
pub fn fusion_steps(analysis: &Analysis<'_>) -> Vec<FusionStep> {
    let mut steps: Vec<FusionStep> = Vec::new();
    let rows = &analysis.frames.fusion;
    for row in rows.iter().filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference)) {
        let same = |step: &&mut FusionStep| {
            step.fusion == row.fusion && step.step == row.step && step.member == row.member
        };
        let step = match steps.iter_mut().find(same) {
            Some(step) => step,
            None => {
                let fresh = FusionStep {
                    fusion: row.fusion.clone(),
                    step: row.step.clone(),
                    member: row.member,
                    kept: 0,
                    seeds: 0,
                    images: row.images,
                    accuracy: Vec::new(),
                    loss: Vec::new(),
                    similarity: Vec::new(),
                };
                steps.push(fresh);
                let last = steps.len() - 1;
                &mut steps[last]
            }
        };
        add(step, row);
    }
    // The steps of a soup may differ between seeds: by fusion, members first, the finished soup last.
    let order = distinct(rows.iter().map(|row| &row.fusion));
    steps.sort_by_key(|step| {
        let fusion = order.iter().position(|fusion| *fusion == step.fusion);
        (fusion, !step.member, step.step == "soup")
    });
    steps
}

fn add(step: &mut FusionStep, row: &FusionRow) {
    step.seeds += 1;
    step.kept += usize::from(row.kept);
    step.accuracy.extend(row.accuracy);
    step.loss.extend(row.loss);
    step.similarity.extend(row.similarity);
}

fn steps(analysis: &Analysis<'_>) -> Option<Table> {
    let steps = fusion_steps(analysis);
    if steps.is_empty() {
        return None;
    }
    let lines = steps.iter().map(|step| {
        let kept = match (step.kept, step.seeds) {
            (0, _) => format::MISSING.to_owned(),
            (kept, seeds) if kept == seeds => if step.member { "in result" } else { "result" }.to_owned(),
            (kept, seeds) => format!("{kept} of {seeds} seeds"),
        };
        TableLine {
            names: vec![step.fusion.clone(), step.step.clone(), kept],
            baseline: step.member,
            images: step.images,
            seeds: step.seeds,
            entries: vec![entry(&step.accuracy, "%"), entry(&step.loss, ""), entry(&step.similarity, "")],
        }
    });
    let lines: Vec<TableLine> = lines.collect();
    let heading = |name: &str, unit: &str, arrow| Heading { name: name.into(), unit: unit.into(), arrow };
    let seeded = lines.iter().any(|line| line.seeds > 1);
    Some(Table {
        title: "Fusion steps".into(),
        names: vec!["fusion", "step", "kept"],
        headings: vec![
            heading("accuracy", "%", "↑"),
            heading("loss", "nats", "↓"),
            heading("cosine between averaged weights", "", ""),
        ],
        lines,
        seeded,
        ..Table::default()
    })
}

fn entry(values: &[f64], unit: &str) -> TableEntry {
    let Some(mean) = aggregate::mean(values) else {
        return TableEntry { text: format::MISSING.to_owned(), ..TableEntry::default() };
    };
    let spread = aggregate::deviation(values)
        .map(|deviation| format!("± {}", format::beside(deviation, Some(mean), unit)));
    TableEntry {
        text: format::value(Some(mean), unit),
        spread: spread.unwrap_or_default(),
        best: false,
        images: None,
    }
}
