//! The steps of the source article (A1 to A15) that an experiment takes, with their options; one line of the report each.

use serde::Serialize;
use serde_json::Value;

use camlab_config::{Chain, Experiment, Fusion, Init, Labels, Maps};
use camlab_data::DatasetSpec;
use camlab_frame::RunRow;
use camlab_parts::cam::{CamFamily, CamSpec};
use camlab_parts::init::InitSpec;
use camlab_parts::metric::TruthKind;
use camlab_plan::Cell;

/// Limit on the variants of one step that are written out.
const MOST_VARIANTS: usize = 4;

/// Any number of classes: the layers of a backbone do not depend on it.
const ANY_CLASSES: usize = 2;

/// A row for every step, in their order: its options in every configuration; a step that no configuration takes is
/// reported as such. Empty for experiments without a chain, which do not reproduce the source article.
pub(super) fn rows(cells: &[Cell]) -> Vec<RunRow> {
    let mut configurations: Vec<&Cell> = Vec::new();
    for cell in cells {
        if configurations.last().is_none_or(|last| last.index != cell.index) {
            configurations.push(cell);
        }
    }
    if configurations.iter().all(|cell| cell.experiment.chain.is_empty()) {
        return Vec::new();
    }
    let row = |(step, told): &(&str, StepInWords)| {
        let mut variants: Vec<(Option<String>, Vec<String>)> = Vec::new();
        for cell in &configurations {
            let own = told(&cell.experiment);
            match variants.iter_mut().find(|(known, _)| *known == own) {
                Some((_, names)) => names.push(cell.configuration()),
                None => variants.push((own, vec![cell.configuration()])),
            }
        }
        RunRow::new(format!("{}{step}", RunRow::STEP), variants_in_words(variants))
    };
    STEPS.iter().map(row).collect()
}

/// One text for all configurations, or one for each with the configurations' names.
fn variants_in_words(mut variants: Vec<(Option<String>, Vec<String>)>) -> String {
    let untaken = || "not taken: the file declares none".to_owned();
    if let [(only, _)] = &mut variants[..] {
        return only.take().unwrap_or_else(untaken);
    }
    let more = variants.len().saturating_sub(MOST_VARIANTS);
    let one = |(text, names): (Option<String>, Vec<String>)| {
        format!("[{}] {}", names.join("; "), text.unwrap_or_else(untaken))
    };
    let mut all = variants.into_iter().take(MOST_VARIANTS).map(one).collect::<Vec<_>>().join(" ");
    if more > 0 {
        all += &format!(" [{more} further variants]");
    }
    all
}

/// The options of a step in an experiment, in words; `None` for a step that it does not take.
type StepInWords = fn(&Experiment) -> Option<String>;

/// The steps, in the article's order.
const STEPS: [(&str, StepInWords); 15] = [
    ("A1 backbone", |experiment| Some(words(&experiment.backbone))),
    ("A2 data", |experiment| Some(data(experiment))),
    ("A3 initialisations", |experiment| joined(experiment.init.iter().map(init), "; ")),
    ("A4 fusion", |experiment| {
        joined(experiment.fusion.iter().map(|fusion| fused(fusion, &experiment.init)), "; ")
    }),
    ("A5 training stages", stages),
    ("A6 CAM head", |experiment| Some(head(experiment))),
    ("A7 Grad-CAM", |experiment| maps_of(experiment, CamFamily::GradCam)),
    ("A8 Score-CAM", |experiment| maps_of(experiment, CamFamily::ScoreCam)),
    ("A9 polynomial correction", |experiment| {
        chains(experiment, |chain| {
            let (source, coefficients) = (words(&chain.source), words(&chain.coefficients));
            let layers = chain.layers.join(", ");
            format!("source {source} at {layers}; {}; coefficients {coefficients}", words(&chain.polynomial))
        })
    }),
    ("A10 clustering", |experiment| chains(experiment, |chain| words(&chain.cluster.numbers()))),
    ("A11 merging", |experiment| {
        chains(experiment, |chain| {
            let mut merge = serde_json::json!(chain.merge);
            if let Some(options) = merge.as_object_mut() {
                // Changes no result.
                options.remove("memory");
            }
            format!("a map per class; {}", words(&merge))
        })
    }),
    ("A12 comparison", comparison),
    ("A13 prediction analysis", |experiment| experiment.prediction.as_ref().map(words)),
    ("A14 verdict", verdict),
    ("A15 outlook", outlook),
];

fn data(experiment: &Experiment) -> String {
    let data = &experiment.data;
    let trained = data.train.as_ref().map(|train| format!("trained on {}; ", set(train)));
    let val = data.val.as_ref().map_or("", |_| "; thresholds chosen on validation images");
    let [height, width] = [data.input.size.height, data.input.size.width];
    let of = data
        .sample
        .as_ref()
        .map(|sample| format!(", {} of its images drawn at random (seed {})", sample.count, sample.seed));
    let labels = match data.labels {
        Labels::Known => "labels known",
        Labels::Unknown => "labels unknown to everything but the evaluation",
    };
    let (trained, test, of) = (trained.unwrap_or_default(), set(&data.test), of.unwrap_or_default());
    format!("{trained}tested on {test}{of}{val}; input {width}x{height}; {labels}")
}

/// Name of a data set; of a sample of its classes with the number of images.
fn set(spec: &DatasetSpec) -> String {
    match spec {
        DatasetSpec::ClassSample(sample) => {
            format!("{} images of each class of {}", sample.images, set(&sample.of))
        }
        DatasetSpec::DatasetPart(part) => format!("a part of {}", set(&part.of)),
        other => other.name().to_owned(),
    }
}

fn init(init: &Init) -> String {
    let scheme = match &init.scheme {
        InitSpec::Pretrained(options) => {
            let mut options = serde_json::json!(options);
            // A path's last part names the file.
            for place in ["checkpoint", "experiment"] {
                if let Some(Value::String(path)) = options.get_mut(place) {
                    *path = path.rsplit('/').next().unwrap_or_default().to_owned();
                }
            }
            format!("pretrained ({})", words(&options))
        }
        drawn => words(drawn),
    };
    let trained = if init.train == Some(false) { ", not trained" } else { "" };
    format!("{}: {scheme}{trained}", init.name)
}

fn fused(fusion: &Fusion, inits: &[Init]) -> String {
    format!("{}: {} of {}", fusion.name, words(&fusion.method.numbers()), fusion.members(inits).join(", "))
}

fn stages(experiment: &Experiment) -> Option<String> {
    let stages = experiment.training.iter().flat_map(|training| training.stages());
    let stages = stages.map(|stage| {
        let options = &stage.options;
        let (rate, schedule) = (words(&options.lr), words(&options.schedule));
        let (epochs, bn) = (options.epochs, words(&options.bn));
        format!(
            "{}: {epochs} epochs, batch norms {bn}, learning rate {rate}, schedule {schedule}",
            stage.name
        )
    });
    let mut text = joined(stages, "; ")?;
    if let Some(training) = &experiment.training {
        let (optimiser, batch) = (words(&training.optimiser), training.batch);
        let [momentum, decay] = [training.momentum, training.weight_decay].map(|number| words(&number));
        text += &format!("; optimiser {optimiser}, batch {batch}, momentum {momentum}, weight decay {decay}");
    }
    for init in experiment.init.iter().filter(|init| !init.stages.is_empty()) {
        text += &format!("; {} takes {}", init.name, init.stages.join(", "));
    }
    let norms = experiment
        .graph(ANY_CLASSES)
        .ok()
        .is_some_and(|graph| graph.parameters().iter().any(|spec| spec.kind.is_affine()));
    if !norms {
        text += "; the backbone has no batch norm, so that the stages do not differ in it";
    }
    let without = experiment
        .init
        .iter()
        .filter(|init| matches!(&init.scheme, InitSpec::Pretrained(options) if options.without_batch_norm));
    for init in without {
        text += &format!("; batch norms of {} start neutral, since its checkpoint has none", init.name);
    }
    Some(text)
}

fn head(experiment: &Experiment) -> String {
    let head = experiment.head.as_ref().map_or_else(|| "the backbone's own".into(), words);
    let methods = groups(experiment).flat_map(|group| &group.methods);
    let plain = methods.filter(|method| method.name() == CamSpec::plain().name()).map(CamSpec::label);
    let maps = joined(plain, ", ").map(|names| format!("; maps of the head: {names}"));
    format!("{head}{}", maps.unwrap_or_default())
}

/// The methods of a family, each with all options, its layers, its target and the networks that have it.
fn maps_of(experiment: &Experiment, family: CamFamily) -> Option<String> {
    let told = |group: &Maps, method: &CamSpec| {
        let look = group.look(method, &experiment.target);
        let mut text = words(&method.numbers());
        if family == CamFamily::ScoreCam {
            text += match method.cam().is_some_and(|cam| cam.approximates()) {
                true => ", an approximation",
                false => ", exact",
            };
        }
        text += &format!("; at {}; target {}", group.layers.join(", "), look.target);
        if let Some(combine) = &look.combine {
            text += &format!("; layers joined by {}, scaled by {}", words(combine), words(&look.normalise));
        }
        for (name, set) in
            [("aug-smooth", look.aug_smooth), ("eigen-smooth", look.eigen_smooth), ("relu", look.relu)]
        {
            text += &if set { format!("; {name}") } else { String::new() };
        }
        if let Some(refine) = &look.refine {
            text += &format!("; the image corrected first: {}", words(refine));
        }
        if let Some(networks) = &group.networks {
            text += &format!("; of {}", networks.join(", "));
        }
        if let Some(seeds) = &group.seeds {
            let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
            text += &format!("; with seed {}", seeds.join(", "));
        }
        text
    };
    let of = |method: &&CamSpec| method.cam().and_then(|cam| cam.family()) == Some(family);
    let mut all = Vec::new();
    for group in groups(experiment) {
        all.extend(group.methods.iter().filter(of).map(|method| told(group, method)));
    }
    joined(all.into_iter(), ". ")
}

/// The groups that make maps of a network.
fn groups(experiment: &Experiment) -> impl Iterator<Item = &Maps> {
    let makes = |group: &&Maps| group.networks.as_ref().is_none_or(|networks| !networks.is_empty());
    experiment.maps.iter().filter(makes)
}

fn chains(experiment: &Experiment, part: fn(&Chain) -> String) -> Option<String> {
    let of = |chain: &Chain| format!("{}: {}", chain.name, part(chain));
    joined(experiment.chain.iter().map(of), ". ")
}

fn comparison(experiment: &Experiment) -> Option<String> {
    let contrasts = experiment.evaluation.contrast.iter().filter(|contrast| !contrast.is_none());
    let contrasts = contrasts.map(|contrast| words(&contrast.numbers()));
    let intuitive = experiment.evaluation.intuitive.as_ref().map(|named| {
        let layer = named.layer.as_ref().map_or_else(String::new, |layer| format!(" at {layer}"));
        format!("compared with a per-pixel reference attribution, {}{layer}", named.method)
    });
    let metrics = experiment.evaluation.metrics.iter().map(|metric| metric.label());
    let metrics = joined(metrics, ", ").map(|names| format!("metrics {names}"));
    joined(metrics.into_iter().chain(contrasts).chain(intuitive), "; ")
}

fn verdict(experiment: &Experiment) -> Option<String> {
    let mut statements: Vec<&str> = Vec::new();
    for statement in experiment.claim.iter().filter_map(|claim| claim.statement.as_deref()) {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    let told = match statements.is_empty() {
        true => String::new(),
        false => format!(": {}", statements.join("; ")),
    };
    match experiment.claim.len() {
        0 => None,
        1 => Some(format!("1 claim, tested{told}")),
        many => Some(format!("{many} claims, tested together{told}")),
    }
}

/// Parts of the article's outlook that an experiment has.
fn outlook(experiment: &Experiment) -> Option<String> {
    let mut parts = Vec::new();
    let several = |layers: &[String]| layers.len() > 1;
    let combined = groups(experiment).filter(|group| group.combine.is_some());
    let combined = combined.map(|group| group.layers.join("+"));
    let stacked = experiment.chain.iter().filter(|chain| several(&chain.layers));
    let stacked = stacked.map(|chain| format!("{} (chain {})", chain.layers.join("+"), chain.name));
    parts.extend(joined(combined.chain(stacked), ", ").map(|layers| format!("several layers: {layers}")));
    let known = [CamFamily::GradCam, CamFamily::ScoreCam];
    let mut others: Vec<&str> = Vec::new();
    for method in groups(experiment).flat_map(|group| &group.methods) {
        let family = method.cam().and_then(|cam| cam.family());
        let is_new = !others.contains(&method.name()) && method.name() != CamSpec::plain().name();
        if is_new && family.is_none_or(|family| !known.contains(&family)) {
            others.push(method.name());
        }
    }
    parts.extend((!others.is_empty()).then(|| format!("further methods: {}", others.join(", "))));
    let labelled = experiment.chain.iter().filter(|chain| chain.cluster.labelled().is_some());
    let labelled = labelled.map(|chain| format!("{} (chain {})", chain.cluster.name(), chain.name));
    let labelled = joined(labelled, ", ");
    parts.extend(labelled.map(|names| format!("semi-supervised clustering: {names}")));
    let pixels = experiment.evaluation.metrics.iter().flat_map(|metric| metric.metric().measures());
    let pixels = pixels.filter(|measure| measure.truth == TruthKind::Masks).map(|measure| measure.name);
    parts.extend(joined(pixels, ", ").map(|names| format!("masks as a second task: {names}")));
    let baselines = experiment.baselines.iter().map(|baseline| baseline.name().to_owned());
    let supervised = experiment.supervised.iter().map(|supervised| supervised.name.clone());
    parts.extend(joined(baselines.chain(supervised), ", ").map(|names| format!("baselines: {names}")));
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn joined(parts: impl Iterator<Item = String>, between: &str) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(between))
}

/// A value in words, with the names of the file: `degree 10, basis power`.
fn words(value: &impl Serialize) -> String {
    fn say(value: &Value) -> String {
        match value {
            Value::Object(table) => {
                let part = |(key, value): (&String, &Value)| match value {
                    Value::Null => None,
                    Value::Object(inner) if inner.is_empty() => Some(key.clone()),
                    Value::Array(list) if list.is_empty() => None,
                    Value::Object(_) => Some(format!("{key} ({})", say(value))),
                    other => Some(format!("{key} {}", say(other))),
                };
                table.iter().filter_map(part).collect::<Vec<_>>().join(", ")
            }
            Value::Array(list) => {
                let between = if list.iter().all(Value::is_number) { "-" } else { " and " };
                list.iter().map(say).collect::<Vec<_>>().join(between)
            }
            Value::String(text) => text.clone(),
            // A value that was an `f32` is printed as one: 0.1, not 0.10000000149011612.
            Value::Number(number) if number.is_f64() => {
                let wide = number.as_f64().unwrap_or(f64::NAN);
                let narrow = wide as f32;
                if f64::from(narrow) == wide { narrow.to_string() } else { wide.to_string() }
            }
            other => other.to_string(),
        }
    }
    // Every value of a file can be serialised as JSON; otherwise the text would be empty.
    serde_json::to_value(value).map(|value| say(&value)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn values_read_like_the_file() {
        let value = serde_json::json!({ "k-means": { "k": 10, "reduce": null, "sub-maps": { "hard": {} } } });
        assert_eq!(words(&value), "k-means (k 10, sub-maps (hard))");
        assert_eq!(words(&serde_json::json!([2, 2, 2])), "2-2-2");
        assert_eq!(
            words(&serde_json::json!({ "methods": ["cam", "grad-cam"], "weights": [] })),
            "methods cam and grad-cam"
        );
        assert_eq!(
            (words(&0.1f32), words(&1e-5f32), words(&0.1f64), words(&3)),
            ("0.1".into(), "0.00001".into(), "0.1".into(), "3".into())
        );
    }
}
