//! Map files: NumPy's and Pillow's values, round trips, damaged files, and files of images in a folder.

mod found;
mod golden;
mod hostile;
mod round_trip;

use std::path::PathBuf;

/// The folder of the golden files.
fn golden() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/map-files"))
}
