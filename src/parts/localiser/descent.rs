use rayon::prelude::*;

use super::{FeatureStatistics, HeadTargets, HeadTraining, LinearHead, Localiser};

/// One image of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadSample {
    /// Activations, `[places][channels]`; pooled to one place for a head that pools.
    pub features: Vec<f32>,
    /// Their targets.
    pub targets: HeadTargets,
}

/// Gradient descent on a head: `torch.optim.SGD` with `nesterov=True`, weight decay on the weights alone.
///
/// Every channel is standardised by the training images' mean and standard deviation, and divided by the root of the number
/// of channels, so that the curvature of the loss is bounded whatever the network. [`Self::head`] undoes both.
#[derive(Debug, Clone)]
pub struct HeadDescent {
    options: HeadTraining,
    mean: Vec<f64>,
    /// Factor on every channel; 0 for channels that are constant.
    scale: Vec<f64>,
    /// `[outputs][channels]`, of standardised activations.
    weights: Vec<f64>,
    bias: Vec<f64>,
    /// Velocities of weights and biases.
    velocity: [Vec<f64>; 2],
    /// Number of steps made.
    step: usize,
}

/// Sums over one image or several.
struct LossSums {
    loss: f64,
    /// Number of outputs that count.
    count: f64,
    /// `[outputs][channels]`: slopes times activations, not standardised.
    weights: Vec<f64>,
    /// `[outputs]`.
    bias: Vec<f64>,
}

impl HeadDescent {
    /// A head before its first step.
    pub fn new(localiser: &dyn Localiser, statistics: &FeatureStatistics, options: HeadTraining) -> Self {
        let (mean, bias) = (statistics.mean().to_vec(), localiser.start());
        let root = (mean.len() as f64).sqrt();
        // A deviation of rounding errors alone is that of a constant channel.
        let scaled = |(deviation, mean): (f64, &f64)| match deviation > 1e-6 * mean.abs() {
            true => 1.0 / (deviation * root),
            false => 0.0,
        };
        let scale: Vec<f64> = statistics.deviation().into_iter().zip(&mean).map(scaled).collect();
        let weights = vec![0.0; bias.len() * mean.len()];
        let velocity = [weights.clone(), vec![0.0; bias.len()]];
        Self { options, mean, scale, weights, bias, velocity, step: 0 }
    }

    /// Makes a step with the gradient of the mean loss over some images; returns the loss before it.
    pub fn step(&mut self, localiser: &dyn Localiser, images: &[HeadSample]) -> f64 {
        let head = self.head();
        let sums = images.par_iter().map(|image| self.sums(localiser, &head, image));
        // Added in the order of the images: the same bits for any number of threads.
        let all = sums.collect::<Vec<LossSums>>().into_iter().reduce(LossSums::plus);
        let Some(LossSums { loss, count, weights, bias }) = all.filter(|all| all.count > 0.0) else {
            return 0.0;
        };
        let channels = self.mean.len().max(1);
        let decay = self.options.weight_decay;
        let gradient = weights.iter().enumerate().map(|(at, sum)| {
            let channel = at % channels;
            let slope = self.scale[channel] * (sum - self.mean[channel] * bias[at / channels]);
            slope / count + decay * self.weights[at]
        });
        let gradient: Vec<f64> = gradient.collect();
        let of_bias: Vec<f64> = bias.iter().map(|sum| sum / count).collect();
        let (rate, momentum) = (self.options.rate(self.step), self.options.momentum);
        let [of_weights, of_biases] = &mut self.velocity;
        descend(&mut self.weights, of_weights, &gradient, rate, momentum);
        descend(&mut self.bias, of_biases, &of_bias, rate, momentum);
        self.step += 1;
        loss / count
    }

    /// The head for activations as they are.
    pub fn head(&self) -> LinearHead {
        let channels = self.mean.len().max(1);
        let weights: Vec<f64> =
            self.weights.iter().enumerate().map(|(at, weight)| weight * self.scale[at % channels]).collect();
        let shift = |weights: &[f64]| weights.iter().zip(&self.mean).map(|(w, mean)| w * mean).sum::<f64>();
        let bias = self.bias.iter().zip(weights.chunks_exact(channels)).map(|(bias, own)| bias - shift(own));
        let bias = bias.collect();
        LinearHead { weights, bias }
    }

    fn sums(&self, localiser: &dyn Localiser, head: &LinearHead, image: &HeadSample) -> LossSums {
        let (outputs, channels) = (self.bias.len(), self.mean.len().max(1));
        let mut sums = LossSums {
            loss: 0.0,
            count: 0.0,
            weights: vec![0.0; self.weights.len()],
            bias: vec![0.0; outputs],
        };
        let given = head.outputs(&image.features);
        let places = image.features.chunks_exact(channels).zip(given.chunks_exact(outputs));
        let targets = image.targets.values.chunks_exact(outputs).zip(&image.targets.counted);
        for ((features, given), (targets, counted)) in places.zip(targets) {
            if !counted {
                continue;
            }
            for (output, (given, target)) in given.iter().zip(targets).enumerate() {
                let (loss, slope) = localiser.loss(*given, *target);
                sums.loss += loss;
                sums.count += 1.0;
                sums.bias[output] += slope;
                let weights = &mut sums.weights[output * channels..][..channels];
                weights.iter_mut().zip(features).for_each(|(sum, value)| *sum += slope * f64::from(*value));
            }
        }
        sums
    }
}

impl LossSums {
    fn plus(mut self, other: Self) -> Self {
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        self.loss += other.loss;
        self.count += other.count;
        add(&mut self.weights, &other.weights);
        add(&mut self.bias, &other.bias);
        self
    }
}

/// A step of one parameter, as `torch.optim.SGD` makes it with `nesterov=True`.
fn descend(values: &mut [f64], velocity: &mut [f64], gradient: &[f64], rate: f64, momentum: f64) {
    for ((value, velocity), gradient) in values.iter_mut().zip(velocity).zip(gradient) {
        *velocity = momentum * *velocity + gradient;
        *value -= rate * (gradient + momentum * *velocity);
    }
}
