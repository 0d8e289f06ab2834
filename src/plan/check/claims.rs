//! Checks of claims: the maps that they name, and the metric and contrast that they are tested by.

use super::Check;
use crate::BASELINE;
use crate::claims::{self, DeclaredMap, Misnamed};
use camlab_base::registry::closest;
use camlab_config::{Claim, Experiment, External, NamedMap};
use camlab_frame::SimilarityMeasure;
use camlab_parts::metric::{ImageColumns, MetricSpec, measuring};

impl Check<'_> {
    pub(super) fn claim(&mut self, path: &str, claim: &Claim, experiment: &Experiment, made: &[DeclaredMap]) {
        if claim.statement.as_ref().is_some_and(|statement| statement.trim().is_empty()) {
            let remedy = "write the sentence that the claim tests, or remove the key";
            self.at(&format!("{path}.statement"), "`statement` is empty", remedy);
        }
        // Sides in configurations that conditions choose are checked when all configurations are known.
        if !claim.chooses_configurations() {
            let found = claims::pairs(claim, [made, made], false)
                .and_then(|pairs| measured(claim, [experiment, experiment], [made, made], &pairs));
            if let Err(Misnamed { key, message, remedy }) = found {
                self.at(&format!("{path}.{key}"), message, remedy);
            }
        }
        self.claimed_metric(&format!("{path}.metric"), claim, experiment);
        let contrasts: Vec<String> =
            experiment.evaluation.contrasts().iter().map(|contrast| contrast.label()).collect();
        let sides = [("better.contrast", &claim.better.contrast), ("than.contrast", &claim.than.contrast)];
        let sides = sides.into_iter().filter_map(|(key, contrast)| Some((key, contrast.as_ref()?)));
        for (key, contrast) in std::iter::once(("contrast", &claim.contrast)).chain(sides) {
            if !contrasts.contains(contrast) {
                self.named(&format!("{path}.{key}"), "contrast", contrast, &contrasts);
            }
        }
    }

    fn claimed_metric(&mut self, path: &str, claim: &Claim, experiment: &Experiment) {
        if SimilarityMeasure::named(&claim.metric).is_some() {
            if experiment.evaluation.intuitive.is_none() {
                self.at(
                    path,
                    format!("`{}` needs a reference map, and the evaluation declares none", claim.metric),
                    "write intuitive = { method = \"input-x-gradient\" } under [evaluation], with one of your methods",
                );
            }
            return;
        }
        // Those at thresholds of certain images are known beside the plain names, which a message lists.
        let (mut names, mut at_thresholds) = (Vec::new(), Vec::new());
        let choices = experiment.threshold_choices();
        for spec in &experiment.evaluation.metrics {
            // Some metrics are not means over images; these have no values per image to compare.
            let means = spec.metric().estimator(&ImageColumns::default()).images().len();
            for measure in spec.metric().measures().into_iter().take(means) {
                let sources = choices.iter().map(|choice| choice.choice().source());
                let chosen = sources.filter_map(|source| measure.chosen_by(source));
                at_thresholds.extend(chosen.map(|measure| measure.name));
                at_thresholds.extend(measure.asked_of_oracle());
                names.push(measure.name);
            }
        }
        if experiment.evaluation.intuitive.is_some() {
            names.extend(SimilarityMeasure::ALL.map(|measure| measure.name.to_owned()));
        }
        if !names.contains(&claim.metric) && !at_thresholds.contains(&claim.metric) {
            let measures = |spec: &MetricSpec| spec.metric().measures();
            let pooled =
                experiment.evaluation.metrics.iter().flat_map(measures).any(|m| m.name == claim.metric);
            match pooled {
                true => self.at(
                    path,
                    format!(
                        "`{}` is not a mean over images, so that no claim can be tested by it",
                        claim.metric
                    ),
                    format!("use one of `{}`", names.join("`, `")),
                ),
                false => self.named(path, "per-image metric", &claim.metric, &names),
            }
        }
    }

    fn named(&mut self, path: &str, what: &str, written: &str, known: &[String]) {
        let remedy = match closest(written, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of `{}`, or add it to [evaluation]", known.join("`, `")),
        };
        self.at(path, format!("the evaluation has no {what} `{written}`"), remedy);
    }
}

/// Checks that both sides of a claim have values of its metric; `experiments` and `made` of the configuration of `better`
/// and of that of `than`.
///
/// # Errors
/// The first side that has none.
pub(crate) fn measured(
    claim: &Claim,
    experiments: [&Experiment; 2],
    made: [&[DeclaredMap]; 2],
    pairs: &[(DeclaredMap, DeclaredMap)],
) -> Result<(), Misnamed> {
    for (better, than) in pairs {
        for (place, (key, map, other)) in
            [("better", better, than), ("than", than, better)].into_iter().enumerate()
        {
            let why = match SimilarityMeasure::named(&claim.metric) {
                Some(_) => without_reference(experiments[place], map, other, made[place]),
                None => {
                    let is_claimed =
                        |spec: &&MetricSpec| spec.metric().measures().iter().any(|m| m.name == claim.metric);
                    let spec = experiments[place].evaluation.metrics.iter().find(is_claimed);
                    spec.and_then(|spec| lacking(experiments[place], spec, map)).map(str::to_owned)
                }
            };
            if let Some(why) = why {
                return Err(Misnamed {
                    key: key.to_owned(),
                    message: format!("`{}` has no {}: {why}", map.label(), claim.metric),
                    remedy: "claim it by another metric, or of other maps".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// Reason why a side has no similarity to a reference map; `None` if it has one. A baseline is compared with the reference
/// map of the other side's network.
fn without_reference(
    experiment: &Experiment,
    map: &DeclaredMap,
    other: &DeclaredMap,
    made: &[DeclaredMap],
) -> Option<String> {
    let intuitive = experiment.evaluation.intuitive.as_ref()?;
    let network = if map.network == BASELINE { &other.network } else { &map.network };
    if network == BASELINE {
        return Some(
            "neither side has a network, whose reference map both could be compared with".to_owned(),
        );
    }
    let named = NamedMap { method: intuitive.method.clone(), layer: intuitive.layer.clone(), network: None };
    // Two names of one method are refused where the reference map is declared.
    let references = claims::side("intuitive", &named, made).unwrap_or_default();
    let known = references.is_empty() || references.iter().any(|reference| reference.network == *network);
    (!known).then(|| format!("`{network}` makes no reference map, {}", intuitive.method))
}

/// Reason why maps have no value of a metric; `None` if they can have one.
fn lacking(experiment: &Experiment, spec: &MetricSpec, map: &DeclaredMap) -> Option<&'static str> {
    let measuring = measuring(std::slice::from_ref(spec));
    let measurements = || measuring.iter().filter_map(|spec| spec.metric().measurement());
    let size = experiment.data.input.size;
    let passes = measurements().any(|measurement| measurement.passes(size.height * size.width) > 0);
    let again = measurements().any(|measurement| measurement.explained_again().is_some());
    let is_external = experiment.external.iter().any(|external| {
        external.name == map.method && external.network_name() == map.network && map.layer == "-"
    });
    let is_supervised = || experiment.supervised.iter().any(|supervised| supervised.name == map.method);
    let is_chain = || {
        let mut chains = experiment.chain.iter();
        chains.any(|chain| chain.name == map.method || chain.polynomial_name() == map.method)
    };
    let is_ensemble = || {
        let mut fusions = experiment.fusion.iter();
        fusions.any(|fusion| fusion.name == map.network && fusion.method.ensemble().is_some())
    };
    match () {
        () if spec.metric().needs_prediction() && map.network == BASELINE => {
            Some("a baseline has no network that predicts classes")
        }
        () if spec.metric().needs_prediction() && map.network == External::NETWORK => {
            Some("no network predicts classes for these external maps")
        }
        () if !passes && !again => None,
        () if map.network == BASELINE => {
            Some("a baseline belongs to no network that could classify changed images")
        }
        () if map.network == External::NETWORK => {
            Some("no network classifies changed images for these external maps")
        }
        () if is_ensemble() => Some("an ensemble is no single network that could classify changed images"),
        () if again && is_external => {
            Some("another program made the maps, so that none are made of changed images")
        }
        () if again && is_supervised() => Some("a supervised head makes no maps of single changed images"),
        () if again && is_chain() => Some("a chain makes no maps of single changed images"),
        () => None,
    }
}
