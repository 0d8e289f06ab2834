use std::path::Path;

use anyhow::Context as _;
use camlab::nn::train::ScheduleSpec;
use camlab::parts::backbone::BackboneSpec;
use camlab::parts::cam::CamSpec;
use camlab::parts::dataset::{DatasetSpec, InputSize};
use camlab::parts::init::InitSpec;
use camlab::parts::metric::MetricSpec;
use camlab::registry::Entry;

use super::load;
use crate::cli::Kind;

/// Lists what an experiment can name, from the registries.
pub fn list(kind: Option<Kind>, file: Option<&Path>) -> anyhow::Result<()> {
    if kind == Some(Kind::Layers) {
        return layers(file.context("`camlab list layers` needs the experiment whose backbone is meant")?);
    }
    let kinds = [
        (Kind::Backbones, "backbones (backbone = ...)", BackboneSpec::entries()),
        (Kind::Inits, "initialisations ([[init]] scheme = ...)", InitSpec::entries()),
        (Kind::Datasets, "data sets (data.train, data.test)", DatasetSpec::entries()),
        (Kind::Schedules, "learning-rate schedules (training.schedule)", ScheduleSpec::entries()),
        (Kind::Methods, "CAM methods and baselines ([[maps]] methods, baselines)", CamSpec::entries()),
        (Kind::Metrics, "metrics (evaluation.metrics)", MetricSpec::entries()),
    ];
    for (of, title, entries) in kinds {
        if kind.is_none_or(|kind| kind == of) {
            println!("{title}");
            entries.iter().for_each(print);
            println!();
        }
    }
    Ok(())
}

fn print(entry: &Entry) {
    println!("  {:<18} {}", entry.name, entry.summary);
    for line in entry.options.lines().filter(|line| !line.is_empty()) {
        println!("  {:<18}   {line}", "");
    }
}

fn layers(file: &Path) -> anyhow::Result<()> {
    let loaded = load(file, &[])?;
    let experiment = &loaded.cells[0].experiment;
    let graph = experiment.backbone.build(2)?;
    let InputSize { height, width } = experiment.data.input.size;
    let shapes = graph.shapes(height, width)?;
    println!(
        "layers of `{}` at an input of {height}x{width}: channels x height x width",
        experiment.backbone.name()
    );
    for tap in graph.taps() {
        println!("  {:<28} {}", tap.name, shapes[tap.node.0]);
    }
    Ok(())
}
