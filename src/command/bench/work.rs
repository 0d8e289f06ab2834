use camlab::engine::{Engine, EngineOptions};
use camlab::nn::train::{Batch, Learner, TrainingOptions};
use camlab::nn::{Images, Network};
use camlab::parts::cam::CamSpec;
use camlab::raster::{Interpolation, resize};
use camlab::stage::{Lens, Sight};

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
    Cam { name: String, lens: Box<Lens> },
}

impl Work {
    /// What the command line asks for.
    pub fn new(subject: Subject, arguments: &BenchArgs) -> anyhow::Result<Self> {
        let task = match (&arguments.method, &arguments.layer) {
            (Some(method), Some(layer)) => {
                let method: CamSpec = part::parse("--method", method)?;
                let Images { height, width, .. } = subject.images;
                let precision = arguments.precision.into();
                let lens = Lens::new(&subject.network, &method, layer, precision, [height, width])?;
                Task::Cam { name: format!("{} at {layer}", method.name()), lens: Box::new(lens) }
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
            Task::Cam { name, .. } => name.clone(),
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
            Task::Cam { lens, .. } => {
                // At the input's size, bilinear as pytorch-grad-cam enlarges them.
                let (height, width) = (images.height, images.width);
                let large = |sight: Sight| resize(&sight.map, height, width, Interpolation::Bilinear).data;
                let values = lens.look(images, None)?.into_iter().flat_map(large).collect();
                *output = Some((vec![images.count, height, width], values));
            }
        }
        Ok(())
    }

    /// Shape and numbers of what the last run computed; a training step computes nothing to show.
    pub fn output(self) -> Option<(Vec<usize>, Vec<f32>)> {
        self.output
    }
}
