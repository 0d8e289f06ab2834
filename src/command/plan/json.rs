use std::collections::BTreeMap;

use camlab::graph::{Stage, StageInput};
use camlab::plan::{Cell, Plan};
use camlab::run::why::{Cause, Origin, Reason};
use camlab::store::Estimate;
use serde::Serialize;
use serde_json::{Value, json};

use super::status::{PlanStatus, PlanTotals};

/// Version of the document: raised when a name changes its meaning or goes.
const FORMAT: u32 = 1;

/// A plan with its status. The names are documented in `docs/plan.md`.
#[derive(Serialize)]
struct PlanDocument<'a> {
    format: u32,
    cells: Vec<CellEntry<'a>>,
    stages: Vec<StageEntry<'a>>,
    totals: PlanTotals,
}

#[derive(Serialize)]
struct CellEntry<'a> {
    id: &'a str,
    seed: u64,
    configuration: String,
    overrides: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct StageEntry<'a> {
    key: &'a str,
    kind: &'a str,
    label: String,
    cells: usize,
    state: &'static str,
    inputs: Vec<InputEntry<'a>>,
    reasons: Vec<ReasonEntry<'a>>,
    estimate: Option<EstimateEntry>,
    /// Forward passes of changed images that the stage still has to run.
    passes: Option<u64>,
}

/// An input: the artefact of a stage, or a content from outside with its place.
#[derive(Serialize)]
struct InputEntry<'a> {
    role: &'a str,
    kind: Option<&'a str>,
    key: Option<&'a str>,
    digest: Option<&'a str>,
    place: Option<String>,
}

#[derive(Serialize)]
struct ReasonEntry<'a> {
    kind: &'static str,
    text: String,
    option: Option<String>,
    old: Value,
    new: Value,
    since: Option<String>,
    origin: Option<&'a Origin>,
    because: Vec<&'a str>,
}

#[derive(Serialize)]
struct EstimateEntry {
    seconds: f64,
    basis: String,
    likeness: &'static str,
    measurements: usize,
}

/// The plan as one JSON document.
pub fn text(plan: &Plan, status: &PlanStatus) -> serde_json::Result<String> {
    let document = PlanDocument {
        format: FORMAT,
        cells: plan.cells.iter().map(cell).collect(),
        stages: status.order.iter().map(|index| entry(plan, status, *index)).collect(),
        totals: status.totals(),
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}

fn cell(cell: &Cell) -> CellEntry<'_> {
    let overrides = cell.overrides.iter().map(|set| (&*set.key, &*set.value)).collect();
    CellEntry { id: &cell.id, seed: cell.seed, configuration: cell.configuration(), overrides }
}

fn entry<'a>(plan: &'a Plan, status: &'a PlanStatus, index: usize) -> StageEntry<'a> {
    let stage = plan.stages.get(index);
    StageEntry {
        key: &stage.key.0,
        kind: &stage.spec.kind,
        label: plan.label(index),
        cells: status.cells[index],
        state: status.states[index].name(),
        inputs: inputs(stage),
        reasons: status.reasons[index].iter().flat_map(|reason| reasons(plan, reason)).collect(),
        estimate: status.estimates[index].as_ref().map(|found| estimate(stage, found)),
        passes: status.passes[index],
    }
}

fn inputs(stage: &Stage) -> Vec<InputEntry<'_>> {
    let roles = stage.spec.inputs.roles().into_iter();
    roles.flat_map(|role| stage.spec.inputs.get(role).map(move |read| input(stage, role, read))).collect()
}

fn input<'a>(stage: &'a Stage, role: &'a str, input: &'a StageInput) -> InputEntry<'a> {
    match input {
        StageInput::Stage(read) => {
            let (kind, key) = (Some(read.kind.as_str()), Some(read.key.0.as_str()));
            InputEntry { role, kind, key, digest: None, place: None }
        }
        StageInput::Content(digest) => {
            let file = stage.hints.files.get(digest).map(|file| file.display().to_string());
            let set = || stage.hints.datasets.get(digest).map(|set| set.0.name().to_owned());
            let place = file.or_else(set);
            InputEntry { role, kind: None, key: None, digest: Some(digest.as_str()), place }
        }
    }
}

fn reasons<'a>(plan: &'a Plan, reason: &'a Reason) -> impl Iterator<Item = ReasonEntry<'a>> {
    let named = |index: usize| format!("{} {}", plan.stages.get(index).spec.kind, plan.label(index));
    reason.causes.iter().map(move |cause| {
        let (option, old, new) = match cause {
            Cause::Option { option, old, new, .. } => (Some(option.clone()), old.clone(), new.clone()),
            Cause::Version { old, new, .. } => (None, json!(old), json!(new)),
            Cause::Instructions { old, new } => (None, json!(old), json!(new)),
            Cause::Data { key, old, new, .. } => (Some(key.clone()), json!(old), json!(new)),
            Cause::File { role, old, new, .. } => (Some(role.clone()), json!(old), json!(new)),
            Cause::Inputs { role } => (Some(role.clone()), Value::Null, Value::Null),
            Cause::New | Cause::NoArtefact | Cause::Upstream { .. } => (None, Value::Null, Value::Null),
        };
        let because = match cause {
            Cause::Upstream { stages } => {
                stages.iter().map(|index| plan.stages.get(*index).key.0.as_str()).collect()
            }
            _ => Vec::new(),
        };
        ReasonEntry {
            kind: cause.name(),
            text: cause.words(&named),
            option,
            old,
            new,
            since: reason.since(),
            origin: cause.origin(),
            because,
        }
    })
}

fn estimate(stage: &Stage, found: &Estimate) -> EstimateEntry {
    EstimateEntry {
        seconds: found.seconds,
        basis: found.basis(&stage.spec.kind),
        likeness: found.likeness.name(),
        measurements: found.measurements,
    }
}
