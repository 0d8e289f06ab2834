//! Choices of the map thresholds of box metrics by other images than the evaluated ones, one per file. The protocol's
//! own choice, the threshold that is best on the evaluated images (the oracle's), needs no part: it is always reported.

mod pseudo_boxes;
mod val;

pub use pseudo_boxes::PseudoBoxes;
pub use val::ValBoxes;

use crate::cam::{CamSpec, Refusal};
use crate::metric::ThresholdSource;
use camlab_base::registry;

registry! {
    /// A choice of map thresholds and its options, as named in TOML.
    pub enum ThresholdChoiceSpec as "threshold choice" {
        "val" => Val(ValBoxes), "the threshold that is best for the true boxes of `data.val`; the default where there are such boxes";
        "pseudo-boxes" => PseudoBoxes(PseudoBoxes), "the threshold that is best for boxes that no person drew, here those of a saliency map without a network, on `data.val`, else on the test images (protocol of Murtaza et al., arXiv 2404.10034)";
    }
    /// The implementation of this choice.
    fn choice -> ThresholdChoice;
}

/// A choice of map thresholds.
pub trait ThresholdChoice {
    /// The word for it in the names of measures.
    fn source(&self) -> ThresholdSource;

    /// The baseline whose maps give the boxes, which needs no network; `None`: true boxes.
    fn saliency(&self) -> Option<&CamSpec> {
        None
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Refusal`] of the first invalid option.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }
}
