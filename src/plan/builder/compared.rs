use serde_json::json;

use super::{At, Builder};
use crate::stages::{BASELINE, Compared, EvaluationSource, ReferenceAgreementStage, SanityStage, Use};
use crate::{StageKey, StageSpec};
use camlab_config::{Agreement, Sanity};

/// Incremented when comparisons with reference maps give other numbers.
const AGREE_VERSION: u32 = 1;
/// Incremented when cascading randomisation gives other numbers.
const SANITY_VERSION: u32 = 1;

impl Builder<'_> {
    /// Plans the comparisons of a cell, given the evaluations that it shows.
    pub(super) fn compared(&mut self, at: At<'_>, uses: &[Use]) -> Compared {
        let experiment = &at.cell.experiment;
        let mut compared = Compared::default();
        for agreement in &experiment.agreement {
            for (reference, other) in self.pairs(agreement, uses) {
                let stage = self.agreement(at, reference.evaluation, other.evaluation);
                // A baseline has no network; its counterpart has.
                let name = if reference.network == BASELINE { &other.network } else { &reference.network };
                let shown = (stage, name.clone());
                if !compared.agreements.contains(&shown) {
                    compared.agreements.push(shown);
                }
            }
        }
        if let Some(sanity) = &experiment.sanity {
            let mut names: Vec<&str> = uses.iter().map(|used| used.network.as_str()).collect();
            names.dedup();
            for name in names {
                let own = uses.iter().filter(|used| used.network == name);
                compared.sanities.extend(self.sanity(at, sanity, own).map(|stage| (stage, name.to_owned())));
            }
        }
        compared
    }

    /// Every reference paired with every map that is compared with it: those of its network, and baselines.
    fn pairs<'u>(&self, agreement: &Agreement, uses: &'u [Use]) -> Vec<(&'u Use, &'u Use)> {
        let stage = |used: &Use| &self.plan.evaluations[used.evaluation];
        let is_reference = |used: &&Use| {
            stage(used).contrast.is_none()
                && stage(used).method == agreement.reference
                && agreement.layer.as_ref().is_none_or(|layer| *layer == stage(used).layer)
        };
        let mut pairs = Vec::new();
        for reference in uses.iter().filter(is_reference) {
            let others = uses.iter().filter(|other| {
                let baseline = other.network == BASELINE || reference.network == BASELINE;
                let own_layer = agreement.layer.is_some() || stage(other).layer == stage(reference).layer;
                other.evaluation != reference.evaluation
                    && stage(other).contrast.is_none()
                    && agreement.compares(&stage(other).method)
                    && (baseline || (other.network == reference.network && own_layer))
            });
            pairs.extend(others.map(|other| (reference, other)));
        }
        pairs
    }

    fn agreement(&mut self, at: At<'_>, reference: usize, other: usize) -> usize {
        let [first, second] = [reference, other].map(|stage| &self.plan.evaluations[stage]);
        let spec = StageSpec {
            stage: "reference-agreement".into(),
            label: format!("{} with {}", second.spec.label, first.spec.label),
            version: AGREE_VERSION,
            params: json!({ "interpolation": at.cell.experiment.evaluation.interpolation }),
            inputs: json!({ "reference": first.spec.inputs, "other": second.spec.inputs }),
        };
        self.add(spec, |plan, key, spec| {
            plan.agreements.push(ReferenceAgreementStage { key, spec, cell: at.index, reference, other });
            plan.agreements.len() - 1
        })
    }

    /// Plans the cascading randomisation of one network; `None` if none of its requested maps is computed by passes.
    fn sanity<'u>(
        &mut self,
        at: At<'_>,
        sanity: &Sanity,
        uses: impl Iterator<Item = &'u Use>,
    ) -> Option<usize> {
        let mut found: Option<(usize, Vec<usize>)> = None;
        let mut name = String::new();
        for used in uses {
            let evaluation = &self.plan.evaluations[used.evaluation];
            let EvaluationSource::Maps(map) = evaluation.source else { continue };
            if !evaluation.contrast.is_none() {
                continue;
            }
            let stage = &self.plan.maps[map];
            let Some(passes) = stage.passes().filter(|_| sanity.checks(&stage.method)) else { continue };
            let (_, maps) = found.get_or_insert((passes.network, Vec::new()));
            maps.push(map);
            name.clone_from(&used.network);
        }
        let (network, maps) = found?;
        let keys: Vec<&StageKey> = maps.iter().map(|map| &self.plan.maps[*map].key).collect();
        let Sanity { images, init, seed, methods: _ } = sanity;
        let spec = StageSpec {
            stage: "sanity".into(),
            label: name,
            version: SANITY_VERSION,
            params: json!({
                "images": images,
                "init": init,
                "seed": seed,
                "interpolation": at.cell.experiment.evaluation.interpolation,
            }),
            inputs: json!({ "maps": keys }),
        };
        let sanity = sanity.clone();
        Some(self.add(spec, |plan, key, spec| {
            plan.sanities.push(SanityStage { key, spec, cell: at.index, network, maps, sanity });
            plan.sanities.len() - 1
        }))
    }
}
