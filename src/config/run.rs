use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_parts::cluster::Budget;

/// `[run]`: workers that run the stages, their limits, retries. Nothing here changes a result, but for `instructions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunOptions {
    /// Number of worker processes that run stages side by side; 0: all stages run in one process, one after the other.
    pub workers: usize,
    /// Memory that a worker may use, such as `"8 GB"`; a stage that needs more fails. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Budget>,
    /// Minutes without progress after which a worker is ended and its stage fails. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_minutes: Option<f64>,
    /// Start no further stage once one has failed.
    pub fail_fast: bool,
    /// Number of further attempts at a stage that failed, by cause.
    pub retries: Retries,
    /// Instruction set of the kernels, whose roundings differ: results are equal for equal sets. Default: the best one of
    /// the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<Instructions>,
}

impl RunOptions {
    /// Least memory of a worker, bytes: the program itself takes about a third of it.
    pub const LEAST_MEMORY: u64 = 64_000_000;
}

/// Further attempts at a stage that failed, by cause. Causes that the same stage always has, such as a loss that
/// diverges or an image that cannot be read, have no retries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retries {
    /// The worker used more memory than `memory`, or than the machine has.
    pub memory: u32,
    /// The worker made no progress for `timeout-minutes`.
    pub timeout: u32,
    /// The worker was ended by a signal.
    pub killed: u32,
    /// A file could not be read or written.
    pub io: u32,
    /// The stage panicked: a defect of camlab.
    pub panic: u32,
}

/// Instruction set of the kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Instructions {
    /// Portable Rust, for every processor.
    Portable,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with AVX-512F.
    Avx512,
}

impl Instructions {
    /// The name in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}
