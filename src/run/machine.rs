//! Properties of this machine and process, for reports and benchmarks.

use serde::{Deserialize, Serialize};

use camlab_base::proc_bytes;
use camlab_kernel::{Isa, bf16};
use camlab_store::ProcessIdentity;

/// The machine and process that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineRecord {
    /// Name of the machine; `unknown` if the system does not provide it.
    pub host: String,
    /// The processor's name; `unknown` likewise.
    pub processor: String,
    /// The processor's features that numerical code can use, by the names of Rust's feature detection; empty where they
    /// are not detected.
    pub features: Vec<String>,
    /// The instruction set of the `f32` kernels.
    pub instructions: String,
    /// `true` if the machine computes in bf16.
    pub bf16: bool,
    /// Number of worker threads.
    pub threads: usize,
    /// Memory, bytes; `None` if the system does not provide it.
    pub memory: Option<u64>,
    /// Operating system, its version where it is known, and architecture.
    pub system: String,
}

impl MachineRecord {
    /// This machine and process.
    pub fn current() -> Self {
        Self {
            host: host(),
            processor: processor(),
            features: features(),
            instructions: Isa::current().name().to_owned(),
            bf16: bf16::available(),
            threads: rayon::current_num_threads(),
            memory: memory(),
            system: system(),
        }
    }
}

/// The processor's name; `unknown` if the system does not provide it.
pub fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown".into(), |(_, name)| name.trim().to_string())
}

/// Memory of the machine, bytes.
fn memory() -> Option<u64> {
    proc_bytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// A line that Linux keeps under `/proc/sys/kernel`.
fn kernel_line(name: &str) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?;
    Some(text.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The machine's name in its network; `unknown` if the system does not provide it.
pub fn host() -> String {
    match ProcessIdentity::own().host.as_str() {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}

fn system() -> String {
    let (name, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    match kernel_line("osrelease") {
        Some(release) => format!("{name} {release} {architecture}"),
        None => format!("{name} {architecture}"),
    }
}

/// The processor's features that kernels and the libraries below them can use.
fn features() -> Vec<String> {
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! detected {
            ($($name:tt),*) => { [$(($name, std::is_x86_feature_detected!($name))),*] };
        }
        let known = detected!(
            "sse4.2",
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512bw",
            "avx512cd",
            "avx512dq",
            "avx512vl",
            "avx512vnni",
            "avx512bf16"
        );
        // Stable Rust does not detect the tiles; the kernels do.
        let tiles = [("amx-bf16", bf16::Bf16Unit::Tiles.is_available())];
        let found = known.into_iter().chain(tiles).filter(|(_, found)| *found);
        found.map(|(name, _)| name.to_owned()).collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    Vec::new()
}
