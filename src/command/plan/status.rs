use std::collections::HashSet;

use camlab::config::Document;
use camlab::graph::{Stage, StageRef};
use camlab::plan::{Facts, Plan};
use camlab::run::why::{Reason, StageState, cells_of_stages, effort, estimates, reasons, states};
use camlab::stage::Kind;
use camlab::store::{Durations, Estimate, Likeness, Store};
use rayon::prelude::*;
use serde::Serialize;

/// Everything that is shown of a plan's stages, by their indices.
pub struct PlanStatus {
    /// Indices of the stages, inputs first, in the order of their kinds.
    pub order: Vec<usize>,
    /// The state of each stage.
    pub states: Vec<StageState>,
    /// The reason why each stage has to run; `None` for cached ones.
    pub reasons: Vec<Option<Reason>>,
    /// The expected time of each stage that has to run, where it is known.
    pub estimates: Vec<Option<Estimate>>,
    /// The number of cells that need each stage.
    pub cells: Vec<usize>,
    /// Forward passes of changed images of each stage that has to run; `None` for stages that are not made of these.
    pub passes: Vec<Option<u64>>,
}

/// Numbers of stages by state, and the expected time of those that have to run.
#[derive(Debug, Default, Serialize)]
pub struct PlanTotals {
    /// All stages.
    pub stages: usize,
    /// Those with an artefact.
    pub cached: usize,
    /// Those that can run now.
    pub run: usize,
    /// Those that need others first.
    pub waiting: usize,
    /// Those that another process is making.
    pub elsewhere: usize,
    /// Sum of the expected times, seconds, of the stages for which there is one.
    pub seconds: f64,
    /// Stages whose time is expected from stages of the same size.
    pub measured: usize,
    /// Stages whose time is expected from others of their kind.
    pub by_kind: usize,
    /// Stages for which no time is known.
    pub unknown: usize,
    /// Forward passes of changed images, for faithfulness metrics.
    pub passes: u64,
}

impl PlanStatus {
    /// The status of a plan, given the document that it was read from.
    pub fn of(plan: &Plan, document: &Document, facts: &Facts, store: &Store) -> Self {
        let places: Vec<_> = plan.stages.iter().map(Stage::place).collect();
        let missing: Vec<bool> = places.par_iter().map(|place| !store.holds(place)).collect();
        drop(places);
        let locked: HashSet<StageRef> = store.locked().into_iter().map(|(stage, _)| stage).collect();
        let states = states(plan, &missing, &|place| locked.contains(place));
        let estimates = estimates(plan, facts, &Durations::of(store), &|index| missing[index]);
        Self {
            order: plan.stages.ordered(Kind::rank),
            states,
            // Only if a stage has to run: this reads every recorded stage of its kind.
            reasons: reasons(plan, document, store, &missing),
            estimates,
            cells: cells_of_stages(plan),
            passes: plan
                .stages
                .iter()
                .zip(&missing)
                .map(|(stage, missing)| if *missing { effort(stage, facts).passes } else { None })
                .collect(),
        }
    }

    /// Numbers of stages and the expected time.
    pub fn totals(&self) -> PlanTotals {
        let mut totals = PlanTotals {
            stages: self.states.len(),
            passes: self.passes.iter().flatten().sum(),
            ..PlanTotals::default()
        };
        for (state, estimate) in self.states.iter().zip(&self.estimates) {
            match state {
                StageState::Cached => totals.cached += 1,
                StageState::Run => totals.run += 1,
                StageState::Waiting => totals.waiting += 1,
                StageState::Elsewhere => totals.elsewhere += 1,
            }
            match estimate {
                Some(Estimate { seconds, likeness, .. }) => {
                    totals.seconds += seconds;
                    match likeness {
                        Likeness::Kind => totals.by_kind += 1,
                        _ => totals.measured += 1,
                    }
                }
                None if *state != StageState::Cached => totals.unknown += 1,
                None => {}
            }
        }
        totals
    }
}
