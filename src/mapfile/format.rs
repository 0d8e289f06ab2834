//! Formats of map files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Format of a map file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapFormat {
    /// One array, as `numpy.save` writes it.
    #[default]
    Npy,
    /// Named arrays in a zip archive, as `numpy.savez` and `numpy.savez_compressed` write them.
    Npz,
    /// A grey image of 8 or 16 bits.
    Png,
}

impl MapFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Npy, Self::Npz, Self::Png];

    /// Extension of the files, without the dot; the TOML name too.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Png => "png",
        }
    }

    /// The format that content begins like; `None` for every other content.
    pub fn sniff(start: &[u8]) -> Option<Self> {
        // An archive without entries begins with the record of its end.
        let signatures: [(&[u8], Self); 4] = [
            (b"\x93NUMPY", Self::Npy),
            (b"PK\x03\x04", Self::Npz),
            (b"PK\x05\x06", Self::Npz),
            (b"\x89PNG\r\n\x1a\n", Self::Png),
        ];
        signatures.into_iter().find(|(signature, _)| start.starts_with(signature)).map(|(_, format)| format)
    }
}

impl std::fmt::Display for MapFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Png => "PNG",
        })
    }
}
