//! Images, maps, masks and boxes as plain arrays, and computations on them. Depends on no other camlab crate.
//!
//! Boxes at all 255 thresholds and their IoU with a true box:
//!
//! ```
//! use camlab_raster::boxes::{Evaluator, LEVELS};
//! use camlab_raster::{Map, PixelBox};
//!
//! // 4x4, values in [0, 1]; the middle four pixels are the brightest. As in wsolevaluation, a box ends one pixel after
//! // its region.
//! let mut values = vec![0.1; 16];
//! for at in [5, 6, 9, 10] {
//!     values[at] = 1.0;
//! }
//! let mut evaluator = Evaluator::new(4, 4)?;
//! let iou = evaluator.sweep(&Map::new(4, 4, values))?.iou(&[PixelBox::new(1, 1, 3, 3)]);
//! assert_eq!(iou.any.len(), LEVELS);
//! assert_eq!(iou.any[100], 1.0);
//! # Ok::<(), camlab_raster::boxes::BoxError>(())
//! ```

mod agreement;
mod blur;
mod box_outcome;
pub mod boxes;
mod concentration;
mod confidence;
mod divergence;
pub mod encode;
mod flag;
mod imputation;
mod map;
mod mask;
mod mask_histogram;
mod mask_iou;
mod min_max;
mod ordering;
mod otsu;
pub mod overlay;
mod perturbation_curve;
mod pixel_box;
mod pointing_game;
mod quantile;
mod rates;
mod relevance;
mod removal;
mod resize;
mod rgb;
mod robustness;
mod roc;
mod saliency;
mod similarity;
mod texture;

pub use agreement::{MapAgreement, agreement, divergences};
pub use blur::{BlurError, GaussianBlur};
pub use box_outcome::{BoxErrorLimits, BoxOutcome};
pub use concentration::{complexity, mean_magnitude, sparseness};
pub use confidence::{ClassSum, confidences, ranked, scaled_together};
pub use divergence::{DIVERGENCE_EPSILON, kl_divergence};
pub use flag::Flag;
pub use imputation::{ImputationError, Imputer, add_noise, impute};
pub use map::Map;
pub use mask::Mask;
pub use mask_histogram::{IntervalError, MaskHistogram, ScoreBins, peak_iou, pixel_average_precision};
pub use mask_iou::mask_iou;
pub use min_max::{min_max, min_max_in_place};
pub use ordering::descending;
pub use otsu::otsu_level;
pub use perturbation_curve::{curve_area, replaced_counts};
pub use pixel_box::PixelBox;
pub use pointing_game::pointing_hit;
pub use quantile::quantile;
pub use rates::{Rate, rates};
pub use relevance::{mass_within, rank_within, top_within};
pub use removal::removed_above;
pub use resize::{Enlarge, Interpolation, resize, resize_mask_nearest};
pub use rgb::Rgb;
pub use robustness::{infidelity, infidelity_of_products, sensitivity};
pub use roc::roc_auc;
pub use saliency::{fine_grained_saliency, spectral_residual};
pub use similarity::{MapSimilarity, similarity, structural_similarity};
pub use texture::{Texture, texture_energy};
