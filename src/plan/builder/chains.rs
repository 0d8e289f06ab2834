use super::maps::Wanted;
use super::wiring::{NetworkOfCell, WeightsFrom, Wiring};
use super::{At, Builder, PlannedMaps};
use camlab_base::random::derive;
use camlab_config::{Chain, MapOptions};
use camlab_data::DatasetSpec;
use camlab_stage::TestImages;
use camlab_stage::chain::agreement::ClusterTruth;
use camlab_stage::chain::cluster::Cluster;
use camlab_stage::chain::merge::MergedMaps;
use camlab_stage::chain::polynomial::PolynomialMaps;
use camlab_stage::chain::stacks::{LABELLED, StackedActivations, StackedChannels};

/// A chain with one network: its channels and the maps that they are, if they are maps.
#[derive(Clone)]
struct Planned<'a> {
    chain: &'a Chain,
    network: &'a NetworkOfCell,
    name: &'a str,
    channels: StackedChannels,
    maps: Vec<usize>,
}

impl<'a> Builder<'a> {
    /// Plans the maps of every chain with one network: the class maps of the stacks and the merged maps.
    pub(super) fn chains(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
    ) -> Result<Vec<PlannedMaps>, String> {
        let mut all = Vec::new();
        for chain in &at.cell.experiment.chain {
            let (channels, maps) = self.channels(at, network, name, chain)?;
            let planned = Planned { chain, network, name, channels, maps };
            let layer = chain.layers.join("+");
            let polynomial = self.polynomial(at, &planned)?;
            let method = chain.polynomial_name();
            let network = Some(network.clone());
            all.push(PlannedMaps {
                stage: polynomial,
                method,
                layer: layer.clone(),
                passes: None,
                network: network.clone(),
                keeps_range: false,
                is_external: false,
            });
            let merged = self.merged(at, &planned, polynomial)?;
            let method = chain.name.clone();
            all.push(PlannedMaps {
                stage: merged,
                method,
                layer,
                passes: None,
                network,
                keeps_range: false,
                is_external: false,
            });
        }
        Ok(all)
    }

    fn channels(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
        chain: &Chain,
    ) -> Result<(StackedChannels, Vec<usize>), String> {
        let experiment = &at.cell.experiment;
        let mut maps = Vec::new();
        for method in chain.source.methods() {
            for layer in &chain.layers {
                let look = MapOptions { target: at.target(), ..MapOptions::default() };
                let title = look.title(method, &look.target);
                let wanted = Wanted { method, layers: vec![layer.clone()], look, title };
                maps.push(self.passes(at, network, name, &wanted)?.stage);
            }
        }
        let activations = chain.source.cams().is_none().then(|| StackedActivations {
            network: network.source.clone(),
            layers: chain.layers.clone(),
            precision: self.facts.precision(experiment.precision),
        });
        let (images, batch) = (at.images.clone(), experiment.data.batch);
        let polynomial = chain.polynomial.clone();
        Ok((StackedChannels { images, batch, polynomial, activations }, maps))
    }

    /// Inputs of the stack's channels.
    fn stacking(&self, at: At<'_>, planned: &Planned<'_>, label: String) -> Result<Wiring<'a>, String> {
        let wiring = Wiring::new(self.facts, at, label);
        let mut wiring = wiring.dataset("images", at.set)?;
        for map in &planned.maps {
            wiring = wiring.stage("stacked", self.stages.get(*map));
        }
        Ok(match planned.channels.activations {
            Some(_) => wiring.network("network", planned.network, &self.stages),
            None => wiring,
        })
    }

    fn polynomial(&mut self, at: At<'_>, planned: &Planned<'_>) -> Result<usize, String> {
        let Planned { chain, network, name, channels, .. } = planned;
        // Activations have no target class yet, and their pass also computes the logits.
        let activations = channels.activations.is_some();
        let fitted = !activations && chain.coefficients.ridge().is_some();
        let predictions = if fitted { Some(self.prediction(at, network, name)?) } else { None };
        let label = format!("{name} · {} · {}", chain.polynomial_name(), chain.layers.join("+"));
        let mut wiring = self.stacking(at, planned, label)?;
        if let Some(predictions) = predictions {
            wiring = wiring.stage("predictions", self.stages.get(predictions));
        }
        let target = at.target();
        let work = PolynomialMaps {
            channels: channels.clone(),
            coefficients: chain.coefficients.clone(),
            labels: activations && at.reads_labels(&target),
            target: activations.then_some(target),
        };
        Ok(self.add(&work, wiring))
    }

    fn merged(&mut self, at: At<'_>, planned: &Planned<'_>, polynomial: usize) -> Result<usize, String> {
        let Planned { chain, network, name, channels, .. } = planned;
        let experiment = &at.cell.experiment;
        let mut wiring = self.stacking(at, planned, format!("{name} · {}", chain.name))?;
        let mut labelled = None;
        if let Some(options) = chain.cluster.labelled() {
            let key = options.split.key();
            let set = experiment.data.labelled(options).ok_or_else(|| format!("`{key}` is missing"))?;
            // Validation images may give labels to the clustering by which they choose thresholds.
            if at.shows && matches!(&set, DatasetSpec::ClassSample(sample) if *sample.of == *at.set) {
                let name = chain.cluster.name();
                return Err(format!(
                    "`{name}` of chain `{}` reads labels of images of `{key}`, which are evaluated here; take them from \
                     another split with labelled.split",
                    chain.name
                ));
            }
            // Every class has labelled images, and each of them has pixels that stand for it.
            let drawn_from = match &set {
                DatasetSpec::ClassSample(sample) => &*sample.of,
                other => other,
            };
            let classes = self.facts.dataset(drawn_from).map_or(0, |facts| facts.classes.len());
            let labels = classes + usize::from(options.background > 0.0);
            if let Some(k) = chain.cluster.k().filter(|k| *k < labels && options.object > 0.0) {
                let (name, background) =
                    (chain.cluster.name(), if labels > classes { " and the background" } else { "" });
                return Err(format!(
                    "`{name}` of chain `{}` starts with a cluster for each of {classes} classes{background}, and has k = {k}; \
                     write k = {labels} or more",
                    chain.name
                ));
            }
            let images = TestImages { sample: None, range: None, drawn: None, ..at.images.clone() };
            let own = At {
                images: &images,
                set: &set,
                split: "labelled images",
                shows: false,
                labelled: true,
                ..at
            };
            let (channels, maps) = self.channels(own, network, name, chain)?;
            let planned = Planned { channels, maps, ..planned.clone() };
            let maps = self.polynomial(own, &planned)?;
            wiring = wiring.dataset(LABELLED.images, &set)?;
            for map in &planned.maps {
                wiring = wiring.stage(LABELLED.stacked, self.stages.get(*map));
            }
            wiring = wiring.stage("labelled-maps", self.stages.get(maps));
            labelled = Some(images);
        }
        let work = Cluster {
            channels: channels.clone(),
            cluster: chain.cluster.clone(),
            memory: chain.memory,
            seed: derive(at.cell.seed, &format!("chain/{}", chain.stream.as_deref().unwrap_or_default())),
            labelled,
        };
        let clusters = self.add(&work, wiring);
        let names = at.names().with("network", *name).with("chain", chain.name.as_str());
        let label = format!("{name} · {} · {}", chain.name, chain.layers.join("+"));
        let wiring = self.stacking(at, planned, label.clone())?;
        let mut wiring =
            wiring.stage("maps", self.stages.get(polynomial)).stage("clusters", self.stages.get(clusters));
        if !matches!(network.weights, WeightsFrom::Nothing) && !wiring.inputs.contains("network") {
            wiring = wiring.network("network", network, &self.stages);
        }
        let work = MergedMaps {
            channels: channels.clone(),
            network: network.source.clone(),
            precision: self.facts.precision(experiment.precision),
            sub_maps: chain.cluster.sub_maps().clone(),
            merge: chain.merge.clone(),
        };
        let merged = self.add(&work, wiring);
        if !at.shows {
            return Ok(merged);
        }
        let wiring = Wiring::new(self.facts, at, label).dataset("images", at.set)?;
        let wiring = wiring.stage("merged", self.stages.get(merged));
        let truth = self.add(&ClusterTruth {}, wiring);
        self.show(at, clusters, names.clone()).beside.insert("truth", truth);
        self.show(at, merged, names);
        Ok(merged)
    }
}
