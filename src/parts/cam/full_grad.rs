use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gradient_queries::only;
use super::input_gradient::pixels;
use super::{Cam, CamError, Features, Needs, NetworkQueries};
use camlab_nn::Network;
use camlab_nn::graph::{NodeId, Op};
use camlab_raster::{Enlarge, Map};

/// FullGrad: the contributions of the input, `x * dy/dx`, and of every bias of a convolution or batch norm,
/// `b * dy/db`, to the score, added at the image's size (Srinivas and Fleuret 2019, equations 2 and 6). In a ReLU
/// network these parts and the classifier's bias sum exactly to the score. Independent of the chosen layer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FullGrad {
    /// Post-processing of each part.
    pub post: Post,
}

/// Post-processing of each of FullGrad's parts before it is upsampled and added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Post {
    /// Absolute values, scaled to [0, 1] over all positions and channels of the part (the authors' code).
    #[default]
    Magnitude,
    /// Absolute values, each channel scaled to [0, 1] separately (pytorch-grad-cam).
    MagnitudeByChannel,
    /// None: before upsampling, the parts sum to the score minus the classifier's bias.
    None,
}

impl Cam for FullGrad {
    fn version(&self) -> u32 {
        1
    }

    fn needs(&self) -> Needs {
        Needs::GradientQueries
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let gradients = queries.gradients.ok_or(CamError::MissingQueries { method: "full-grad" })?;
        let network = gradients.network();
        let biases: Vec<(NodeId, Vec<f32>)> =
            network.graph().ids().filter_map(|id| Some((id, bias(network, id)?))).collect();
        let taps: Vec<NodeId> =
            std::iter::once(NodeId(0)).chain(biases.iter().map(|(node, _)| *node)).collect();
        let image = gradients.image();
        let seen = gradients.at(&taps, image.to_vec(), |logits| only(queries.target, logits))?;
        let [height, width] = gradients.size();
        let colours = image.len() / (height * width);
        let products = image.iter().zip(&*seen.gradients[0].data).map(|(x, g)| f64::from(*x) * f64::from(*g));
        let mut total = self.part(products.collect(), colours);
        for ((_, bias), gradient) in biases.iter().zip(&seen.gradients[1..]) {
            let (high, wide, channels) = (gradient.height, gradient.width, gradient.channels);
            let products = gradient.data.iter().zip(bias.iter().cycle());
            let sum = self.part(products.map(|(g, b)| f64::from(*g) * f64::from(*b)).collect(), channels);
            // Without post-processing, a position's value is spread over the pixels it covers, so that sums are kept.
            let share = match self.post {
                Post::Magnitude | Post::MagnitudeByChannel => 1.0,
                Post::None => (high * wide) as f64 / (height * width) as f64,
            };
            let sum: Vec<f32> = sum.into_iter().map(|value| (share * value) as f32).collect();
            let large = Enlarge::new([high, wide], [height, width], false).apply(&sum);
            total.iter_mut().zip(large).for_each(|(total, value)| *total += f64::from(value));
        }
        Ok(total.into_iter().map(|value| value as f32).collect())
    }

    fn map(&self, features: Features<'_>) -> Map {
        pixels(features)
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}

impl FullGrad {
    /// Post-processes a part's values (positions times channels) and sums them over the channels.
    fn part(&self, mut values: Vec<f64>, channels: usize) -> Vec<f64> {
        if self.post != Post::None {
            values.iter_mut().for_each(|value| *value = value.abs());
        }
        match self.post {
            Post::None => {}
            Post::Magnitude => scale(&mut values, 0, 1),
            Post::MagnitudeByChannel => {
                (0..channels).for_each(|channel| scale(&mut values, channel, channels));
            }
        }
        values.chunks_exact(channels).map(|position| position.iter().sum()).collect()
    }
}

/// Scales every `step`th value from index `first` to [0, 1] by their minimum and maximum; all 0 where these are
/// equal.
fn scale(values: &mut [f64], first: usize, step: usize) {
    let mut bounds = [f64::INFINITY, f64::NEG_INFINITY];
    for value in values.iter().skip(first).step_by(step) {
        bounds = [bounds[0].min(*value), bounds[1].max(*value)];
    }
    let [low, range] = [bounds[0], bounds[1] - bounds[0]];
    for value in values.iter_mut().skip(first).step_by(step) {
        *value = if range > 0.0 { (*value - low) / range } else { 0.0 };
    }
}

/// Additive bias of a node, one number per channel; `None` for nodes without one.
fn bias(network: &Network, node: NodeId) -> Option<Vec<f32>> {
    let of = |part: &str| network.get(&format!("{}.{part}", network.graph().node(node).name));
    match network.graph().node(node).op {
        Op::Conv { bias: true, .. } => of("bias").map(|bias| bias.to_vec()),
        Op::BatchNorm { eps, .. } => {
            let (scale, shift) = (of("weight")?, of("bias")?);
            let (mean, variance) = (of("running_mean")?, of("running_var")?);
            let parts = scale.iter().zip(&**shift).zip(mean.iter().zip(&**variance));
            Some(
                parts
                    .map(|((scale, shift), (mean, var))| shift - mean * scale / (var + eps).sqrt())
                    .collect(),
            )
        }
        _ => None,
    }
}
