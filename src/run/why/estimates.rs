use std::collections::HashMap;

use camlab_graph::{SharedText, Stage, StageOptions};
use camlab_plan::{Facts, Plan};
use camlab_stage::Kind;
use camlab_store::{Durations, Effort, Estimate};

/// Everything that the work of a stage depends on: kind, options, number of inputs, data sets.
type EffortKey = (SharedText, StageOptions, usize, Vec<SharedText>);

/// The work that a stage takes, with the numbers of images that are known.
pub fn effort(stage: &Stage, facts: &Facts) -> Effort {
    let images = |digest: &str| {
        facts.datasets.values().find(|known| known.digest == *digest).map(|known| known.images)
    };
    Kind::effort(stage, &images)
}

/// The expected times of those stages that are `wanted`; `None` for others and where nothing like it was measured.
pub fn estimates(
    plan: &Plan,
    facts: &Facts,
    durations: &Durations,
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<Option<Estimate>> {
    if durations.is_empty() {
        return vec![None; plan.stages.len()];
    }
    let mut known: HashMap<EffortKey, Option<Estimate>> = HashMap::new();
    let mut of = |stage: &Stage| {
        let data = stage.hints.datasets.iter().map(|(digest, _)| digest.clone()).collect();
        let inputs = stage.spec.inputs.iter().count();
        let key = (stage.spec.kind.clone(), stage.options().clone(), inputs, data);
        known.entry(key).or_insert_with(|| durations.estimate(&effort(stage, facts))).clone()
    };
    plan.stages
        .iter()
        .enumerate()
        .map(|(index, stage)| if wanted(index) { of(stage) } else { None })
        .collect()
}
