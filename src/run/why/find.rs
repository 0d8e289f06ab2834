use std::collections::{BTreeSet, HashMap};

use camlab_config::Document;
use camlab_graph::{OptionChange, SharedText, SpecChange, Stage};
use camlab_plan::{Cell, Plan};
use camlab_store::{ComparedOptions, KnownSpecs, KnownStage, Store};

use super::documents::{OtherCells, documents};
use super::inputs::ChangedInputs;
use super::options::TracedOptions;
use super::{Cause, Reason};

/// Number of missing stages up to which those that wait for others are compared as well. In a bigger plan this would take
/// seconds and hundreds of megabytes; the stages before them tell nearly all.
const MOST_COMPARED: usize = 10_000;

/// Limit on the root stages that are named as a cause of one stage.
const MOST_ROOTS: usize = 16;

/// The stages with an artefact that the missing stages of a plan are compared with.
struct ComparedStage<'a> {
    known: &'a KnownStage,
    options: Vec<OptionChange>,
    others: Vec<SpecChange>,
}

/// The reason why each stage without an artefact has to run; `None` for the others. `document` is that of the plan's
/// experiment.
pub fn reasons(plan: &Plan, document: &Document, store: &Store, missing: &[bool]) -> Vec<Option<Reason>> {
    let stages = &plan.stages;
    let lacks = |index: usize| missing.get(index).copied().unwrap_or(true);
    let open: Vec<usize> = (0..stages.len()).filter(|index| lacks(*index)).collect();
    let waits = |index: usize| stages.inputs(index).iter().any(|input| lacks(*input));
    let is_compared = |index: usize| open.len() <= MOST_COMPARED || !waits(index);
    let wanted = open.iter().filter(|index| is_compared(**index));
    let kinds: BTreeSet<SharedText> = wanted.map(|index| stages.get(*index).spec.kind.clone()).collect();
    let known = KnownSpecs::of(store, &kinds);
    let mut compared = ComparedOptions::default();
    let comparisons: Vec<Option<ComparedStage<'_>>> = open
        .iter()
        .map(|index| is_compared(*index).then(|| compare(&known, stages.get(*index), &mut compared))?)
        .collect();

    let cells: HashMap<&str, &Cell> = plan.cells.iter().map(|cell| (cell.id.as_str(), cell)).collect();
    let cell_of = |index: usize| cells.get(stages.get(index).hints.cell.as_str()).copied();
    let has_place = |comparison: &Option<ComparedStage<'_>>| {
        comparison.as_ref().is_some_and(|found| !(found.options.is_empty() && found.others.is_empty()))
    };
    let traced = open.iter().zip(&comparisons).filter(|(_, comparison)| has_place(comparison));
    let documents = documents(document, traced.filter_map(|(index, _)| cell_of(*index)));
    let referred = OtherCells::of(plan);

    let mut options = TracedOptions::default();
    let mut inputs = ChangedInputs::new(plan, store, missing);
    let mut found: Vec<Option<Reason>> = vec![None; stages.len()];
    for (index, comparison) in open.iter().zip(comparisons) {
        let stage = stages.get(*index);
        if !is_compared(*index) {
            found[*index] = Some(Reason::new(following(&found, stages.inputs(*index))));
            continue;
        }
        let Some(ComparedStage { known: other, options: changed, others }) = comparison else {
            let cause = if known.is_recorded(stage) { Cause::NoArtefact } else { Cause::New };
            found[*index] = Some(Reason::new(cause));
            continue;
        };
        let own = || {
            let cell = cell_of(*index)?;
            Some((documents.get(&cell.index)?, cell))
        };
        let place = own().or_else(|| referred.get(stage.hints.cell.as_str()));
        let mut causes: Vec<Cause> = Vec::new();
        let mut upstream: Vec<usize> = Vec::new();
        let changed = changed.iter().map(|change| options.cause(stage, change, place));
        let changed: Vec<Cause> = changed.collect();
        for change in others {
            match change {
                SpecChange::Instructions { old, new } => {
                    causes.push(Cause::Instructions { old: old.to_string(), new: new.to_string() });
                }
                SpecChange::Version { old, new } => {
                    causes.push(Cause::Version { kind: stage.spec.kind.to_string(), old, new });
                }
                SpecChange::Option(_) => {}
                SpecChange::Input { role, old, new } => {
                    let (own, before) = inputs.causes(stage, other, &role, [&old, &new], place);
                    causes.extend(own);
                    upstream.extend(before);
                }
            }
        }
        let mut all: Vec<Cause> = Vec::new();
        // One seed of the file is several options of a stage.
        for cause in changed.into_iter().chain(causes) {
            if !all.contains(&cause) {
                all.push(cause);
            }
        }
        if all.iter().any(Cause::renames_streams) {
            all.retain(|cause| !cause.is_default_stream());
        }
        if !upstream.is_empty() {
            all.push(Cause::Upstream { stages: roots(&found, &upstream) });
        }
        found[*index] = Some(Reason { causes: all, since: Some(other.published) });
    }
    found
}

/// The cause of a stage that waits for others and is not compared: new like these, or upstream.
fn following(found: &[Option<Reason>], inputs: &[usize]) -> Cause {
    let run: Vec<usize> = inputs.iter().copied().filter(|input| found[*input].is_some()).collect();
    let stages = roots(found, &run);
    let is_new = |stage: &usize| {
        let reason = found.get(*stage).and_then(Option::as_ref);
        reason.is_some_and(|reason| reason.causes == [Cause::New])
    };
    if stages.iter().all(is_new) { Cause::New } else { Cause::Upstream { stages } }
}

fn compare<'k>(
    known: &'k KnownSpecs,
    stage: &Stage,
    compared: &mut ComparedOptions,
) -> Option<ComparedStage<'k>> {
    if known.is_recorded(stage) {
        return None;
    }
    let other = known.nearest(stage, compared)?;
    let options = compared.changes(&stage.spec.params, &other.spec.params).to_vec();
    Some(ComparedStage { known: other, options, others: stage.spec.input_changes(&other.spec) })
}

/// The stages in which the causes lie for which some stages run again; inputs stand before the stages that read them.
fn roots(found: &[Option<Reason>], upstream: &[usize]) -> Vec<usize> {
    let mut roots: Vec<usize> = Vec::new();
    for stage in upstream {
        let causes = found.get(*stage).and_then(Option::as_ref).map_or(&[][..], |reason| &reason.causes);
        let of = match causes {
            [Cause::Upstream { stages }] => &stages[..],
            _ => std::slice::from_ref(stage),
        };
        for root in of {
            if roots.len() < MOST_ROOTS && !roots.contains(root) {
                roots.push(*root);
            }
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use camlab_graph::{Hints, Inputs, StageOptions, StageSpec};
    use camlab_store::Cost;
    use serde_json::json;

    use super::*;
    use crate::why::root_causes;

    fn stage(kind: &'static str, version: u32, options: serde_json::Value, reads: &[&Stage]) -> Stage {
        let mut inputs = Inputs::new();
        reads.iter().for_each(|read| inputs.push("network", read.input()));
        let (kind, params) = (SharedText::of_static(kind), StageOptions::new(&options));
        let hints = Hints { label: "net".into(), cell: "s0".into(), ..Hints::default() };
        Stage::new(StageSpec { kind, version, params, inputs, instructions: None }, hints)
    }

    fn chain(version: u32, lr: f64, levels: usize) -> [Stage; 3] {
        let train = stage("train", version, json!({ "lr": lr }), &[]);
        let map = stage("map", 1, json!({}), &[&train]);
        let evaluate = stage("evaluate", 1, json!({ "levels": levels }), &[&map]);
        [train, map, evaluate]
    }

    fn publish(store: &Store, stages: &[Stage]) {
        store.record(stages.iter()).unwrap();
        stages.iter().for_each(|stage| drop(store.draft(stage).unwrap().finish(&Cost::default()).unwrap()));
    }

    /// The causes of every stage of a chain, in words, and the numbers of stages with and downstream of each root cause.
    fn told(store: &Store, stages: [Stage; 3]) -> (Vec<String>, Vec<(usize, usize)>) {
        let mut plan = Plan::default();
        for stage in stages {
            plan.stages.add(stage);
        }
        let missing: Vec<bool> = plan.stages.iter().map(|stage| !store.holds(&stage.place())).collect();
        let document = Document::parse(Path::new("x.toml"), "name = \"x\"").unwrap();
        let found = reasons(&plan, &document, store, &missing);
        let named = |index: usize| plan.stages.get(index).spec.kind.to_string();
        let line = |reason: &Option<Reason>| {
            reason.as_ref().map_or_else(|| "cached".to_owned(), |reason| reason.line(&named))
        };
        let roots = root_causes(&plan, &found);
        (
            found.iter().map(line).collect(),
            roots.iter().map(|root| (root.stages.len(), root.downstream)).collect(),
        )
    }

    #[test]
    fn every_stage_has_its_own_causes_or_those_upstream() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert_eq!(told(&store, chain(1, 0.1, 9)), (vec!["new".into(); 3], vec![(1, 2)]));
        publish(&store, &chain(1, 0.1, 9));
        assert_eq!(told(&store, chain(1, 0.1, 9)), (vec!["cached".into(); 3], vec![]));

        let version = "another version of camlab, version of the train stage: 1 -> 2".to_owned();
        let again = "because train runs again".to_owned();
        let (causes, roots) = told(&store, chain(2, 0.1, 9));
        assert_eq!((causes, roots), (vec![version, again.clone(), again.clone()], vec![(1, 2)]));

        // Two causes: the second stage downstream has one of its own as well.
        let (causes, roots) = told(&store, chain(1, 0.2, 7));
        let own = format!("levels: 9 -> 7; {again}");
        assert_eq!((causes, roots), (vec!["lr: 0.1 -> 0.2".into(), again, own], vec![(1, 2), (1, 0)]));

        // With the network of an earlier run, nothing upstream runs.
        publish(&store, &chain(1, 0.2, 9)[..1]);
        let (causes, _) = told(&store, chain(1, 0.2, 9));
        assert_eq!(causes[..2], ["cached", "network: other artefacts than before"]);

        store.discard(&chain(1, 0.1, 9)[1].place()).unwrap();
        let (causes, roots) = told(&store, chain(1, 0.1, 9));
        assert_eq!(causes, ["cached", "its artefact was removed or never finished", "cached"]);
        assert_eq!(roots, [(1, 0)], "the stages after it are there");
    }

    #[test]
    fn a_stage_is_compared_with_the_most_similar_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        for (lr, batch) in [(0.1, 8), (0.2, 16)] {
            publish(&store, &[stage("train", 1, json!({ "lr": lr, "batch": batch }), &[])]);
        }
        let plan_stage = stage("train", 1, json!({ "lr": 0.3, "batch": 16 }), &[]);
        let known = KnownSpecs::of(&store, &BTreeSet::from(["train".into()]));
        let nearest = known.nearest(&plan_stage, &mut ComparedOptions::default()).unwrap();
        assert_eq!(nearest.spec.params.value()["lr"], 0.2);
        assert!(!known.is_recorded(&plan_stage));
    }
}
