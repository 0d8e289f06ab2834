//! Macro for the rows of a family that differ in their depths alone.

/// Declares a row of a family: the network of the given depths, with options that several rows share. `$expand` makes
/// the whole network of options and depths.
macro_rules! network {
    ($(#[$doc:meta])* $name:ident($options:ident) = $expand:ident $depths:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub $options);

        impl $crate::backbone::Backbone for $name {
            fn build(
                &self,
                classes: usize,
            ) -> Result<camlab_nn::graph::Graph, $crate::backbone::BackboneError> {
                self.0.$expand($depths).build(classes)
            }
        }
    };
}
pub(super) use network;
