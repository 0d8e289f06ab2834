//! Which instructions this machine has, asked once; an environment variable forces a lesser set.

use std::sync::OnceLock;

/// The environment variable that forces an instruction set: `portable`, `avx2` or `avx512`.
pub const ISA_VARIABLE: &str = "CAMLAB_ISA";

/// An instruction set the `f32` kernels are compiled for, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Plain Rust.
    Portable,
    /// x86-64 with AVX2 and FMA: 8 lanes.
    Avx2,
    /// x86-64 with AVX-512F: 16 lanes.
    Avx512,
}

impl Isa {
    /// Every set, worst first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Its name, as [`ISA_VARIABLE`] takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The best set of this machine.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// The set the kernels use: the best one, or what [`ISA_VARIABLE`] asked for when the process first looked.
    /// A set this machine does not have falls to the best it has; [`check_isa`] says so where a person reads it.
    pub fn current() -> Self {
        #[cfg(test)]
        if let Some(isa) = FORCED.get() {
            return isa;
        }
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| match check_isa() {
            Ok(Some(isa)) => isa,
            Ok(None) | Err(_) => Self::best(),
        })
    }
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Isa>> = const { std::cell::Cell::new(None) };
}

/// Runs `work` with [`Isa::current`] forced to `isa` on this thread: kernels ask once, on the thread that calls them.
#[cfg(test)]
pub(super) fn with_isa<R>(isa: Isa, work: impl FnOnce() -> R) -> R {
    FORCED.set(Some(isa));
    let result = work();
    FORCED.set(None);
    result
}

/// What [`ISA_VARIABLE`] asks for, `None` when it is unset.
///
/// # Errors
/// A message when it names no set, or one that this machine does not have.
pub fn check_isa() -> Result<Option<Isa>, String> {
    let Ok(wanted) = std::env::var(ISA_VARIABLE) else { return Ok(None) };
    let Some(isa) = Isa::ALL.into_iter().find(|isa| isa.name() == wanted) else {
        return Err(format!(
            "{ISA_VARIABLE}=`{wanted}` names no instruction set; use portable, avx2 or avx512"
        ));
    };
    match isa.is_available() {
        true => Ok(Some(isa)),
        false => Err(format!(
            "{ISA_VARIABLE}=`{wanted}`, which this machine does not have; its best is `{}`",
            Isa::best().name()
        )),
    }
}
