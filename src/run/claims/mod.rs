//! Tests of an experiment's claims on the rows of its cells.

mod judged;
mod paired;
mod row;

use camlab_config::{Claim, ClaimSide};
use camlab_frame::{ClaimRow, UNCHANGED};
use camlab_plan::claims::{DeclaredMap, pairs};
use camlab_plan::{AcrossClaim, Cell, Facts, Plan};

use super::artefacts::Artefacts;
use super::evaluations::EvaluatedMap;
use judged::{JudgedMap, Similarities};
use paired::{ClaimedMap, ClaimedMaps};
use row::{ClaimTest, correct, row};

/// Tests every claim under every configuration when the last evaluation of its cells, which follow each other, is added;
/// claims across configurations at the end.
pub(super) struct ClaimTests<'a> {
    plan: &'a Plan,
    similarities: Similarities<'a>,
    /// Index of the configuration whose evaluations are added.
    configuration: Option<usize>,
    judged: Vec<JudgedMap<'a>>,
    /// The maps that claims across configurations name, of all configurations.
    across: Vec<JudgedMap<'a>>,
    rows: Vec<ClaimTest>,
}

impl<'a> ClaimTests<'a> {
    /// No test yet.
    pub(super) fn new(artefacts: &Artefacts<'a>) -> Self {
        let similarities = Similarities::new(artefacts);
        Self {
            plan: artefacts.plan,
            similarities,
            configuration: None,
            judged: Vec::new(),
            across: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds an evaluation.
    ///
    /// # Errors
    /// An artefact that is missing or damaged.
    pub(super) fn add(
        &mut self,
        evaluated: &EvaluatedMap<'a>,
        artefacts: &Artefacts<'a>,
        facts: &Facts,
    ) -> anyhow::Result<()> {
        if self.configuration != Some(evaluated.cell.index) {
            self.test();
            self.configuration = Some(evaluated.cell.index);
        }
        if !evaluated.cell.experiment.claim.is_empty() {
            self.judged.push(JudgedMap::new(evaluated, artefacts, facts, &self.similarities)?);
        }
        Ok(())
    }

    /// One row per claim, configuration and pair of maps, p values corrected for their number.
    pub(super) fn finish(mut self) -> Vec<ClaimRow> {
        self.test();
        self.test_across();
        self.rows.sort_by_key(|test| test.order);
        correct(&mut self.rows);
        self.rows.into_iter().map(|test| test.row).collect()
    }

    /// Tests the claims of the configuration, and keeps what claims across configurations need of it.
    fn test(&mut self) {
        let judged = std::mem::take(&mut self.judged);
        let Some(cell) = judged.first().map(|judged| judged.cell) else { return };
        let all: Vec<&JudgedMap<'a>> = judged.iter().collect();
        let claims = cell.experiment.claim.iter().enumerate();
        for (place, claim) in claims.filter(|(_, claim)| !claim.chooses_configurations()) {
            self.rows.extend(tests(claim, (cell.index, place), [&all, &all], [cell, cell]));
        }
        let index = cell.index;
        let compares =
            |claim: &&AcrossClaim| claim.pairs.iter().any(|pair| pair.0 == index || pair.1 == index);
        let claims: Vec<&Claim> = cell.across.iter().filter(compares).map(|across| &across.claim).collect();
        if claims.is_empty() {
            return;
        }
        self.across.extend(judged.into_iter().filter_map(|mut judged| {
            let own: Vec<&Claim> = claims.iter().copied().filter(|claim| judged.is_named_by(claim)).collect();
            judged.keep(&own);
            // The names of other maps tell which of them a claim means.
            (!own.is_empty() || judged.contrast == UNCHANGED).then_some(judged)
        }));
    }

    fn test_across(&mut self) {
        let judged = std::mem::take(&mut self.across);
        let Some(first) = self.plan.cells.first() else { return };
        for AcrossClaim { place, claim, pairs } in first.across.iter() {
            for (better, than) in pairs {
                let cell = |index: usize| self.plan.cells.iter().find(|cell| cell.index == index);
                let Some((one, other)) = cell(*better).zip(cell(*than)) else { continue };
                let of = |index: usize| -> Vec<&JudgedMap<'a>> {
                    judged.iter().filter(|judged| judged.cell.index == index).collect()
                };
                let (own, others) = (of(*better), of(*than));
                self.rows.extend(tests(claim, (*better, *place), [&own, &others], [one, other]));
            }
        }
    }
}

/// Tests a claim on the maps of the configuration of `better` and of that of `than`.
fn tests(
    claim: &Claim,
    order: (usize, usize),
    judged: [&[&JudgedMap<'_>]; 2],
    cells: [&Cell; 2],
) -> Vec<ClaimTest> {
    let made = judged.map(|judged| {
        let plain = judged.iter().filter(|judged| judged.contrast == UNCHANGED);
        let mut all: Vec<DeclaredMap> = plain.map(|judged| judged.map.clone()).collect();
        all.sort();
        all.dedup();
        all
    });
    let configurations = cells.map(Cell::configuration);
    // Names were checked before the run; a missing pair belongs to a network that failed.
    let across = cells[0].index != cells[1].index;
    let pairs = pairs(claim, [&made[0], &made[1]], across).unwrap_or_default();
    if pairs.is_empty() {
        let unknown = |side: &ClaimSide| DeclaredMap {
            network: side.network.clone().unwrap_or_default(),
            method: side.method.clone(),
            layer: side.layer.clone().unwrap_or_else(|| "-".to_owned()),
        };
        let labels = [written(&claim.better), written(&claim.than)];
        let maps = [unknown(&claim.better), unknown(&claim.than)];
        let (row, found) = row(claim, configurations, labels, [&maps[0], &maps[1]], None);
        return vec![ClaimTest { order, row, found }];
    }
    let test = |(better, than): (DeclaredMap, DeclaredMap)| {
        let sides = ClaimedMaps {
            better: ClaimedMap::new(judged[0], &better, claim.better_contrast(), &than),
            than: ClaimedMap::new(judged[1], &than, claim.than_contrast(), &better),
        };
        let labels = [better.label(), than.label()];
        let (row, found) =
            row(claim, configurations.clone(), labels, [&better, &than], Some(sides.test(&claim.metric)));
        ClaimTest { order, row, found }
    };
    pairs.into_iter().map(test).collect()
}

/// A map's name as in the file.
fn written(side: &ClaimSide) -> String {
    match &side.network {
        Some(network) => format!("{} ({network})", side.method),
        None => side.method.clone(),
    }
}
