//! Maps that other programs have written.

use super::thresholds::{ChoosingImages, ChoosingMaps};
use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps, ShownMaps, maps};
use camlab_config::External;
use camlab_graph::{SharedText, StageInput};
use camlab_mapfile::ChannelChoice;
use camlab_stage::external::ExternalMaps;

impl Builder<'_> {
    /// Plans the external maps of a cell and their evaluations. `networks` are those of the cell by their names.
    pub(super) fn externals(
        &mut self,
        at: At<'_>,
        networks: &[(&str, NetworkOfCell)],
        choosing: &[ChoosingImages<'_>],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        for external in &at.cell.experiment.external {
            let network = external.network.as_ref();
            let network = network.and_then(|name| networks.iter().find(|(known, _)| known == name));
            let network = network.map(|(_, network)| network);
            let map = self.external(at, external, network)?;
            let mut elsewhere = Vec::new();
            for images in choosing {
                // Without files for the images that choose, the method has the evaluated images' own threshold alone.
                let found = self.facts.external(external, images.at.set).is_some_and(|facts| facts.found > 0);
                if found {
                    let maps = vec![self.external(images.at, external, network)?];
                    elsewhere.push(ChoosingMaps { images: *images, maps });
                }
            }
            self.evaluations(at, external.network_name(), &[map], &elsewhere, shown)?;
        }
        Ok(())
    }

    fn external(
        &mut self,
        at: At<'_>,
        external: &External,
        network: Option<&NetworkOfCell>,
    ) -> Result<PlannedMaps, String> {
        let experiment = &at.cell.experiment;
        let facts = self.facts.external(external, at.set).ok_or_else(|| {
            format!("the facts of the external maps `{}` were not collected", external.name)
        })?;
        let label = format!("{} · {}", external.network_name(), external.name);
        let mut wiring = Wiring::new(self.facts, at, label).dataset("images", at.set)?;
        let digest: SharedText = facts.digest.clone();
        wiring.inputs.push("files", StageInput::Content(digest.clone()));
        wiring.hints.files.insert(digest, facts.root.clone());
        if let Some(network) = network {
            let prediction = self.prediction(at, network, external.network_name())?;
            wiring = wiring.stage("predictions", self.stages.get(prediction));
        }
        let by_label = external.class == ChannelChoice::Label;
        let work = ExternalMaps {
            files: external.files(),
            pattern: external.names(),
            images: at.images.clone(),
            target: experiment.target.clone(),
            probabilities: experiment.class_probabilities(),
            labels: by_label || maps::reads_labels(experiment, &experiment.target),
        };
        let stage = self.add(&work, wiring);
        Ok(PlannedMaps {
            stage,
            method: external.name.clone(),
            layer: "-".to_owned(),
            passes: None,
            network: network.cloned(),
            keeps_range: external.keeps_range(),
            is_external: true,
        })
    }
}
