//! CAM methods: from a layer's activations and gradients, and what the network says of changed inputs, to a map on
//! the layer's grid; and the baselines.
//!
//! A method takes plain arrays and knows nothing of dfdx. The published disagreements between papers and
//! libraries are options, never silent choices.

mod ablation_cam;
mod bag_cam;
mod center_gaussian;
mod changed;
mod channels;
mod combine;
pub(crate) mod eigen;
mod eigen_cam;
mod eigen_grad_cam;
mod eigen_smooth;
mod element_wise;
mod error;
mod fem;
mod finer_cam;
mod full_grad;
mod grad_cam;
mod grad_cam_pp;
mod groups;
mod guided_grad_cam;
mod hires_cam;
mod input_gradient;
mod is_cam;
mod kpca_cam;
mod layer_cam;
pub(crate) mod masks;
mod memory;
mod plain;
mod random;
mod refine_cam;
mod refusal;
mod rise;
mod roles;
mod score_cam;
mod scoring;
mod shapley_cam;
mod slopes;
mod smooth_grad_cam_pp;
mod ss_cam;
mod weigh;
mod x_grad_cam;

pub use ablation_cam::{AblationCam, AblationScale};
pub use bag_cam::{BagCam, BagScore};
pub use center_gaussian::CenterGaussian;
pub use channels::MaskChannels;
pub use combine::Combine;
pub use eigen_cam::{EigenCam, Sign};
pub use eigen_grad_cam::EigenGradCam;
pub use eigen_smooth::eigen_smooth;
pub use element_wise::ElementWise;
pub use error::CamError;
pub use fem::{Fem, FemReading};
pub use finer_cam::{FinerAverage, FinerCam};
pub use full_grad::{FullGrad, Post};
pub use grad_cam::GradCam;
pub use grad_cam_pp::{GradCamPlusPlus, Reading};
pub use guided_grad_cam::{Colours, Enlarging, GuidedGradCam};
pub use hires_cam::HiResCam;
pub use input_gradient::{InputGradient, IntegratedGradients};
pub use is_cam::{IsCam, MaskPath};
pub use kpca_cam::{KpcaCam, KpcaKernel};
pub use layer_cam::LayerCam;
pub use masks::MaskScaling;
pub use memory::MemoryBudget;
pub use plain::{CamOptions, Confidence};
pub use random::RandomMap;
pub use refine_cam::RefineCam;
pub use refusal::Refusal;
pub use rise::Rise;
pub use score_cam::ScoreCam;
pub use scoring::ScoreKind;
pub use shapley_cam::{ShapleyCam, Utility};
pub use slopes::GradientQueries;
pub use smooth_grad_cam_pp::{SmoothGradCamPlusPlus, SmoothReading};
pub use ss_cam::SsCam;
pub use x_grad_cam::XGradCam;

pub(crate) use weigh::softmax;

use camlab_base::registry;
use camlab_engine::Variants;
use camlab_nn::Classifier;
use camlab_raster::Map;
use roles::cams;

cams! {
    /// A CAM method or a baseline, with its options.
    pub enum CamSpec as "CAM method" {
        "cam" => Cam Cam(CamOptions), "class activation mapping: the classifier's weights times the last features (Zhou et al. 2016, eq. 2); only at the layer that feeds global average pooling";
        "grad-cam" => Cam GradCam(GradCam), "channel weights are the mean gradients (Selvaraju et al. 2017, eq. 1 and 2)";
        "grad-cam++" => Cam GradCamPlusPlus(GradCamPlusPlus), "channel weights are sums of positive gradients, each weighted by second and third derivatives (Chattopadhyay et al. 2018, eq. 10 and 19)";
        "smooth-grad-cam++" => Cam SmoothGradCamPlusPlus(SmoothGradCamPlusPlus), "Grad-CAM++ with derivatives averaged over noisy images (Omeiza et al. 2019)";
        "xgrad-cam" => Cam XGradCam(XGradCam), "channel weights are the gradients' means weighted by the activations (Fu et al. 2020, eq. 8)";
        "hires-cam" => Cam HiResCam(HiResCam), "gradients times activations, position by position (Draelos and Carin 2020, eq. 5)";
        "element-wise-grad-cam" => Cam ElementWise(ElementWise), "positive products of gradient and activation, position by position (pytorch-grad-cam)";
        "layer-cam" => Cam LayerCam(LayerCam), "positive gradients weight every position by itself (Jiang et al. 2021, eq. 3)";
        "finer-cam" => Cam FinerCam(FinerCam), "Grad-CAM of what sets the class off from those nearest to it (Zhang et al. 2025)";
        "shapley-cam" => Cam ShapleyCam(ShapleyCam), "Grad-CAM with the utility's second derivatives (Cai et al. 2025, eq. 8)";
        "refine-cam" => Cam RefineCam(RefineCam), "the product over several layers of another method's maps (arXiv 2605.14641); joins its group's layers by itself";
        "bag-cam" => Cam BagCam(BagCam), "a bag of classifiers, one per position, each of which scores every position (Zhu et al. 2022, BagCAMs)";
        "eigen-cam" => Cam EigenCam(EigenCam), "the activations' first principal component, for no class (Muhammad and Yeasin 2020, eq. 3)";
        "eigen-grad-cam" => Cam EigenGradCam(EigenGradCam), "the first principal component of gradients times activations (pytorch-grad-cam; Seg-Eigen-CAM as an option)";
        "kpca-cam" => Cam KpcaCam(KpcaCam), "the activations' first kernel principal component, for no class (Karmani et al. 2024)";
        "fem" => Cam Fem(Fem), "activations some standard deviations above their channel's mean, for no class (Fuad et al. 2020)";
        "score-cam" => Cam ScoreCam(ScoreCam), "channel weights are the class's scores for the image under each channel's mask (Wang et al. 2020, eq. 8 to 10); one forward pass per channel";
        "ss-cam" => Cam SsCam(SsCam), "Score-CAM with noise on its masks, averaged (Wang et al. 2020, SS-CAM); 35 forward passes per channel";
        "is-cam" => Cam IsCam(IsCam), "Score-CAM averaged along a path to each mask (Naidu et al. 2020); 10 forward passes per channel";
        "rise" => Cam Rise(Rise), "the class's mean score under random masks that show a pixel (Petsiuk et al. 2018, eq. 6); at the image's size, for no layer";
        "ablation-cam" => Cam AblationCam(AblationCam), "channel weights are the drops of the class's score without each channel (Ramaswamy et al. 2020); one pass per channel through what lies behind the layer, none at the last";
        "full-grad" => Cam FullGrad(FullGrad), "what the input and every bias give to the score (Srinivas and Fleuret 2019); at the image's size, for no layer";
        "guided-grad-cam" => Cam GuidedGradCam(GuidedGradCam), "Grad-CAM at the layer times guided backpropagation at the pixels (Selvaraju et al. 2017, section 3.2); at the image's size";
        "input-x-gradient" => Cam InputGradient(InputGradient), "input times gradient (Shrikumar et al. 2016); at the image's size, for no layer";
        "integrated-gradients" => Cam IntegratedGradients(IntegratedGradients), "input times the mean gradient on the way to it (Sundararajan et al. 2017); at the image's size, for no layer";
        "center-gaussian" => Baseline CenterGaussian(CenterGaussian), "baseline: a Gaussian in the middle of every image (Choe et al. 2020)";
        "random" => Baseline Random(RandomMap), "baseline: independent uniform noise, seeded";
    }
}

/// What a method sees of one image at one layer.
#[derive(Debug, Clone, Copy)]
pub struct Features<'a> {
    /// Activations, `[height, width, channels]` row-major.
    pub activations: &'a [f32],
    /// Gradient of the target's logit by the activations, same shape; empty unless the method wants it.
    pub gradients: &'a [f32],
    /// The target's row of the classifier, one weight per channel; empty unless the method wants it.
    pub classifier: &'a [f32],
    /// What [`Cam::weights`] found: one weight per channel, or a number per position or pixel; empty for methods that look for none.
    pub weights: &'a [f32],
    /// `[height, width]` of the image.
    pub image: [usize; 2],
    /// Feature channels.
    pub channels: usize,
    /// Rows of the layer's grid.
    pub height: usize,
    /// Columns of the layer's grid.
    pub width: usize,
}

/// What a method may ask of the network beyond the pass that gave [`Features`].
#[derive(Debug, Clone, Copy)]
pub struct NetworkQueries<'a> {
    /// One image at one layer.
    pub features: Features<'a>,
    /// The class the map is made for.
    pub target: usize,
    /// Its score for the image as it is, before any softmax.
    pub score: f32,
    /// Versions of the image ([`Needs::MaskedImages`]) or of the activation ([`Needs::AblatedChannels`], unless
    /// [`Features::classifier`] is given); `None` for methods that need no further pass.
    pub variants: Option<Variants<'a>>,
    /// Gradients of changed images ([`Needs::GradientQueries`]); `None` for methods that need none.
    pub slopes: Option<GradientQueries<'a>>,
}

/// What a baseline sees: no network at all.
#[derive(Debug, Clone, Copy)]
pub struct BaselineInput<'a> {
    /// Rows of the map, the network's input height.
    pub height: usize,
    /// Columns of the map, the network's input width.
    pub width: usize,
    /// The experiment's seed.
    pub seed: u64,
    /// The image's identifier, which names its random stream.
    pub image: &'a str,
}

/// A way of looking inside a network.
pub trait Cam: Send + Sync {
    /// Bumped whenever the numbers change, so that stored maps are not taken for the new ones.
    fn version(&self) -> u32;

    /// What [`Features`] must hold beside the activations.
    fn needs(&self) -> Needs;

    /// How the method joins the layers of its group by itself; `None` for one that makes a map of each.
    fn joins(&self) -> Option<Combine> {
        None
    }

    /// Whether the options mean something.
    ///
    /// # Errors
    /// [`Refusal`] for the first that does not.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Channel weights (or a number per position, or per pixel) that take further passes; [`Features::weights`] hands them to [`Cam::map`].
    ///
    /// # Errors
    /// [`CamError`] when the passes fail.
    fn weights(&self, _question: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        Ok(Vec::new())
    }

    /// The map on the layer's own grid, any range.
    fn map(&self, features: Features<'_>) -> Map;

    /// The terms whose sum over the channels is the map before it is cut, `[height, width, channels]`: weights times
    /// activations for most. `None` for maps that are no such sum. Eigen-smoothing takes their first principal
    /// component in place of the sum.
    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        (features.weights.len() == features.channels).then(|| weigh::weighted(features, features.weights))
    }

    /// [`Cam::map`] under [`Needs::Classifier`], for a method that looks at more than the target's own weights.
    fn map_of(&self, features: Features<'_>, _classifier: Classifier<'_>, _class: usize) -> Map {
        self.map(features)
    }
}

/// What a method reads beside the activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Activations,
    /// [`Features::gradients`].
    Gradients,
    /// [`Features::classifier`]: the layer must feed global average pooling.
    Classifier,
    /// [`Features::weights`], found by passes of the image under masks.
    MaskedImages,
    /// [`Features::weights`], found without the layer's channels: from [`Features::classifier`] where the layer feeds
    /// global average pooling, else by passes from the layer on, which must be all that leads there.
    AblatedChannels,
    /// [`Features::weights`], found by passes forward and back.
    GradientQueries,
}

/// A map that looks at no network: what every method has to beat.
pub trait Baseline: Send + Sync {
    /// Bumped whenever the numbers change.
    fn version(&self) -> u32;

    /// Whether the map depends on the seed.
    fn is_seeded(&self) -> bool;

    /// Whether the options mean something.
    ///
    /// # Errors
    /// [`Refusal`] for the first that does not.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// The map at the input's size, in [0, 1].
    fn map(&self, canvas: BaselineInput<'_>) -> Map;
}

/// One item of the registry, as what it can do.
pub enum Method<'a> {
    /// Looks at a network.
    Cam(&'a dyn Cam),
    /// Looks at none.
    Baseline(&'a dyn Baseline),
}

/// The same, owned.
pub enum OwnedMethod {
    /// Looks at a network.
    Cam(Box<dyn Cam>),
    /// Looks at none.
    Baseline(Box<dyn Baseline>),
}

impl CamSpec {
    /// What the method's maps depend on: its options but for those that change no number ([`MemoryBudget`]).
    pub fn numbers(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        without_memory(&mut value);
        value
    }

    /// The options that are not at their defaults, `name = value`, one a word; those that change no number left out.
    pub fn changed(&self) -> Vec<String> {
        // Both by the same way, so that rounding is no difference.
        let table = |spec: &Self| match toml::Value::try_from(spec) {
            Ok(toml::Value::Table(mut table)) => match table.remove(spec.name()) {
                Some(toml::Value::Table(options)) => options,
                _ => toml::Table::new(),
            },
            _ => toml::Table::new(),
        };
        let default = toml::Value::String(self.name().to_owned()).try_into::<Self>();
        let default = default.as_ref().map(table).unwrap_or_default();
        let mut words = Vec::new();
        changed::words("", &table(self), &default, &mut words);
        words
    }

    /// The method, when it looks at a network.
    pub fn cam(&self) -> Option<&dyn Cam> {
        match self.method() {
            Method::Cam(cam) => Some(cam),
            Method::Baseline(_) => None,
        }
    }

    /// The method, when it looks at none.
    pub fn baseline(&self) -> Option<&dyn Baseline> {
        match self.method() {
            Method::Cam(_) => None,
            Method::Baseline(baseline) => Some(baseline),
        }
    }

    /// Whether the options mean something.
    ///
    /// # Errors
    /// [`Refusal`] for the first that does not.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.method() {
            Method::Cam(cam) => cam.check(),
            Method::Baseline(baseline) => baseline.check(),
        }
    }

    /// Whether [`Cam::parts`] are defined: asked of one position and one channel.
    pub fn has_parts(&self) -> bool {
        let one = &[1.0f32][..];
        let features = Features {
            activations: one,
            gradients: one,
            classifier: one,
            weights: one,
            image: [2, 2],
            channels: 1,
            height: 1,
            width: 1,
        };
        // Methods that find a number per position or pixel in place of channel weights say so themselves.
        self.cam().is_some_and(|cam| cam.parts(features).is_some())
    }

    /// Class activation mapping itself.
    pub fn plain() -> Self {
        Self::Cam(CamOptions::default())
    }

    /// What every report includes by itself.
    pub fn baselines() -> Vec<Self> {
        vec![Self::CenterGaussian(CenterGaussian::default()), Self::Random(RandomMap::default())]
    }
}

/// Takes every option called `memory` away, however deep.
fn without_memory(value: &mut serde_json::Value) {
    if let serde_json::Value::Object(options) = value {
        options.remove("memory");
        options.values_mut().for_each(without_memory);
    }
}

/// `max(x, 0)` in place.
fn relu(map: &mut [f32]) {
    map.iter_mut().for_each(|value| *value = value.max(0.0));
}
