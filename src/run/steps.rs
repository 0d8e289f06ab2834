//! The steps of the source article (A1 to A14) that an experiment takes, one line of the report each.

use serde::Serialize;
use serde_json::Value;

use camlab_config::{Chain, Experiment, Labels};
use camlab_frame::RunRow;
use camlab_parts::cam::{CamFamily, CamSpec};

/// The options of every step, in their order; a step that the experiment does not take is reported as such. Empty for
/// an experiment without a chain, which does not reproduce the source article.
pub(super) fn rows(experiment: &Experiment) -> Vec<RunRow> {
    if experiment.chain.is_empty() {
        return Vec::new();
    }
    let data = &experiment.data;
    let head = experiment.head.as_ref().map_or_else(|| "the backbone's own".into(), words);
    let trained = data.train.as_ref().map(|train| format!("trained on {}; ", train.name()));
    let sample = data.sample.as_ref().map(|sample| format!(", {} of its images at random", sample.count));
    let labels = match data.labels {
        Labels::Known => "",
        Labels::Unknown => ", labels unknown to everything but the evaluation",
    };
    let methods = || experiment.maps.iter().flat_map(|group| &group.methods);
    let refined = experiment.maps.iter().filter_map(|group| group.refine.as_ref().map(words)).next();
    let chains = |part: fn(&Chain) -> String| {
        let of = |chain: &Chain| format!("{}: {}", chain.name, part(chain));
        joined(experiment.chain.iter().map(of), "; ")
    };
    let named = |family: CamFamily| {
        let of = |method: &&CamSpec| method.cam().and_then(|cam| cam.family()) == Some(family);
        joined(methods().filter(of).map(|method| method.name().to_owned()), ", ")
    };
    let grad = named(CamFamily::GradCam).map(|names| match &refined {
        Some(refine) => format!("{names}; the image corrected first: {refine}"),
        None => names,
    });
    let inits = experiment.init.iter().map(|init| format!("{} ({})", init.name, init.scheme.name()));
    let fusions =
        experiment.fusion.iter().map(|fusion| format!("{} ({})", fusion.name, fusion.method.name()));
    let stages = experiment.training.iter().flat_map(|training| training.stages());
    let stages = stages.map(|stage| {
        format!("{}: {} epochs, batch norms {}", stage.name, stage.options.epochs, words(&stage.options.bn))
    });
    let contrasts = experiment.evaluation.contrast.iter().map(|contrast| contrast.name().to_owned());
    let intuitive = experiment.evaluation.intuitive.as_ref();
    let intuitive =
        intuitive.map(|named| format!("compared with a per-pixel reference attribution, {}", named.method));
    let steps: [(&str, Option<String>); 14] = [
        ("A1 backbone", Some(words(&experiment.backbone))),
        (
            "A2 data",
            Some(format!(
                "{}tested on {}{}{labels}",
                trained.unwrap_or_default(),
                data.test.name(),
                sample.unwrap_or_default()
            )),
        ),
        ("A3 initialisations", joined(inits, ", ")),
        ("A4 fusion", joined(fusions, ", ")),
        ("A5 stages", joined(stages, "; ")),
        ("A6 head", Some(head)),
        ("A7 Grad-CAM", grad),
        ("A8 Score-CAM", named(CamFamily::ScoreCam)),
        ("A9 polynomial correction", chains(|chain| words(&chain.polynomial))),
        ("A10 clustering", chains(|chain| words(&chain.cluster))),
        ("A11 merging", chains(|chain| words(&chain.merge))),
        ("A12 comparison", joined(contrasts.chain(intuitive), ", ")),
        (
            "A13 prediction analysis",
            experiment.prediction.as_ref().map(|asked| {
                let thresholds: Vec<String> = asked.thresholds.iter().map(ToString::to_string).collect();
                format!("threshold {}", thresholds.join(", "))
            }),
        ),
        ("A14 verdict", (!experiment.claim.is_empty()).then(|| claims(experiment.claim.len()))),
    ];
    let untaken = || "not taken: the file declares none".to_owned();
    let row = |(step, what): (&str, Option<String>)| {
        RunRow::new(format!("{}{step}", RunRow::STEP), what.unwrap_or_else(untaken))
    };
    steps.into_iter().map(row).collect()
}

fn claims(count: usize) -> String {
    match count {
        1 => "1 claim, tested".into(),
        many => format!("{many} claims, tested together"),
    }
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
                    Value::Object(_) => Some(format!("{key} ({})", say(value))),
                    other => Some(format!("{key} {}", say(other))),
                };
                table.iter().filter_map(part).collect::<Vec<_>>().join(", ")
            }
            Value::Array(list) => list.iter().map(say).collect::<Vec<_>>().join("-"),
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
            (words(&0.1f32), words(&1e-5f32), words(&0.1f64), words(&3)),
            ("0.1".into(), "0.00001".into(), "0.1".into(), "3".into())
        );
    }
}
