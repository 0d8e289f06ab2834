use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number format of inference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits everywhere.
    #[default]
    F32,
    /// Activations and weights rounded to bfloat16 (8 significant bits), sums in 32 bits: needs AMX under Linux, or
    /// AVX-512-BF16 on an AMD processor.
    Bf16,
}

impl Precision {
    /// True if this machine supports it.
    pub fn is_available(self) -> bool {
        match self {
            Self::F32 => true,
            Self::Bf16 => camlab_kernel::bf16::available(),
        }
    }

    /// Its name in TOML and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}
