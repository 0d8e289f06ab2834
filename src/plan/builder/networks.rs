use super::wiring::{NetworkOfCell, WeightsFrom, Wiring, known};
use super::{At, Builder, test_images};
use crate::Cell;
use camlab_base::random::derive;
use camlab_config::{Experiment, Fusion, Init};
use camlab_frame::Names;
use camlab_nn::train::LossSpec;
use camlab_parts::init::{InitSpec, ReferredNetwork};
use camlab_parts::training::TrainingSpec;
use camlab_stage::fuse::{Fuse, FusionImages, Student, member_role};
use camlab_stage::network::{Architecture, InitialWeights, NetworkSource};
use camlab_stage::train::{Train, VALIDATION};
use camlab_stage::training_set::TrainingSet;

impl<'a> Builder<'a> {
    /// The network of an `[[init]]`.
    pub(super) fn init(&mut self, at: At<'_>, init: usize) -> Result<NetworkOfCell, String> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.init[init];
        let architecture = self.architecture(experiment);
        let stream = Init::stream_of(&experiment.init, init);
        let initial = initial(&spec.scheme, at.cell.seed, &stream);
        let weights = self.weights(at, &spec.scheme)?;
        let Some(training) = experiment.training.as_ref().filter(|_| spec.train.unwrap_or(true)) else {
            // The other experiment's network as it is: its maps are those that a run of that experiment makes.
            let as_it_is = matches!(weights, WeightsFrom::Stage(_)) && spec.scheme.is_as_stored();
            let initial = (!as_it_is).then_some(initial);
            return Ok(NetworkOfCell { source: NetworkSource { architecture, weights: initial }, weights });
        };
        let training = &spec.training(training);
        let train = experiment.data.train.as_ref().ok_or("`data.train` is missing")?;
        self.same_classes(experiment)?;
        let mut wiring = Wiring::new(self.facts, at, spec.name.clone()).dataset("data", train)?;
        wiring = wiring.weights("checkpoint", &weights, &self.stages);
        wiring = validated(wiring, experiment, training)?;
        let whole = Train {
            architecture: architecture.clone(),
            initial,
            training: training.clone(),
            images: training_set(at).of_stages(training),
            seed: derive(at.cell.seed, &format!("train/{stream}")),
            pause: None,
        };
        let rung = at.cell.rung.as_ref();
        let paused = |epochs: usize| Train {
            pause: Some(epochs).filter(|epochs| *epochs < training.all_epochs()),
            ..whole.clone()
        };
        for epochs in rung.map_or(&[][..], |rung| &rung.earlier) {
            wiring.hints.continues.push(self.place(&paused(*epochs), &wiring));
        }
        let work = rung.and_then(|rung| rung.epochs).map_or_else(|| whole.clone(), paused);
        let stage = self.add(&work, wiring);
        self.show_network(at, stage, &spec.name, Vec::new());
        let source = NetworkSource { architecture, weights: None };
        Ok(NetworkOfCell { source, weights: WeightsFrom::Stage(stage) })
    }

    /// The network of a `[[fusion]]`; `members` with their names.
    pub(super) fn fusion(
        &mut self,
        at: At<'_>,
        fusion: usize,
        members: &[(&str, NetworkOfCell)],
    ) -> Result<NetworkOfCell, String> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.fusion[fusion];
        let stream = Fusion::stream_of(&experiment.fusion, fusion);
        let architecture = self.architecture(experiment);
        let mut wiring = Wiring::new(self.facts, at, spec.name.clone());
        for (index, (_, member)) in members.iter().enumerate() {
            wiring = wiring.network(member_role(index), member, &self.stages);
        }
        let training = experiment.training.as_ref();
        let mut images = None;
        if let Some(train) = &experiment.data.train {
            wiring = wiring.dataset("data", train)?;
            if let Some(val) = experiment.data.validation() {
                wiring = wiring.dataset(VALIDATION, val)?;
            }
            let validation = training.and_then(|training| training.validation.as_ref());
            images = Some(FusionImages {
                set: training_set(at),
                batch: experiment.data.batch,
                held_out: validation.and_then(|validation| validation.fraction),
                loss: training.map_or_else(LossSpec::default, |training| training.loss.clone()),
            });
        }
        let mut student = None;
        if let Some(options) = spec.method.distillation() {
            let training: &TrainingSpec = training.ok_or("[training] is missing")?;
            self.same_classes(experiment)?;
            let weights = self.weights(at, &options.student)?;
            wiring = wiring.weights("checkpoint", &weights, &self.stages);
            student = Some(Student {
                initial: initial(&options.student, at.cell.seed, &stream),
                training: options.training(training),
                seed: derive(at.cell.seed, &format!("train/{stream}")),
            });
        }
        let sources = members.iter().map(|(_, member)| member.source.clone()).collect();
        let seed = derive(at.cell.seed, &format!("fuse/{stream}"));
        let layers = architecture.clone();
        let method = spec.method.without_student();
        let work = Fuse { method, architecture: layers, members: sources, seed, images, student };
        let stage = self.add(&work, wiring);
        let names = members.iter().map(|(name, _)| Names::default().with("network", *name)).collect();
        self.show_network(at, stage, &spec.name, names);
        let source = NetworkSource { architecture, weights: None };
        Ok(NetworkOfCell { source, weights: WeightsFrom::Stage(stage) })
    }

    fn show_network(&mut self, at: At<'_>, stage: usize, name: &str, parts: Vec<Names>) {
        if !at.shows {
            return;
        }
        let names = at.names().with("network", name).with("fusion", name);
        self.show(at, stage, names).parts = parts.into();
    }

    pub(super) fn architecture(&self, experiment: &Experiment) -> Architecture {
        let classes = self.facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
        let known =
            experiment.backbone.file().and_then(|(file, _)| self.facts.checkpoints.get(file.as_str()));
        let backbone = experiment.backbone.clone();
        Architecture {
            backbone: match known {
                Some(known) => backbone.with_sha256(&known.sha256),
                None => backbone,
            },
            head: experiment.head.clone(),
            classes,
            probabilities: experiment.class_probabilities(),
        }
    }

    /// Source of a scheme's weights: a file, the network of another experiment, or nothing if they are drawn.
    fn weights(&mut self, at: At<'_>, scheme: &InitSpec) -> Result<WeightsFrom, String> {
        let Some(pretrained) = scheme.checkpoint() else { return Ok(WeightsFrom::Nothing) };
        if let Some(referred) = pretrained.reference() {
            return self.referred(at, referred);
        }
        let written = pretrained.checkpoint.as_str();
        let facts = self.facts.checkpoints.get(written);
        let facts = facts.ok_or_else(|| format!("the facts of checkpoint `{written}` were not collected"))?;
        Ok(WeightsFrom::File(facts.clone()))
    }

    /// The network of another experiment, made by stages that this plan's report does not show.
    fn referred(&mut self, at: At<'_>, referred: ReferredNetwork<'_>) -> Result<WeightsFrom, String> {
        let written = referred.experiment.as_str();
        let other = at.cell.experiment.others.get(written);
        let other = other.ok_or_else(|| format!("the experiment `{written}` was not read"))?;
        let cell = Cell::of_other(other, referred.seed);
        let (id, images) = (cell.id.as_str().into(), test_images(&cell));
        let at = At::new(0, &cell, &id, &images);
        Ok(self.network_of(At { shows: false, ..at }, referred.network)?.weights)
    }

    /// A network of an experiment by its name, with all that it is fused from.
    fn network_of(&mut self, at: At<'_>, name: &str) -> Result<NetworkOfCell, String> {
        let experiment = &at.cell.experiment;
        if let Some(init) = experiment.init.iter().position(|init| init.name == name) {
            return self.init(at, init);
        }
        let fusion = experiment.fusion.iter().position(|fusion| fusion.name == name);
        let fusion =
            fusion.ok_or_else(|| format!("`{}` has no network `{name}`", at.cell.experiment.name))?;
        let names = experiment.fusion[fusion].members(&experiment.init);
        let mut members = Vec::with_capacity(names.len());
        for name in names {
            members.push((name, self.network_of(at, name)?));
        }
        self.fusion(at, fusion, &members)
    }

    /// Training and test images must have the same classes in the same order.
    fn same_classes(&self, experiment: &Experiment) -> Result<(), String> {
        let Some(train) = &experiment.data.train else { return Ok(()) };
        let (train, test) = (known(self.facts, train)?, known(self.facts, &experiment.data.test)?);
        match train.class_difference("data.train", test) {
            None => Ok(()),
            Some(words) => Err(format!("{words}; a network needs the same classes in the same order")),
        }
    }
}

fn initial(scheme: &InitSpec, seed: u64, stream: &str) -> InitialWeights {
    let seed = if scheme.draws() { derive(seed, &format!("init/{stream}")) } else { 0 };
    InitialWeights { scheme: scheme.without_place(), seed }
}

/// The validation images as an input, if epochs are evaluated on a data set of its own.
fn validated<'a>(
    wiring: Wiring<'a>,
    experiment: &Experiment,
    training: &TrainingSpec,
) -> Result<Wiring<'a>, String> {
    match experiment.data.validation() {
        Some(val) if training.validation.is_some() => wiring.dataset(VALIDATION, val),
        _ => Ok(wiring),
    }
}

fn training_set(at: At<'_>) -> TrainingSet {
    let data = &at.cell.experiment.data;
    TrainingSet {
        input: data.input.clone(),
        on_bad_image: data.on_bad_image,
        augment: data.augment.clone(),
        stage_augment: data.stage_augment.clone(),
        split_seed: at.cell.seed,
    }
}
