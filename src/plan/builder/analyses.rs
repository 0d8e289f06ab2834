use super::maps::{Wanted, joins, reads_labels};
use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps, ShownMaps};
use crate::plan::BASELINE;
use camlab_config::{Agreement, JoinScaling, MapOptions, Sanity, Target, names};
use camlab_frame::Names;
use camlab_parts::cam::CamSpec;
use camlab_stage::analyse::Analyse;
use camlab_stage::pairwise_divergence::PairwiseDivergence;
use camlab_stage::reference_agreement::ReferenceAgreement;
use camlab_stage::sanity::{Randomise, SanityMap};

/// Any number of classes: a backbone's layers do not depend on it.
const ANY_CLASSES: usize = 2;

impl<'a> Builder<'a> {
    /// Plans the classification from the class maps of a network, for every requested method.
    pub(super) fn analyse(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
        wanted: &[Wanted<'_>],
    ) -> Result<(), String> {
        let Some(asked) = &at.cell.experiment.prediction else { return Ok(()) };
        for method in &asked.methods {
            let plain = CamSpec::plain();
            if method == plain.name() {
                let graph = at.cell.experiment.graph(ANY_CLASSES).map_err(|error| error.to_string())?;
                let layer = graph.last_feature().ok_or(
                    "`cam` in prediction.methods needs global average pooling and a linear classifier; remove it, or \
                     write head = \"gap-linear\"",
                )?;
                let layers = vec![layer.to_owned()];
                let title = plain.name().to_owned();
                let look = MapOptions::default();
                self.analysis(at, network, name, &Wanted { method: &plain, layers, look, title })?;
            } else {
                for wanted in wanted.iter().filter(|wanted| names(method, &wanted.title)) {
                    self.analysis(at, network, name, wanted)?;
                }
            }
        }
        Ok(())
    }

    fn analysis(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
        wanted: &Wanted<'_>,
    ) -> Result<(), String> {
        let experiment = &at.cell.experiment;
        let Some(asked) = &experiment.prediction else { return Ok(()) };
        let Wanted { method, layers, look, title } = wanted;
        // The analysis chooses the target classes itself, and compares their maps as the method gives them.
        let normalise = JoinScaling::None;
        let look = MapOptions { target: Target::default(), normalise, ..look.clone() };
        let plain = **method == CamSpec::plain() && look == MapOptions { normalise, ..MapOptions::default() };
        let classes = asked.classes.count(self.architecture(experiment).classes)?;
        let work = Analyse {
            network: network.source.clone(),
            images: at.images.clone(),
            precision: self.facts.precision(experiment.precision),
            batch: experiment.data.batch,
            method: (*method).clone(),
            layers: layers.clone(),
            interpolation: joins(method, &look).then_some(experiment.evaluation.interpolation),
            look,
            thresholds: asked.thresholds.clone(),
            classes,
            sharpness: (!plain).then_some(asked.sharpness),
            resamples: experiment.evaluation.bootstrap,
            seed: at.cell.seed,
        };
        let layer = wanted.layer();
        let mut label = format!("{name} · {title} · {layer}");
        if !plain {
            label.push_str(&format!(" · {classes} classes"));
        }
        let wiring = self.pass_inputs(at, network, label)?;
        let stage = self.add(&work, wiring);
        let names = at.names().with("network", name).with("method", title.as_str());
        self.show(at, stage, names.with("layer", layer.as_str()));
        Ok(())
    }

    /// Plans the pairwise divergences between the maps of a network; none for a single map.
    pub(super) fn divergences(&mut self, at: At<'_>, name: &str, maps: &[PlannedMaps]) -> Result<(), String> {
        if maps.len() < 2 {
            return Ok(());
        }
        let wiring = Wiring::new(self.facts, at, name.to_owned());
        let mut wiring = wiring.dataset("images", at.set)?;
        for map in maps {
            wiring = wiring.stage("maps", self.stages.get(map.stage));
        }
        let interpolation = at.cell.experiment.evaluation.interpolation;
        let work = PairwiseDivergence { images: at.images.clone(), interpolation };
        let stage = self.add(&work, wiring);
        let part = |map: &PlannedMaps| {
            Names::default().with("method", map.method.as_str()).with("layer", map.layer.as_str())
        };
        self.show(at, stage, at.names().with("network", name)).parts = maps.iter().map(part).collect();
        Ok(())
    }

    /// Plans the comparisons of a cell, given the maps that it shows.
    pub(super) fn comparisons(&mut self, at: At<'_>, shown: &[ShownMaps]) -> Result<(), String> {
        for agreement in &at.cell.experiment.agreement {
            let mut known: Vec<(usize, String)> = Vec::new();
            for (reference, other) in pairs(agreement, shown) {
                // A baseline has no network; its counterpart has.
                let name = if reference.network == BASELINE { &other.network } else { &reference.network };
                let stage = self.agreement(at, reference, other)?;
                if known.contains(&(stage, name.clone())) {
                    continue;
                }
                known.push((stage, name.clone()));
                let names = at.names().with("network", name.as_str());
                let names = names.with("method", other.method.as_str()).with("layer", other.layer.as_str());
                let names = names.with("reference", reference.method.as_str());
                let names = names.with("reference_layer", reference.layer.as_str());
                let entry = self.show(at, stage, names);
                entry.beside.extend(other.stage.map(|maps| ("maps", maps)));
                entry.beside.extend(reference.stage.map(|maps| ("reference", maps)));
            }
        }
        let Some(sanity) = &at.cell.experiment.sanity else { return Ok(()) };
        let mut networks: Vec<&str> = shown.iter().map(|maps| maps.network.as_str()).collect();
        networks.dedup();
        for name in networks {
            let own: Vec<&ShownMaps> = shown.iter().filter(|maps| maps.network == name).collect();
            self.sanity(at, sanity, name, &own)?;
        }
        Ok(())
    }

    fn agreement(&mut self, at: At<'_>, reference: &ShownMaps, other: &ShownMaps) -> Result<usize, String> {
        let named = |maps: &ShownMaps| format!("{} · {} · {}", maps.network, maps.method, maps.layer);
        let label = format!("{} with {}", named(other), named(reference));
        let mut wiring = self.map_inputs(at, label, other.stage)?;
        if let Some(stage) = reference.stage {
            wiring = wiring.stage("reference", self.stages.get(stage));
        }
        let work = ReferenceAgreement {
            reference: reference.origin.clone(),
            maps: other.origin.clone(),
            images: at.images.clone(),
            interpolation: at.cell.experiment.evaluation.interpolation,
        };
        Ok(self.add(&work, wiring))
    }

    /// Plans the cascading randomisation of one network, if any of its requested maps is computed by passes.
    fn sanity(
        &mut self,
        at: At<'_>,
        sanity: &Sanity,
        name: &str,
        shown: &[&ShownMaps],
    ) -> Result<(), String> {
        let experiment = &at.cell.experiment;
        let checked = shown.iter().filter(|maps| sanity.checks(&maps.method));
        let checked: Vec<_> =
            checked.filter_map(|maps| Some((maps, maps.passes.as_ref()?, maps.planned.as_ref()?))).collect();
        let Some((_, first, network)) = checked.first() else { return Ok(()) };
        let maps = checked.iter().map(|(_, passes, _)| SanityMap {
            method: passes.method.clone(),
            version: passes.method.cam().map_or(0, |cam| cam.version()),
            layers: passes.layers.clone(),
            look: passes.look.clone(),
        });
        let work = Randomise {
            network: first.network.clone(),
            images: at.images.clone(),
            precision: first.precision,
            batch: experiment.data.batch,
            maps: maps.collect(),
            count: sanity.images,
            init: sanity.init.clone(),
            seed: sanity.seed,
            interpolation: experiment.evaluation.interpolation,
            labels: checked.iter().any(|(_, passes, _)| reads_labels(experiment, &passes.look.target)),
        };
        let wiring = self.pass_inputs(at, network, name.to_owned())?;
        let stage = self.add(&work, wiring);
        let part = |maps: &ShownMaps| {
            Names::default().with("method", maps.method.as_str()).with("layer", maps.layer.as_str())
        };
        let parts = checked.iter().map(|(maps, ..)| part(maps)).collect();
        self.show(at, stage, at.names().with("network", name)).parts = parts;
        Ok(())
    }
}

/// Every reference paired with every map that is compared with it: those of its network, and baselines.
fn pairs<'s>(agreement: &Agreement, shown: &'s [ShownMaps]) -> Vec<(&'s ShownMaps, &'s ShownMaps)> {
    let is_reference = |maps: &&ShownMaps| {
        maps.method == agreement.reference
            && agreement.layer.as_ref().is_none_or(|layer| *layer == maps.layer)
    };
    let mut pairs = Vec::new();
    for reference in shown.iter().filter(is_reference) {
        let others = shown.iter().filter(|other| {
            let baseline = other.network == BASELINE || reference.network == BASELINE;
            let own_layer = agreement.layer.is_some() || other.layer == reference.layer;
            !std::ptr::eq(*other, reference)
                && agreement.compares(&other.method)
                && (baseline || (other.network == reference.network && own_layer))
        });
        pairs.extend(others.map(|other| (reference, other)));
    }
    pairs
}
