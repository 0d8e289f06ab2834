use super::wiring::{NetworkOfCell, WeightsFrom, Wiring, known};
use super::{At, Builder};
use crate::CheckpointFacts;
use camlab_base::random::derive;
use camlab_config::{Experiment, Fusion, Init};
use camlab_frame::Names;
use camlab_nn::train::LossSpec;
use camlab_parts::init::InitSpec;
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
        let checkpoint = self.checkpoint(&spec.scheme)?;
        let Some(training) = experiment.training.as_ref().filter(|_| spec.train.unwrap_or(true)) else {
            let weights = checkpoint.map_or(WeightsFrom::Nothing, WeightsFrom::File);
            return Ok(NetworkOfCell {
                source: NetworkSource { architecture, weights: Some(initial) },
                weights,
            });
        };
        let training = &spec.training(training);
        let train = experiment.data.train.as_ref().ok_or("`data.train` is missing")?;
        self.same_classes(experiment)?;
        let mut wiring = Wiring::new(self.facts, at, spec.name.clone()).dataset("data", train)?;
        if let Some(file) = &checkpoint {
            wiring = wiring.file("checkpoint", file);
        }
        wiring = validated(wiring, experiment, training)?;
        let whole = Train {
            architecture: architecture.clone(),
            initial,
            training: training.clone(),
            images: training_set(at),
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
            if let Some(file) = &self.checkpoint(&options.student)? {
                wiring = wiring.file("checkpoint", file);
            }
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
        let names = at.names().with("network", name).with("fusion", name);
        self.show(at, stage, names).parts = parts.into();
    }

    pub(super) fn architecture(&self, experiment: &Experiment) -> Architecture {
        let classes = self.facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
        Architecture {
            backbone: experiment.backbone.clone(),
            head: experiment.head.clone(),
            classes,
            probabilities: experiment.class_probabilities(),
        }
    }

    /// The file of a scheme's weights; `None` if they are drawn.
    fn checkpoint(&self, scheme: &InitSpec) -> Result<Option<CheckpointFacts>, String> {
        let Some(pretrained) = scheme.checkpoint() else { return Ok(None) };
        let written = pretrained.checkpoint.as_str();
        let facts = self.facts.checkpoints.get(written);
        let facts = facts.ok_or_else(|| format!("the facts of checkpoint `{written}` were not collected"))?;
        Ok(Some(facts.clone()))
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
