use std::path::Path;

use anyhow::Context as _;
use camlab::base::registry::Entry;
use camlab::config::{Chain, Target};
use camlab::data::{DatasetSpec, InputSize};
use camlab::nn::graph::Extent;
use camlab::nn::train::LossSpec;
use camlab::parts::backbone::{BackboneSpec, HeadSpec};
use camlab::parts::cam::CamSpec;
use camlab::parts::cluster::ClusterSpec;
use camlab::parts::contrast::ContrastSpec;
use camlab::parts::fusion::FusionSpec;
use camlab::parts::init::InitSpec;
use camlab::parts::localiser::LocaliserSpec;
use camlab::parts::metric::MetricSpec;
use camlab::parts::search::SearchMethodSpec;
use camlab::parts::threshold::ThresholdChoiceSpec;
use camlab::parts::training::{MethodSpec, OptimiserSpec, ScheduleSpec};

use super::{load, show};
use crate::cli::PartKind;

/// Prints the parts that an experiment can name, from the registries, or the layers of its backbone.
pub fn list(kind: Option<PartKind>, file: Option<&Path>) -> anyhow::Result<()> {
    if kind == Some(PartKind::Layers) {
        return layers(file.context("no experiment file given; write: camlab list layers FILE")?);
    }
    let kinds = [
        (PartKind::Backbones, "backbones (backbone = ...)", BackboneSpec::entries()),
        (PartKind::Heads, "heads (head = ...)", HeadSpec::entries()),
        (PartKind::Inits, "initialisations ([[init]] scheme = ...)", InitSpec::entries()),
        (PartKind::Fusions, "fusions ([[fusion]] method = ...)", FusionSpec::entries()),
        (PartKind::Schedules, "learning-rate schedules (training.schedule)", ScheduleSpec::entries()),
        (PartKind::Losses, "losses (training.loss)", LossSpec::entries()),
        (PartKind::Optimisers, "optimisers (training.optimiser)", OptimiserSpec::entries()),
        (PartKind::TrainingMethods, "training methods (training.method)", MethodSpec::entries()),
        (PartKind::Datasets, "data sets (data.train, data.test)", DatasetSpec::entries()),
        (PartKind::Methods, "CAM methods and baselines ([[maps]] methods, baselines)", CamSpec::entries()),
        (PartKind::Chains, "chains: corrected, clustered and merged maps ([[chain]])", Chain::entries()),
        (PartKind::Clusters, "clusterings of pixels ([[chain]] cluster)", ClusterSpec::entries()),
        (PartKind::Targets, "target classes (target, [[maps]] target)", Target::entries()),
        (PartKind::Metrics, "metrics (evaluation.metrics)", MetricSpec::entries()),
        (PartKind::Contrasts, "contrasts (evaluation.contrast)", ContrastSpec::entries()),
        (
            PartKind::Thresholds,
            "choices of map thresholds (evaluation.thresholds)",
            ThresholdChoiceSpec::entries(),
        ),
        (
            PartKind::SupervisedHeads,
            "heads of supervised localisers ([[supervised]] head)",
            LocaliserSpec::entries(),
        ),
        (PartKind::Searches, "search methods (search.method)", SearchMethodSpec::entries()),
    ];
    let mut text = String::new();
    for (of, title, entries) in kinds {
        if kind.is_none_or(|kind| kind == of) {
            let entries: String = entries.iter().map(described).collect();
            text.push_str(&format!("{title}\n{entries}\n"));
        }
    }
    show(&text)
}

/// Name, displayed title and summary of a part, then one line per option with its default.
fn described(entry: &Entry) -> String {
    let title = if entry.title == entry.name { String::new() } else { format!("{}: ", entry.title) };
    let mut text = format!("  {:<21} {title}{}\n", entry.name, entry.summary);
    for option in entry.options.lines().filter(|option| !option.is_empty()) {
        text.push_str(&format!("  {:<21}   {option}\n", ""));
    }
    text
}

fn layers(file: &Path) -> anyhow::Result<()> {
    let loaded = load(file, &[])?;
    let experiment = &loaded.cells[0].experiment;
    // The number of classes is that of the data, which is not read here.
    let graph = experiment.graph(2)?;
    let InputSize { height, width } = experiment.data.input.size;
    let shapes = graph.shapes(height, width)?;
    let roles = graph.cam_layers(height, width)?;
    let name = experiment.backbone.name();
    let mut text = format!("layers of `{name}` at an input of {height}x{width}: channels x height x width\n");
    let widest = graph.taps().iter().map(|tap| tap.name.chars().count()).max().unwrap_or(0);
    for tap in graph.taps() {
        let shape = match graph.head_node() {
            Some(head) if tap.node == head => match shapes[head.0] {
                Extent::Image { height, width, .. } => format!("classesx{height}x{width}"),
                Extent::Vector { .. } => "classes".to_owned(),
            },
            _ => shapes[tap.node.0].to_string(),
        };
        let role = roles.iter().find(|(name, _)| *name == tap.name);
        let role = role.map_or(String::new(), |(_, role)| format!("{role}"));
        let line = format!("  {:<widest$}  {shape:<14} {role}", tap.name);
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    show(&text)
}
