use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::graph::{Graph, Head};

registry! {
    /// Classification head: maps a backbone's last features to class scores.
    pub enum HeadSpec as "head" {
        "gap-linear" => GapLinear(GapLinearOptions), "global average pooling and a linear layer (Zhou et al. 2016)";
        "affine" => Affine(AffineOptions), "affine class maps `sum_k mu_ck f_k(p) + gamma_c` at every position, then global average pooling; loading the weights of a linear head gives the same class scores";
    }
    /// The implementation of this head.
    fn implementation -> HeadKind;
}

/// A classification head: what one row of the registry does.
pub trait HeadKind {
    /// The head of a graph.
    fn head(&self) -> Head;
}

/// `gap-linear` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapLinearOptions {}

impl HeadKind for GapLinearOptions {
    fn head(&self) -> Head {
        Head::GapLinear
    }
}

/// `affine` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffineOptions {}

impl HeadKind for AffineOptions {
    fn head(&self) -> Head {
        Head::Affine
    }
}

impl HeadSpec {
    /// Returns `graph` with its head replaced by this one, for the same number of classes.
    pub fn on(&self, graph: &Graph) -> Graph {
        graph.with_head(self.implementation().head())
    }
}
