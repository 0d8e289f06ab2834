//! Initialisation of a network's parameters: from a checkpoint or at random.

mod error;
mod fresh;
mod kaiming;
mod orthogonal;
mod pretrained;
mod scheme;
mod sha256;
mod stored_classes;
mod truncated_normal;
mod without_batch_norm;
mod xavier;

use std::path::Path;

use camlab_base::registry;
use camlab_data::path::DataPath;
use camlab_nn::Network;
use camlab_nn::graph::Graph;

pub use error::InitError;
pub use kaiming::{FanMode, KaimingNormal, KaimingOptions, KaimingUniform};
pub use orthogonal::OrthogonalOptions;
pub use pretrained::{PretrainedOptions, ReferredNetwork};
pub use scheme::{InitScheme, SchemeFault};
pub use sha256::Sha256;
pub use truncated_normal::TruncatedNormalOptions;
pub use xavier::{XavierNormal, XavierOptions, XavierUniform};

registry! {
    /// An initialisation and its options.
    pub enum InitSpec as "initialisation" {
        "pretrained" => Pretrained(PretrainedOptions), "all parameters from a checkpoint (safetensors or PyTorch .pth, a file or a URL) or from another experiment's network";
        "kaiming-normal" => KaimingNormal(KaimingNormal), "normal with variance 2 / fan (He et al. 2015); torchvision's for ResNets";
        "kaiming-uniform" => KaimingUniform(KaimingUniform), "uniform with variance 2 / fan (He et al. 2015)";
        "xavier-normal" => XavierNormal(XavierNormal), "normal with variance 2 / (fan in + fan out) (Glorot & Bengio 2010)";
        "xavier-uniform" => XavierUniform(XavierUniform), "uniform with variance 2 / (fan in + fan out) (Glorot & Bengio 2010)";
        "orthogonal" => Orthogonal(OrthogonalOptions), "orthonormal rows or columns (Saxe et al. 2014)";
        "truncated-normal" => TruncatedNormal(TruncatedNormalOptions), "normal, truncated at two standard deviations by redrawing";
    }
    /// The implementation of this initialisation.
    fn implementation -> InitScheme;
}

/// An invalid option of an initialisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionFault {
    /// Dotted name of the option, starting with the initialisation: `pretrained.sha256`.
    pub option: String,
    /// Description of the problem.
    pub message: String,
    /// Proposed remedy; may be empty.
    pub remedy: &'static str,
}

impl InitSpec {
    /// Checks the options for a network of this graph; reads no file.
    ///
    /// # Errors
    /// The first invalid option.
    pub fn check(&self, graph: &Graph) -> Result<(), OptionFault> {
        self.implementation().check(graph).map_err(|(option, message, remedy)| OptionFault {
            option: format!("{}.{option}", self.name()),
            message,
            remedy,
        })
    }

    /// The checkpoint or the other experiment's network that the parameters come from; `None` if all are drawn.
    pub fn checkpoint(&self) -> Option<&PretrainedOptions> {
        self.implementation().checkpoint()
    }

    /// The initialisation without the place of its checkpoint, or of the network that stands for it: it counts by its
    /// content.
    #[must_use]
    pub fn without_place(&self) -> Self {
        match self.checkpoint() {
            Some(options) => Self::Pretrained(PretrainedOptions {
                checkpoint: DataPath::new("checkpoint"),
                sha256: None,
                experiment: DataPath::default(),
                network: None,
                seed: None,
                ..options.clone()
            }),
            None => self.clone(),
        }
    }

    /// `true` if a network takes its weights exactly as the checkpoint has them.
    pub fn is_as_stored(&self) -> bool {
        self.checkpoint().is_some_and(|options| !options.without_batch_norm) && !self.draws()
    }

    /// `true` if any parameter is drawn at random.
    pub fn draws(&self) -> bool {
        self.checkpoint().is_none_or(|options| options.fresh_head || !options.leave_out.is_empty())
    }

    /// Fills every parameter and buffer of `network`. The values drawn for a parameter depend only on `seed` and its
    /// name.
    ///
    /// Random initialisations draw the weights of convolutions and the head, set biases and running means to 0,
    /// scales and running variances to 1. The Kaiming ones leave the head to torch's default, as torchvision does.
    ///
    /// # Errors
    /// [`InitError`] if an option is out of range or a checkpoint does not fit the network.
    pub fn apply(&self, network: &mut Network, seed: u64) -> Result<(), InitError> {
        self.apply_from(network, seed, None)
    }

    /// [`InitSpec::apply`] with the checkpoint read from `file` if given: the downloaded file of a URL.
    ///
    /// # Errors
    /// As [`InitSpec::apply`].
    pub fn apply_from(&self, network: &mut Network, seed: u64, file: Option<&Path>) -> Result<(), InitError> {
        self.implementation().apply(network, seed, file)
    }
}
