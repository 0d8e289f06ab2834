use std::collections::{BTreeSet, HashMap};

use camlab_config::Document;
use camlab_graph::{OptionChange, SharedText, SpecChange, Stage};
use camlab_plan::{Cell, Plan};
use camlab_store::{ComparedOptions, KnownSpecs, KnownStage, Store};

use super::documents::documents;
use super::inputs::ChangedInputs;
use super::options::TracedOptions;
use super::{Cause, Reason};

/// Limit on the root stages that are named as a cause of one stage.
const MOST_ROOTS: usize = 16;

/// The stages with an artefact that the missing stages of a plan are compared with.
struct Comparison<'a> {
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
    let kinds: BTreeSet<SharedText> = open.iter().map(|index| stages.get(*index).spec.kind.clone()).collect();
    let known = KnownSpecs::of(store, &kinds);
    let mut compared = ComparedOptions::default();
    let comparisons: Vec<Option<Comparison<'_>>> =
        open.iter().map(|index| compare(&known, stages.get(*index), &mut compared)).collect();

    let cells: HashMap<&str, &Cell> = plan.cells.iter().map(|cell| (cell.id.as_str(), cell)).collect();
    let cell_of = |index: usize| cells.get(stages.get(index).hints.cell.as_str()).copied();
    let has_place = |comparison: &Option<Comparison<'_>>| {
        comparison.as_ref().is_some_and(|found| !(found.options.is_empty() && found.others.is_empty()))
    };
    let traced = open.iter().zip(&comparisons).filter(|(_, comparison)| has_place(comparison));
    let documents = documents(document, traced.filter_map(|(index, _)| cell_of(*index)));

    let mut options = TracedOptions::default();
    let mut inputs = ChangedInputs::new(plan, store, missing);
    let mut found: Vec<Option<Reason>> = vec![None; stages.len()];
    for (index, comparison) in open.iter().zip(comparisons) {
        let stage = stages.get(*index);
        let Some(Comparison { known: other, options: changed, others }) = comparison else {
            let cause = if known.is_recorded(stage) { Cause::NoArtefact } else { Cause::New };
            found[*index] = Some(Reason::new(cause));
            continue;
        };
        let cell = cell_of(*index);
        let place = cell.and_then(|cell| Some((documents.get(&cell.index)?, cell)));
        let mut causes: Vec<Cause> = Vec::new();
        let mut upstream: Vec<usize> = Vec::new();
        let changed = changed.iter().map(|change| options.cause(stage, change, place));
        let changed: Vec<Cause> = changed.collect();
        for change in others {
            match change {
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
        if !upstream.is_empty() {
            all.push(Cause::Upstream { stages: roots(&found, &upstream) });
        }
        found[*index] = Some(Reason { causes: all, since: Some(other.published) });
    }
    found
}

fn compare<'k>(
    known: &'k KnownSpecs,
    stage: &Stage,
    compared: &mut ComparedOptions,
) -> Option<Comparison<'k>> {
    if known.is_recorded(stage) {
        return None;
    }
    let other = known.nearest(stage, compared)?;
    let options = compared.changes(&stage.spec.params, &other.spec.params).to_vec();
    Some(Comparison { known: other, options, others: stage.spec.input_changes(&other.spec) })
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
