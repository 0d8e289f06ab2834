use serde::{Deserialize, Serialize};

use camlab_base::registry;
use camlab_nn::graph::{Graph, Head};

registry! {
    /// What makes class scores of a backbone's last features.
    pub enum HeadSpec as "head" {
        "gap-linear" => GapLinear(GapLinearOptions), "global average pooling and a linear layer (Zhou et al. 2016)";
        "affine" => Affine(AffineOptions), "a map per class, `sum_k mu_ck f_k(p) + gamma_c` at every position, then global average pooling; a linear layer's checkpoint starts it with equal class scores";
    }
}

/// `gap-linear` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapLinearOptions {}

/// `affine` has no options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AffineOptions {}

impl HeadSpec {
    /// The same features under this head.
    pub fn on(&self, graph: &Graph) -> Graph {
        graph.with_head(match self {
            Self::GapLinear(_) => Head::GapLinear,
            Self::Affine(_) => Head::Affine,
        })
    }
}
