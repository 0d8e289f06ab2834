//! CAM methods and baselines. A method turns a layer's activations and gradients, and for some methods the network's
//! output for changed inputs, into a map on the layer's grid or at the image's size.
//!
//! Methods take plain arrays and do not depend on dfdx. Where papers and libraries disagree, every published variant
//! is an explicit option. Notation: `A_k` is the activation of channel k, `y` the target's logit, `g_k` the gradient
//! of `y` with respect to `A_k`, `M` the map.

mod ablation_cam;
mod bag_cam;
mod center_gaussian;
mod channels;
mod combine;
mod eigen;
mod eigen_cam;
mod eigen_grad_cam;
mod eigen_smooth;
mod element_wise;
mod error;
mod fem;
mod fine_grained_saliency;
mod finer_cam;
mod full_grad;
mod grad_cam;
mod grad_cam_pp;
mod gradient_queries;
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
mod smooth_grad_cam_pp;
mod spectral_residual;
mod ss_cam;
mod variances;
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
pub use fine_grained_saliency::FineGrainedSaliency;
pub use finer_cam::{FinerAverage, FinerCam};
pub use full_grad::{FullGrad, Post};
pub use grad_cam::GradCam;
pub use grad_cam_pp::{GradCamPlusPlus, Reading};
pub use gradient_queries::GradientQueries;
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
pub use smooth_grad_cam_pp::{SmoothGradCamPlusPlus, SmoothReading};
pub use spectral_residual::SpectralResidual;
pub use ss_cam::SsCam;
pub use x_grad_cam::XGradCam;

pub(crate) use weigh::probabilities_of;

use camlab_base::registry;
use camlab_engine::Variants;
use camlab_nn::Classifier;
use camlab_raster::{Map, Rgb};
use roles::cams;

cams! {
    /// A CAM method or a baseline, with its options.
    pub enum CamSpec as "CAM method" {
        "cam" => Cam Cam(CamOptions) as "CAM", "class activation mapping: the classifier's weights times the last feature maps (Zhou et al. 2016, eq. 2); only at the layer before global average pooling";
        "grad-cam" => Cam GradCam(GradCam) as "Grad-CAM", "channel weights are the spatial means of the gradients (Selvaraju et al. 2017, eq. 1 and 2)";
        "grad-cam++" => Cam GradCamPlusPlus(GradCamPlusPlus) as "Grad-CAM++", "channel weights are sums of positive gradients, each weighted by second and third derivatives (Chattopadhyay et al. 2018, eq. 10 and 19)";
        "smooth-grad-cam++" => Cam SmoothGradCamPlusPlus(SmoothGradCamPlusPlus) as "Smooth Grad-CAM++", "Grad-CAM++ with derivatives averaged over noisy copies of the image (Omeiza et al. 2019)";
        "xgrad-cam" => Cam XGradCam(XGradCam) as "XGrad-CAM", "channel weights are means of the gradients weighted by the normalised activations (Fu et al. 2020, eq. 8)";
        "hires-cam" => Cam HiResCam(HiResCam) as "HiResCAM", "elementwise product of gradients and activations, summed over channels (Draelos and Carin 2020, eq. 5)";
        "element-wise-grad-cam" => Cam ElementWise(ElementWise) as "Element-wise Grad-CAM", "positive part of the elementwise product of gradients and activations, summed over channels (pytorch-grad-cam)";
        "layer-cam" => Cam LayerCam(LayerCam) as "LayerCAM", "activations weighted elementwise by their positive gradients (Jiang et al. 2021, eq. 3)";
        "finer-cam" => Cam FinerCam(FinerCam) as "Finer-CAM", "Grad-CAM of the difference between the target's score and those of the most similar classes (Zhang et al. 2025)";
        "shapley-cam" => Cam ShapleyCam(ShapleyCam) as "ShapleyCAM", "Grad-CAM with a second-order (Hessian) term of the score (Cai et al. 2025, eq. 8)";
        "refine-cam" => Cam RefineCam(RefineCam) as "RefineCAM", "product of another method's maps over several layers (arXiv 2605.14641); combines its group's layers itself";
        "bag-cam" => Cam BagCam(BagCam) as "BagCAMs", "bagging of regional classifiers: one classifier per position, each applied at every position (BagCAMs, Zhu et al. 2022)";
        "eigen-cam" => Cam EigenCam(EigenCam) as "Eigen-CAM", "first principal component of the activations, class-agnostic (Muhammad and Yeasin 2020, eq. 3)";
        "eigen-grad-cam" => Cam EigenGradCam(EigenGradCam) as "EigenGradCAM", "first principal component of gradients times activations (pytorch-grad-cam; Seg-Eigen-CAM as an option)";
        "kpca-cam" => Cam KpcaCam(KpcaCam) as "KPCA-CAM", "first kernel principal component of the activations, class-agnostic (Karmani et al. 2024)";
        "fem" => Cam Fem(Fem) as "FEM", "feature explanation method: sums, over channels, activations some standard deviations above the channel's mean; class-agnostic (Fuad et al. 2020)";
        "score-cam" => Cam ScoreCam(ScoreCam) as "Score-CAM", "channel weights are the target's scores of the image masked by each channel (Wang et al. 2020, eq. 8 to 10); one forward pass per channel";
        "ss-cam" => Cam SsCam(SsCam) as "SS-CAM", "Score-CAM averaged over noisy masks (Wang et al. 2020, SS-CAM); 35 forward passes per channel by default";
        "is-cam" => Cam IsCam(IsCam) as "IS-CAM", "Score-CAM averaged over steps of a path to each mask (Naidu et al. 2020); 10 forward passes per channel by default";
        "rise" => Cam Rise(Rise) as "RISE", "mean target score over the random masks that leave a pixel visible (Petsiuk et al. 2018, eq. 6); at the image's size, without a layer";
        "ablation-cam" => Cam AblationCam(AblationCam) as "Ablation-CAM", "channel weights are the relative drops of the target's score when each channel is set to 0 (Ramaswamy et al. 2020); one pass per channel through the layers downstream, none at the last layer";
        "full-grad" => Cam FullGrad(FullGrad) as "FullGrad", "sum of the contributions of the input and of every bias to the score (Srinivas and Fleuret 2019); at the image's size, without a layer";
        "guided-grad-cam" => Cam GuidedGradCam(GuidedGradCam) as "Guided Grad-CAM", "Grad-CAM times guided backpropagation (Selvaraju et al. 2017, section 3.2); at the image's size";
        "input-x-gradient" => Cam InputGradient(InputGradient) as "Input × Gradient", "input times gradient (Shrikumar et al. 2016); at the image's size, without a layer";
        "integrated-gradients" => Cam IntegratedGradients(IntegratedGradients) as "Integrated Gradients", "input times the mean gradient along the path from the baseline to it (Sundararajan et al. 2017); at the image's size, without a layer";
        "center-gaussian" => Baseline CenterGaussian(CenterGaussian) as "Center Gaussian", "baseline: a Gaussian centred in every image (Choe et al. 2020)";
        "random" => Baseline Random(RandomMap) as "Random", "baseline: independent uniform noise, seeded";
        "spectral-residual" => Baseline SpectralResidual(SpectralResidual) as "Spectral Residual", "baseline: saliency of the image from its Fourier spectrum, without a network (Hou and Zhang 2007)";
        "fine-grained-saliency" => Baseline FineGrainedSaliency(FineGrainedSaliency) as "Fine-Grained Saliency", "baseline: saliency of the image from differences between pixels and their surrounds, without a network (Montabone and Soto 2010)";
    }
    not counted ["memory"];
}

/// Input of a CAM method: captured values of one image at one layer.
#[derive(Debug, Clone, Copy)]
pub struct Features<'a> {
    /// Activations, `[height, width, channels]` row-major.
    pub activations: &'a [f32],
    /// Gradient of the target's logit with respect to the activations, same shape; empty unless the method needs it.
    pub gradients: &'a [f32],
    /// The target's row of the classifier, one weight per channel; empty unless the method needs it.
    pub classifier: &'a [f32],
    /// Result of [`Cam::weights`]: one number per channel, position or pixel; empty for methods without such weights.
    pub weights: &'a [f32],
    /// Size `[height, width]` of the image.
    pub image: [usize; 2],
    /// Number of channels.
    pub channels: usize,
    /// Rows of the layer's grid.
    pub height: usize,
    /// Columns of the layer's grid.
    pub width: usize,
}

/// Queries to the network beyond the pass that gave [`Features`].
#[derive(Debug, Clone, Copy)]
pub struct NetworkQueries<'a> {
    /// Captured values of one image at one layer.
    pub features: Features<'a>,
    /// Target class of the map.
    pub target: usize,
    /// The target's logit for the unchanged image.
    pub score: f32,
    /// Forward passes of changed images ([`Needs::MaskedImages`]) or activations ([`Needs::AblatedChannels`], unless
    /// [`Features::classifier`] is given); `None` for methods that need neither.
    pub variants: Option<Variants<'a>>,
    /// Extra backward passes ([`Needs::GradientQueries`]); `None` for methods that need none.
    pub gradients: Option<GradientQueries<'a>>,
}

/// Input of a baseline, which uses no network.
#[derive(Debug, Clone, Copy)]
pub struct BaselineInput<'a> {
    /// Rows of the map, the network's input height.
    pub height: usize,
    /// Columns of the map, the network's input width.
    pub width: usize,
    /// The experiment's seed.
    pub seed: u64,
    /// Identifier of the image, part of the name of its random stream.
    pub image: &'a str,
    /// The image, resized to `height` x `width` as for the network; `None` unless [`Baseline::needs_photo`].
    pub photo: Option<&'a Rgb>,
}

impl BaselineInput<'_> {
    /// The map that `saliency` makes of the image, which has the map's size; zeros if the image is not given.
    fn map_of_photo(&self, saliency: impl Fn(&Rgb) -> Map) -> Map {
        let empty = || Map::new(self.height, self.width, vec![0.0; self.height * self.width]);
        self.photo.map_or_else(empty, saliency)
    }
}

/// A CAM method: makes a map from a network's activations and, depending on [`Needs`], gradients or further passes.
pub trait Cam: Send + Sync {
    /// Version of the method's numbers, increased whenever they change, so that cached maps are not reused.
    fn version(&self) -> u32;

    /// Data that the method needs beside the activations.
    fn needs(&self) -> Needs;

    /// Family that the source article's steps name (A7, A8).
    fn family(&self) -> Option<CamFamily> {
        None
    }

    /// `true` if its options ask for an approximation of the published method that makes fewer passes.
    fn approximates(&self) -> bool {
        false
    }

    /// Rule by which the method always fuses the layers of its group; `None` for one that makes a map per layer.
    fn joins(&self) -> Option<Combine> {
        None
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Weights per channel, position or pixel that take further passes; passed to [`Cam::map`] in
    /// [`Features::weights`].
    ///
    /// # Errors
    /// [`CamError`] when a pass fails or a weight is not finite.
    fn weights(&self, _question: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        Ok(Vec::new())
    }

    /// Returns the map, unnormalised, on the layer's own grid, or at the image's size for methods that weight pixels.
    fn map(&self, features: Features<'_>) -> Map;

    /// Terms whose sum over the channels is the map before its final ReLU, `[height, width, channels]`: weights times
    /// activations for most methods. `None` for maps that are no such sum. Eigen-smoothing takes their first
    /// principal component in place of the sum.
    fn parts(&self, features: Features<'_>) -> Option<Vec<f32>> {
        (features.weights.len() == features.channels).then(|| weigh::weighted(features, features.weights))
    }

    /// As [`Cam::map`], for a method with [`Needs::Classifier`] that reads more than the target's own weights.
    fn map_of(&self, features: Features<'_>, _classifier: Classifier<'_>, _class: usize) -> Map {
        self.map(features)
    }
}

/// A family of methods with a step of its own in the source article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CamFamily {
    /// Grad-CAM and its variants (A7).
    GradCam,
    /// Score-CAM (A8).
    ScoreCam,
}

/// Data that a method needs beside the activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing else.
    Activations,
    /// [`Features::gradients`].
    Gradients,
    /// [`Features::classifier`]: the layer must feed global average pooling.
    Classifier,
    /// [`Features::weights`], from forward passes of masked images.
    MaskedImages,
    /// [`Features::weights`], from scores with single channels ablated: computed from [`Features::classifier`] where
    /// the layer feeds global average pooling, else by forward passes that start at the layer; then nothing
    /// downstream of the layer may read an earlier activation.
    AblatedChannels,
    /// [`Features::weights`], from extra forward and backward passes.
    GradientQueries,
}

/// A map that uses no network: the reference that every method has to beat.
pub trait Baseline: Send + Sync {
    /// Version of the map's numbers, increased whenever they change.
    fn version(&self) -> u32;

    /// True when the map depends on the seed.
    fn is_seeded(&self) -> bool;

    /// True when the map depends on the image, which is then given in [`BaselineInput::photo`].
    fn needs_photo(&self) -> bool {
        false
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Returns the map at the network's input size, in [0, 1].
    fn map(&self, canvas: BaselineInput<'_>) -> Map;
}

/// Borrowed registry item by its role.
pub enum Method<'a> {
    /// A CAM method, which uses a network.
    Cam(&'a dyn Cam),
    /// A baseline, which uses none.
    Baseline(&'a dyn Baseline),
}

/// Owned registry item by its role.
pub enum OwnedMethod {
    /// A CAM method, which uses a network.
    Cam(Box<dyn Cam>),
    /// A baseline, which uses none.
    Baseline(Box<dyn Baseline>),
}

impl CamSpec {
    /// The CAM method; `None` for a baseline.
    pub fn cam(&self) -> Option<&dyn Cam> {
        match self.method() {
            Method::Cam(cam) => Some(cam),
            Method::Baseline(_) => None,
        }
    }

    /// The baseline; `None` for a CAM method.
    pub fn baseline(&self) -> Option<&dyn Baseline> {
        match self.method() {
            Method::Cam(_) => None,
            Method::Baseline(baseline) => Some(baseline),
        }
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.method() {
            Method::Cam(cam) => cam.check(),
            Method::Baseline(baseline) => baseline.check(),
        }
    }

    /// True when [`Cam::parts`] is defined, tested on one position and one channel.
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
        // Methods with one weight per position or pixel override `parts` to return `None`.
        self.cam().is_some_and(|cam| cam.parts(features).is_some())
    }

    /// Class activation mapping with default options.
    pub fn plain() -> Self {
        Self::Cam(CamOptions::default())
    }

    /// Baselines that every report includes by default.
    pub fn baselines() -> Vec<Self> {
        vec![Self::CenterGaussian(CenterGaussian::default()), Self::Random(RandomMap::default())]
    }
}

/// `max(x, 0)` in place.
fn relu(map: &mut [f32]) {
    map.iter_mut().for_each(|value| *value = value.max(0.0));
}
