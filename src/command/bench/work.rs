use anyhow::Context as _;
use camlab::engine::{Engine, EngineOptions};
use camlab::nn::train::{Batch, Learner, TrainingOptions};
use camlab::nn::{Images, Network};
use camlab::parts::cam::{Cam, CamSpec, Features, Needs};
use camlab::raster::{Interpolation, Map, resize};

use super::subject::Subject;
use crate::cli::BenchArgs;
use crate::command::part;

/// Small enough that random weights do not diverge while they are timed.
const LEARNING_RATE: f64 = 1e-3;

/// What is timed, and what its last run came to.
pub struct Work {
    subject: Subject,
    task: Task,
    output: Option<(Vec<usize>, Vec<f32>)>,
}

enum Task {
    Forward(Box<Engine>),
    Training { learner: Box<Learner>, labels: Vec<usize> },
    Cam { method: CamSpec, layer: String },
}

impl Work {
    /// What the command line asks for.
    pub fn new(subject: Subject, arguments: &BenchArgs) -> anyhow::Result<Self> {
        let task = match (&arguments.method, &arguments.layer) {
            (Some(method), Some(layer)) => {
                let method: CamSpec = part::parse("--method", method)?;
                let cam = method.cam().with_context(|| format!("`{}` looks at no network", method.name()))?;
                let node = subject.network.graph().tap(layer)?;
                anyhow::ensure!(
                    cam.needs() != Needs::Classifier || subject.network.graph().feeds_global_pool(node),
                    "`{}` is not defined at `{layer}`: the classifier does not see that layer",
                    method.name()
                );
                Task::Cam { method, layer: layer.clone() }
            }
            _ if arguments.train => {
                let options = TrainingOptions { lr: LEARNING_RATE, ..TrainingOptions::default() };
                let learner = Box::new(Learner::new(&subject.network, &options)?);
                let labels =
                    (0..subject.images.count).map(|image| image % arguments.classes as usize).collect();
                Task::Training { learner, labels }
            }
            _ => {
                let Images { count, height, width, .. } = subject.images;
                let options = EngineOptions {
                    precision: arguments.precision.into(),
                    size: [height, width],
                    batch: count,
                    keep: Vec::new(),
                };
                Task::Forward(Box::new(Engine::freeze(&subject.network, options)?))
            }
        };
        Ok(Self { subject, task, output: None })
    }

    /// What the registry calls the network.
    pub fn network_name(&self) -> &'static str {
        self.subject.name
    }

    /// What is timed, in a word.
    pub fn task(&self) -> String {
        match &self.task {
            Task::Forward(_) => "forward".into(),
            Task::Training { .. } => "training".into(),
            Task::Cam { method, layer } => format!("{} at {layer}", method.name()),
        }
    }

    /// How many forward passes' arithmetic one run is, where that is known: a backward pass counts as two.
    pub fn passes(&self) -> Option<f64> {
        match &self.task {
            Task::Forward(_) => Some(1.0),
            Task::Training { .. } => Some(3.0),
            Task::Cam { .. } => None,
        }
    }

    /// The piece of work that is timed, once.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let Self { subject: Subject { network, images, .. }, task, output } = self;
        match task {
            Task::Forward(engine) => {
                let logits = engine.forward(images, &[])?.logits;
                *output = Some((vec![images.count, logits.len() / images.count], logits));
            }
            Task::Training { learner, labels } => {
                let batch = Batch { images: images.clone(), labels: labels.clone() };
                learner.step(network, &batch, LEARNING_RATE)?;
            }
            Task::Cam { method, layer } => {
                let cam = method.cam().context("a baseline looks at no network")?;
                let maps = maps(network, images, cam, layer)?;
                let values = maps.into_iter().flat_map(|map| map.data).collect();
                *output = Some((vec![images.count, images.height, images.width], values));
            }
        }
        Ok(())
    }

    /// Shape and numbers of what the last run computed; a training step computes nothing to show.
    pub fn output(self) -> Option<(Vec<usize>, Vec<f32>)> {
        self.output
    }
}

/// The maps of the predicted classes at the input's size, bilinear as pytorch-grad-cam enlarges them.
fn maps(network: &Network, images: &Images, cam: &dyn Cam, layer: &str) -> anyhow::Result<Vec<Map>> {
    let node = network.graph().tap(layer)?;
    let mut targets = Vec::new();
    let (activations, gradients) = if cam.needs() == Needs::Gradients {
        let mut seen = network.forward_with_gradients(images, &[node], |logits| {
            targets = predicted(logits, images.count);
            targets.clone()
        })?;
        (seen.taps.remove(0), Some(seen.gradients.remove(0)))
    } else {
        let mut seen = network.infer(images, &[node])?;
        targets = predicted(&seen.logits, images.count);
        (seen.taps.remove(0), None)
    };
    let (channels, height, width) = (activations.channels, activations.height, activations.width);
    let map = |(image, target): (usize, &usize)| {
        let features = Features {
            activations: activations.image(image),
            gradients: gradients.as_ref().map_or(&[], |gradients| gradients.image(image)),
            classifier: match cam.needs() {
                Needs::Classifier => network.classifier_weights(*target)?,
                _ => &[],
            },
            channels,
            height,
            width,
        };
        Ok(resize(&cam.map(features), images.height, images.width, Interpolation::Bilinear))
    };
    targets.iter().enumerate().map(map).collect()
}

/// The class of the largest logit of every image.
fn predicted(logits: &[f32], images: usize) -> Vec<usize> {
    let largest = |row: &[f32]| {
        let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(0, |(class, _)| class)
    };
    logits.chunks_exact(logits.len() / images).map(largest).collect()
}
