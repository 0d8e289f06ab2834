use serde_json::{Value, json};

use super::maps::Wanted;
use super::{At, Builder};
use crate::stages::{ClusterStage, MapOrigin, Stacked};
use crate::{StageKey, StageSpec};
use camlab_config::{Chain, MapOptions};
use camlab_parts::polynomial::ChainSource;

/// Incremented when class maps of stacks change.
const POLYNOMIAL_VERSION: u32 = 1;
/// Incremented when clusters change.
const CLUSTER_VERSION: u32 = 1;
/// Incremented when merged maps change.
const CHAIN_VERSION: u32 = 1;

impl Builder<'_> {
    /// Plans the maps of every chain with one network: the class maps of the stacks and the merged maps.
    pub(super) fn chains(&mut self, at: At<'_>, network: usize, name: &str) -> Vec<usize> {
        let chains = at.cell.experiment.chain.iter().enumerate();
        let both = chains.map(|(index, chain)| {
            let stacked = self.stacked(at, network, name, index, chain);
            let polynomial = self.polynomial(at, name, chain, stacked.clone());
            [polynomial, self.merged(at, name, chain, stacked, polynomial)]
        });
        both.collect::<Vec<_>>().concat()
    }

    fn stacked(&mut self, at: At<'_>, network: usize, name: &str, index: usize, chain: &Chain) -> Stacked {
        let mut maps = Vec::new();
        for method in chain.source.methods() {
            for layer in &chain.layers {
                let target = &at.cell.experiment.target;
                let look = MapOptions { target: target.clone(), ..MapOptions::default() };
                let title = look.title(method, target);
                let wanted = Wanted { method, layers: vec![layer.clone()], look, title };
                maps.push(self.passes(at, network, name, &wanted));
            }
        }
        let precision = self.facts.precision(at.cell.experiment.precision);
        Stacked { chain: index, network, maps, precision }
    }

    /// Parameters and inputs of a stack.
    fn stack_material(&self, at: At<'_>, chain: &Chain, stacked: &Stacked) -> (Value, Value) {
        let mut params = json!({ "polynomial": chain.polynomial });
        let inputs = match &chain.source {
            ChainSource::Cams(_) => {
                let keys: Vec<&StageKey> = stacked.maps.iter().map(|map| &self.plan.maps[*map].key).collect();
                json!({ "maps": keys })
            }
            ChainSource::Features(_) => {
                params["layers"] = json!(chain.layers);
                params["precision"] = json!(stacked.precision);
                json!({ "network": self.plan.networks[stacked.network].key, "images": at.images })
            }
        };
        (params, inputs)
    }

    fn polynomial(&mut self, at: At<'_>, name: &str, chain: &Chain, stacked: Stacked) -> usize {
        let (mut params, mut inputs) = self.stack_material(at, chain, &stacked);
        params["coefficients"] = json!(chain.coefficients);
        let mut predictions = None;
        match &chain.source {
            // Activations have no target class yet, and their pass also computes the logits.
            ChainSource::Features(_) => params["target"] = json!(at.cell.experiment.target),
            ChainSource::Cams(_) if chain.coefficients.ridge().is_some() => {
                let scores = self.prediction(at, stacked.network, name);
                inputs["predictions"] = json!(self.plan.predictions[scores].key);
                predictions = Some(scores);
            }
            ChainSource::Cams(_) => {}
        }
        let (method, layer) = (chain.polynomial_name(), chain.layers.join("+"));
        let spec = StageSpec {
            stage: "map".into(),
            label: format!("{name} · {method} · {layer}"),
            version: POLYNOMIAL_VERSION,
            params,
            inputs,
        };
        self.maps(at, spec, (method, layer), MapOrigin::Polynomial { stacked, predictions })
    }

    fn merged(
        &mut self,
        at: At<'_>,
        name: &str,
        chain: &Chain,
        stacked: Stacked,
        polynomial: usize,
    ) -> usize {
        let cluster = self.cluster(at, name, chain, &stacked, polynomial);
        let layer = chain.layers.join("+");
        let spec = StageSpec {
            stage: "map".into(),
            label: format!("{name} · {} · {layer}", chain.name),
            version: CHAIN_VERSION,
            params: json!({
                "merge": chain.merge.numbers(),
                "sub-maps": chain.cluster.sub_maps(),
                "precision": stacked.precision,
            }),
            inputs: json!({
                "polynomial": self.plan.maps[polynomial].key,
                "cluster": cluster.key,
                "network": self.plan.networks[stacked.network].key,
                "images": at.images,
            }),
        };
        let origin = MapOrigin::Chain { stacked, polynomial, cluster };
        self.maps(at, spec, (chain.name.clone(), layer), origin)
    }

    fn cluster(
        &self,
        at: At<'_>,
        name: &str,
        chain: &Chain,
        stacked: &Stacked,
        polynomial: usize,
    ) -> ClusterStage {
        let (mut params, mut inputs) = self.stack_material(at, chain, stacked);
        params["cluster"] = json!(chain.cluster.numbers());
        // Both name the random streams.
        (params["name"], params["seed"]) = (json!(chain.name), json!(at.cell.seed));
        if chain.cluster.labelled().is_some() {
            inputs["polynomial"] = json!(self.plan.maps[polynomial].key);
        }
        let spec = StageSpec {
            stage: "cluster".into(),
            label: format!("{name} · {}", chain.name),
            version: CLUSTER_VERSION,
            params,
            inputs,
        };
        ClusterStage { key: spec.key(), spec }
    }
}
