//! Maps of other programs as files: reading and writing one map (NPY, NPZ, PNG), and finding the file of every image
//! in a folder by a name pattern.
//!
//! A map is written and read back, here in memory:
//!
//! ```
//! use camlab_mapfile::{MapFileOptions, MapFormat, NumberType, decode_map, encode_map};
//! use camlab_raster::Map;
//!
//! let map = Map::new(1, 3, vec![0.0, 0.25, 1.0]);
//! let bytes = encode_map(MapFormat::Npy, NumberType::F32, &map)?;
//! assert_eq!(decode_map(&bytes, &MapFileOptions::default(), None)?, map);
//! # Ok::<(), camlab_mapfile::MapFault>(())
//! ```
//!
//! Files are taken to be hostile: no content makes a reader panic, and no declared size is allocated before it was
//! compared with the bytes that are there.

mod axes;
mod error;
mod folder;
mod format;
mod npy;
mod npz;
mod options;
mod pattern;
mod plane;
mod png;
mod range;
mod read;
mod scale;
mod write;

pub use axes::{ChannelChoice, MapAxes, MapFlip};
pub use error::{MapFault, MapFileError};
pub use folder::{FoundMaps, MapFolder, MapFolderError, NameSample};
pub use format::MapFormat;
pub use options::{MapFileOptions, MapOptionError};
pub use pattern::{FilePattern, FilePatternError, PatternImage};
pub use range::{MapPolarity, MapRange};
pub use read::{decode_map, read_map};
pub use write::{NamedArray, NumberType, encode_map, encode_npz, write_map, write_npz};
