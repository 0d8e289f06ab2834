use camlab::engine::{Engine, EngineOptions, Precision};
use camlab::explain::{CamExtractor, CamOutput};
use camlab::nn::train::{LabelledBatch, Learner, TrainingOptions};
use camlab::nn::{Images, Network};
use camlab::parts::cam::CamSpec;
use camlab::raster::{Interpolation, resize};

use super::subject::Subject;
use crate::cli::BenchArgs;

/// Small enough that training from random weights does not diverge during the measurement.
const LEARNING_RATE: f64 = 1e-3;

/// The work that is timed, and the result of its last run.
pub struct Workload<'a> {
    images: &'a Images,
    task: BenchTask<'a>,
    /// Name of the task: `forward`, `training`, or `METHOD at LAYER`.
    pub name: String,
    output: Option<(Vec<usize>, Vec<f32>)>,
}

enum BenchTask<'a> {
    Forward(Box<Engine>),
    Training { network: &'a mut Network, learner: Box<Learner>, labels: Vec<usize> },
    Maps(Box<CamExtractor>),
}

impl<'a> Workload<'a> {
    /// The work that the command line asks for; `method` is the parsed `--method`.
    pub fn new(
        subject: &'a mut Subject,
        method: Option<&'a CamSpec>,
        arguments: &BenchArgs,
    ) -> anyhow::Result<Self> {
        let Subject { network, images, .. } = subject;
        let (precision, size) = (Precision::from(arguments.precision), [images.height, images.width]);
        let (name, task) = match (method, &arguments.layer) {
            (Some(method), Some(layer)) => {
                let extractor = CamExtractor::new(network, method, layer, precision, size, images.count)?;
                (format!("{} at {layer}", method.name()), BenchTask::Maps(Box::new(extractor)))
            }
            _ if arguments.train => {
                let options = TrainingOptions { lr: LEARNING_RATE, ..TrainingOptions::default() };
                let learner = Box::new(Learner::new(network, &options)?);
                let labels = (0..images.count).map(|image| image % arguments.classes as usize).collect();
                ("training".into(), BenchTask::Training { network, learner, labels })
            }
            _ => {
                let options = EngineOptions { precision, size, batch: images.count, keep: Vec::new() };
                ("forward".into(), BenchTask::Forward(Box::new(Engine::freeze(network, options)?)))
            }
        };
        Ok(Self { images, task, name, output: None })
    }

    /// Arithmetic of one run in forward passes (a backward pass counts as two); `None` for CAM methods.
    pub fn passes(&self) -> Option<f64> {
        match &self.task {
            BenchTask::Forward(_) => Some(1.0),
            BenchTask::Training { .. } => Some(3.0),
            BenchTask::Maps(_) => None,
        }
    }

    /// Runs the work once.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let images = self.images;
        match &mut self.task {
            BenchTask::Forward(engine) => {
                let logits = engine.forward(images, &[])?.logits;
                self.output = Some((vec![images.count, logits.len() / images.count], logits));
            }
            BenchTask::Training { network, learner, labels } => {
                let batch = LabelledBatch::new(images.clone(), labels.clone());
                learner.step(network, &batch, LEARNING_RATE)?;
            }
            BenchTask::Maps(extractor) => {
                let (height, width) = (images.height, images.width);
                // Bilinear upsampling, as in pytorch-grad-cam.
                let full =
                    |output: CamOutput| resize(&output.map, height, width, Interpolation::Bilinear).data;
                let maps = extractor.maps(images, None)?.into_iter().flat_map(full).collect();
                self.output = Some((vec![images.count, height, width], maps));
            }
        }
        Ok(())
    }

    /// Shape and row-major values of the last run's logits or maps; `None` for a training step.
    pub fn output(self) -> Option<(Vec<usize>, Vec<f32>)> {
        self.output
    }
}
