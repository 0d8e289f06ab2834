//! Similarity of maps to the reference map of their network (`evaluation.intuitive`).

use super::{At, Builder, ShownMaps};
use crate::plan::BASELINE;
use camlab_config::names;
use camlab_stage::intuitive::IntuitiveSimilarity;
use camlab_stage::prepare::Preparation;

impl Builder<'_> {
    /// Plans the comparison of every map with the reference map of its network, under every contrast; a baseline is
    /// compared with the reference map of every network.
    pub(super) fn similarities(&mut self, at: At<'_>, shown: &[ShownMaps]) -> Result<(), String> {
        let Some(wanted) = &at.cell.experiment.evaluation.intuitive else { return Ok(()) };
        let mut networks: Vec<&str> = Vec::new();
        for maps in shown.iter().filter(|maps| maps.network != BASELINE) {
            if !networks.contains(&maps.network.as_str()) {
                networks.push(&maps.network);
            }
        }
        for network in networks {
            let own = || shown.iter().filter(|maps| maps.network == network);
            let at_layer = |maps: &&ShownMaps| wanted.layer.as_ref().is_none_or(|layer| *layer == maps.layer);
            let found = |by: &dyn Fn(&ShownMaps) -> bool| own().filter(at_layer).find(|maps| by(maps));
            // A full title, or else the name of the only variant of a method.
            let reference = found(&|maps| maps.method == wanted.method)
                .or_else(|| found(&|maps| names(&wanted.method, &maps.method)));
            let Some(reference) = reference else { continue };
            for maps in own().chain(shown.iter().filter(|maps| maps.network == BASELINE)) {
                self.similarity(at, network, maps, reference)?;
            }
        }
        Ok(())
    }

    fn similarity(
        &mut self,
        at: At<'_>,
        network: &str,
        maps: &ShownMaps,
        reference: &ShownMaps,
    ) -> Result<(), String> {
        let Some(reference_stage) = reference.stage else { return Ok(()) };
        let evaluation = &at.cell.experiment.evaluation;
        let ShownMaps { method, layer, origin, stage, keeps_range, .. } = maps;
        for contrast in evaluation.contrasts() {
            let label = format!("{network} · {method} · {layer} with {}", reference.method);
            let wiring = self.map_inputs(at, label, *stage)?;
            let wiring = wiring.stage("reference", self.stages.get(reference_stage));
            let preparation =
                Preparation::new(evaluation.interpolation, &contrast).keeping_range(*keeps_range);
            let (maps, images) = (origin.clone(), at.images.clone());
            let stage = self.add(&IntuitiveSimilarity { maps, images, preparation }, wiring);
            let names = at.names().with("network", network).with("method", method.as_str());
            let names = names.with("layer", layer.as_str()).with("contrast", contrast.label().as_str());
            self.show(at, stage, names.with("reference", reference.method.as_str()));
        }
        Ok(())
    }
}
