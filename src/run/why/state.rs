use serde::Serialize;

use camlab_graph::StageRef;
use camlab_plan::{Plan, Shown};

/// State of a stage before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageState {
    /// It has an artefact.
    Cached,
    /// It can run now: the artefacts of its inputs exist.
    Run,
    /// It needs stages that have to run first.
    Waiting,
    /// Another process is making it.
    Elsewhere,
}

impl StageState {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Run => "run",
            Self::Waiting => "waiting",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// The states of a plan's stages, given which have no artefact and a test for those that another process is making.
pub fn states(plan: &Plan, missing: &[bool], elsewhere: &dyn Fn(&StageRef) -> bool) -> Vec<StageState> {
    let lacks = |index: &usize| missing.get(*index).copied().unwrap_or(true);
    let state = |(index, stage): (usize, &camlab_graph::Stage)| match () {
        () if !lacks(&index) => StageState::Cached,
        () if elsewhere(&stage.place()) => StageState::Elsewhere,
        () if plan.stages.inputs(index).iter().any(lacks) => StageState::Waiting,
        () => StageState::Run,
    };
    plan.stages.iter().enumerate().map(state).collect()
}

/// The number of cells that need each stage.
pub fn cells_of_stages(plan: &Plan) -> Vec<usize> {
    let mut shown: Vec<Vec<&Shown>> = vec![Vec::new(); plan.cells.len()];
    for entry in &plan.shown {
        shown[entry.cell].push(entry);
    }
    let mut counts = vec![0; plan.stages.len()];
    // The last cell, counted from 1, that a stage was found to be needed by.
    let mut seen = vec![0; plan.stages.len()];
    for (cell, shown) in shown.into_iter().enumerate() {
        let of = |shown: &Shown| -> Vec<usize> {
            let others = shown.beside.values().chain(&shown.quantities).copied();
            std::iter::once(shown.stage).chain(others).collect()
        };
        let mut open: Vec<usize> = shown.into_iter().flat_map(of).collect();
        while let Some(stage) = open.pop() {
            if seen[stage] != cell + 1 {
                seen[stage] = cell + 1;
                counts[stage] += 1;
                open.extend(plan.stages.inputs(stage));
            }
        }
    }
    counts
}
