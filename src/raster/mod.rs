//! Images, maps, masks and boxes as plain arrays, and what is computed on them. Imports nothing of ours.

pub mod encode;
mod map;
mod mask;
pub mod overlay;
mod pixel_box;
mod rgb;

pub use map::Map;
pub use mask::Mask;
pub use pixel_box::PixelBox;
pub use rgb::Rgb;
