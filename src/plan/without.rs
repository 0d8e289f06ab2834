//! Reduced plans: a plan without the stages downstream of networks that failed.

use super::stages::{
    EvaluationSource, EvaluationStage, MapOrigin, MapStage, PairwiseDivergenceStage, Plan,
    ReferenceAgreementStage, SanityStage, Stacked,
};

impl Plan {
    /// The plan without the stages that depend on some of the networks (indices into [`Plan::networks`], which is
    /// unchanged), or on networks fused from them.
    pub fn without(&self, networks: &[usize]) -> Self {
        let gone = self.fused_from(networks);
        let mut plan = Self {
            predictions: Vec::new(),
            maps: Vec::new(),
            evaluations: Vec::new(),
            agreements: Vec::new(),
            sanities: Vec::new(),
            analyses: Vec::new(),
            relations: Vec::new(),
            ..self.clone()
        };
        let predictions = keep(&self.predictions, |stage| {
            (!gone.contains(&stage.network)).then(|| {
                plan.predictions.push(stage.clone());
                plan.predictions.len() - 1
            })
        });
        let mut maps: Vec<Option<usize>> = Vec::with_capacity(self.maps.len());
        for stage in &self.maps {
            let origin = moved(&stage.origin, &gone, &predictions, &maps);
            maps.push(origin.as_ref().map(|_| plan.maps.len()));
            plan.maps.extend(origin.map(|origin| MapStage { origin, ..stage.clone() }));
        }
        let evaluations = keep(&self.evaluations, |stage| {
            let source = match &stage.source {
                EvaluationSource::Maps(map) => EvaluationSource::Maps(maps[*map]?),
                baseline => baseline.clone(),
            };
            let intuitive = stage.intuitive.and_then(|map| maps[map]);
            plan.evaluations.push(EvaluationStage { source, intuitive, ..stage.clone() });
            Some(plan.evaluations.len() - 1)
        });
        let agreements = keep(&self.agreements, |stage| {
            let (reference, other) = (evaluations[stage.reference]?, evaluations[stage.other]?);
            plan.agreements.push(ReferenceAgreementStage { reference, other, ..stage.clone() });
            Some(plan.agreements.len() - 1)
        });
        let sanities = keep(&self.sanities, |stage| {
            let maps = stage.maps.iter().map(|map| maps[*map]).collect::<Option<Vec<_>>>()?;
            plan.sanities.push(SanityStage { maps, ..stage.clone() });
            Some(plan.sanities.len() - 1)
        });
        let moved = |shown: &[(usize, String)], places: &[Option<usize>]| -> Vec<(usize, String)> {
            shown.iter().filter_map(|(stage, name)| Some((places[*stage]?, name.clone()))).collect()
        };
        for compared in &mut plan.compared {
            compared.agreements = moved(&compared.agreements, &agreements);
            compared.sanities = moved(&compared.sanities, &sanities);
        }
        let analyses = keep(&self.analyses, |stage| {
            (!gone.contains(&stage.passes.network)).then(|| {
                plan.analyses.push(stage.clone());
                plan.analyses.len() - 1
            })
        });
        for shown in &mut plan.analysed {
            shown.retain_mut(|shown| {
                let place = analyses[shown.analysis];
                shown.analysis = place.unwrap_or_default();
                place.is_some()
            });
        }
        let relations = keep(&self.relations, |stage| {
            let maps = stage.maps.iter().map(|map| maps[*map]).collect::<Option<Vec<usize>>>()?;
            plan.relations.push(PairwiseDivergenceStage { maps, ..stage.clone() });
            Some(plan.relations.len() - 1)
        });
        for shown in &mut plan.related {
            shown.retain_mut(|(relation, _)| {
                let place = relations[*relation];
                *relation = place.unwrap_or_default();
                place.is_some()
            });
        }
        for uses in &mut plan.uses {
            uses.retain_mut(|used| {
                let place = evaluations[used.evaluation];
                used.evaluation = place.unwrap_or_default();
                used.prediction = used.prediction.and_then(|scores| predictions[scores]);
                place.is_some()
            });
        }
        plan
    }

    /// The given networks and all networks fused from them, directly or indirectly; ascending.
    pub fn fused_from(&self, networks: &[usize]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (index, stage) in self.networks.iter().enumerate() {
            // Members come before the networks fused from them.
            if networks.contains(&index) || stage.members().iter().any(|member| found.contains(member)) {
                found.push(index);
            }
        }
        found
    }
}

/// The new index of every stage; `None` for a dropped one.
fn keep<S>(stages: &[S], place: impl FnMut(&S) -> Option<usize>) -> Vec<Option<usize>> {
    stages.iter().map(place).collect()
}

/// The origin of maps with the new indices of its inputs; `None` if an input was dropped.
fn moved(
    origin: &MapOrigin,
    gone: &[usize],
    predictions: &[Option<usize>],
    maps: &[Option<usize>],
) -> Option<MapOrigin> {
    let all = |old: &[usize], new: &[Option<usize>]| -> Option<Vec<usize>> {
        old.iter().map(|index| new[*index]).collect()
    };
    let restacked = |stacked: &Stacked| -> Option<Stacked> {
        let maps = (!gone.contains(&stacked.network)).then(|| all(&stacked.maps, maps))??;
        Some(Stacked { maps, ..stacked.clone() })
    };
    match origin {
        MapOrigin::Passes(passes) if gone.contains(&passes.network) => None,
        MapOrigin::Passes(passes) => Some(MapOrigin::Passes(passes.clone())),
        MapOrigin::Polynomial { stacked, predictions: scores } => Some(MapOrigin::Polynomial {
            stacked: restacked(stacked)?,
            predictions: match scores {
                Some(scores) => Some(predictions[*scores]?),
                None => None,
            },
        }),
        MapOrigin::Chain { stacked, polynomial, cluster } => Some(MapOrigin::Chain {
            stacked: restacked(stacked)?,
            polynomial: maps[*polynomial]?,
            cluster: cluster.clone(),
        }),
        MapOrigin::Ensemble { fusion, maps: members, predictions: scores } => Some(MapOrigin::Ensemble {
            fusion: *fusion,
            maps: all(members, maps)?,
            predictions: all(scores, predictions)?,
        }),
    }
}
