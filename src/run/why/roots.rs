use std::collections::HashMap;

use camlab_plan::Plan;

use super::{Cause, Reason};

/// A cause with all stages that it makes run.
#[derive(Debug, Clone)]
pub struct RootCause {
    /// The stage whose cause it is told by: the first one.
    pub stage: usize,
    /// Its place among the causes of that stage.
    pub cause: usize,
    /// The stages that have this cause themselves.
    pub stages: Vec<usize>,
    /// Number of other stages that run because of these.
    pub downstream: usize,
}

/// The causes of all reasons, each once, with the stages that they make run. Those with most stages first; new stages,
/// which nothing changed, last.
pub fn root_causes(plan: &Plan, reasons: &[Option<Reason>]) -> Vec<RootCause> {
    let runs = |index: usize| reasons.get(index).is_some_and(Option::is_some);
    let mut groups: Vec<RootCause> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (stage, reason) in reasons.iter().enumerate() {
        let Some(reason) = reason else { continue };
        let upstream = || plan.stages.inputs(stage).iter().any(|input| runs(*input));
        for (place, cause) in reason.causes.iter().enumerate() {
            let follows = match cause {
                Cause::Upstream { .. } => true,
                Cause::New | Cause::NoArtefact => upstream(),
                _ => false,
            };
            if follows {
                continue;
            }
            let at = *known.entry(text(cause)).or_insert_with(|| {
                groups.push(RootCause { stage, cause: place, stages: Vec::new(), downstream: 0 });
                groups.len() - 1
            });
            groups[at].stages.push(stage);
        }
    }
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); plan.stages.len()];
    for index in (0..plan.stages.len()).filter(|index| runs(*index)) {
        plan.stages.inputs(index).iter().for_each(|input| readers[*input].push(index));
    }
    // The last group, counted from 1, that reached a stage.
    let mut seen = vec![0; plan.stages.len()];
    for (number, group) in groups.iter_mut().enumerate() {
        group.stages.iter().for_each(|stage| seen[*stage] = number + 1);
        let mut open = group.stages.clone();
        while let Some(stage) = open.pop() {
            for reader in &readers[stage] {
                if seen[*reader] != number + 1 {
                    seen[*reader] = number + 1;
                    group.downstream += 1;
                    open.push(*reader);
                }
            }
        }
    }
    let is_new = |group: &RootCause| {
        let reason = reasons.get(group.stage).and_then(Option::as_ref);
        reason.and_then(|reason| reason.causes.get(group.cause)) == Some(&Cause::New)
    };
    groups.sort_by_key(|group| (is_new(group), std::cmp::Reverse(group.stages.len() + group.downstream)));
    groups
}

/// Text of a cause that is the same for all stages that have it.
fn text(cause: &Cause) -> String {
    let unnamed = |_: usize| String::new();
    match cause {
        // The files that are newer differ with the age of the artefact.
        Cause::Data { key, old, new, .. } => format!("{key} {old} {new}"),
        Cause::File { path, old, new, .. } => format!("{} {old} {new}", path.display()),
        other => other.line(&unnamed),
    }
}
