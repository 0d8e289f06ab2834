use std::path::Path;

use super::{InitError, PretrainedOptions};
use camlab_nn::Network;
use camlab_nn::graph::Graph;

/// An invalid option: its name, the problem and a remedy, which may be empty.
pub type SchemeFault = (&'static str, String, &'static str);

/// An initialisation: what one row of the registry does.
pub trait InitScheme {
    /// Checks the options for a network of this graph; reads no file.
    ///
    /// # Errors
    /// The first invalid option.
    fn check(&self, graph: &Graph) -> Result<(), SchemeFault>;

    /// Fills every parameter and buffer of `network`. The values drawn for a parameter depend only on `seed` and its
    /// name. `file` is the checkpoint, if it is not at the place that the options give.
    ///
    /// # Errors
    /// An option that is out of range, a checkpoint that does not fit the network.
    fn apply(&self, network: &mut Network, seed: u64, file: Option<&Path>) -> Result<(), InitError>;

    /// The checkpoint or the other experiment's network that the parameters come from; `None` if all are drawn.
    fn checkpoint(&self) -> Option<&PretrainedOptions> {
        None
    }
}

/// Checks that a scale is a positive number.
pub(super) fn positive(option: &'static str, value: f32) -> Result<(), SchemeFault> {
    match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err((option, InitError::Scale { option, value }.to_string(), "")),
    }
}

/// Checks that `zero-residual-gamma` has residual branches to apply to.
pub(super) fn residual(zero_residual_gamma: bool, graph: &Graph) -> Result<(), SchemeFault> {
    if zero_residual_gamma && super::fresh::residual_ends(graph).is_empty() {
        let message = "the backbone has no residual branch that ends in a batch norm".into();
        return Err(("zero-residual-gamma", message, "remove zero-residual-gamma, or use a ResNet"));
    }
    Ok(())
}

/// Declares an initialisation that draws by one law from options that several laws share.
macro_rules! drawn {
    ($(#[$doc:meta])* $name:ident($options:ident) by $law:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub $options);

        impl $crate::init::InitScheme for $name {
            fn check(&self, graph: &camlab_nn::graph::Graph) -> Result<(), $crate::init::SchemeFault> {
                $crate::init::scheme::residual(self.0.zero_residual_gamma, graph)
            }

            fn apply(
                &self,
                network: &mut camlab_nn::Network,
                seed: u64,
                _: Option<&std::path::Path>,
            ) -> Result<(), $crate::init::InitError> {
                self.0.apply(network, seed, Law::$law)
            }
        }
    };
}
pub(super) use drawn;
