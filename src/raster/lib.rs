//! Images, maps, masks and boxes as plain arrays, and computations on them. Depends on no other camlab crate.

mod agreement;
pub mod boxes;
mod confidence;
mod divergence;
pub mod encode;
mod flag;
mod map;
mod mask;
mod min_max;
pub mod overlay;
mod pixel_box;
mod quantile;
mod rates;
mod resize;
mod rgb;
mod roc;
mod similarity;
mod texture;

pub use agreement::{MapAgreement, agreement, divergences};
pub use confidence::{ClassSum, confidences, ranked};
pub use divergence::{DIVERGENCE_EPSILON, kl_divergence};
pub use flag::Flag;
pub use map::Map;
pub use mask::Mask;
pub use min_max::{min_max, min_max_in_place};
pub use pixel_box::PixelBox;
pub use quantile::quantile;
pub use rates::{Rate, rates};
pub use resize::{Enlarge, Interpolation, resize, resize_mask_nearest};
pub use rgb::Rgb;
pub use roc::roc_auc;
pub use similarity::{MapSimilarity, similarity, structural_similarity};
pub use texture::{Texture, texture_energy};
