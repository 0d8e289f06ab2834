//! Instruction sets of this machine, detected once; an environment variable forces a lesser one.

use std::sync::OnceLock;

/// Environment variable that forces an instruction set: `portable`, `avx2` or `avx512`.
pub const ISA_VARIABLE: &str = "CAMLAB_ISA";

/// An instruction set that the `f32` kernels are compiled for, least capable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Portable Rust.
    Portable,
    /// x86-64 with AVX2 and FMA: 8 lanes.
    Avx2,
    /// x86-64 with AVX-512F: 16 lanes.
    Avx512,
}

impl Isa {
    /// Every set, least capable first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Its name in [`ISA_VARIABLE`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The set of a name.
    ///
    /// # Errors
    /// A message for a name of none.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|isa| isa.name() == name);
        found.ok_or_else(|| format!("`{name}` is not an instruction set; use portable, avx2 or avx512"))
    }

    /// True if this machine has it.
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

    /// The most capable set of this machine.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// The set that the kernels use: the best one, or the one that [`ISA_VARIABLE`] named at the first call.
    /// A set that this machine does not have is replaced by its best; [`check_isa`] returns an error for it.
    pub fn current() -> Self {
        #[cfg(test)]
        if let Some(isa) = FORCED.get() {
            return isa;
        }
        *CURRENT.get_or_init(|| match check_isa() {
            Ok(Some(isa)) => isa,
            Ok(None) | Err(_) => Self::best(),
        })
    }
}

static CURRENT: OnceLock<Isa> = OnceLock::new();

/// Fixes the instruction set of this process's kernels, whose results differ in rounding from those of another.
///
/// # Errors
/// A message if this machine does not have it, or kernels ran with another one already.
pub fn pin_isa(isa: Isa) -> Result<(), String> {
    if !isa.is_available() {
        let (name, best) = (isa.name(), Isa::best().name());
        return Err(format!("this machine lacks the instruction set `{name}`; its best is `{best}`"));
    }
    let current = *CURRENT.get_or_init(|| isa);
    match current == isa {
        true => Ok(()),
        false => Err(format!(
            "this process computes with the instruction set `{}`, not with `{}`; start another one",
            current.name(),
            isa.name()
        )),
    }
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Isa>> = const { std::cell::Cell::new(None) };
}

/// Runs `work` with [`Isa::current`] forced to `isa` on this thread: kernels read it once, on the calling
/// thread.
#[cfg(test)]
pub(super) fn with_isa<R>(isa: Isa, work: impl FnOnce() -> R) -> R {
    FORCED.set(Some(isa));
    let result = work();
    FORCED.set(None);
    result
}

/// The instruction set that [`ISA_VARIABLE`] names, `None` if it is unset.
///
/// # Errors
/// A message if it names no set, or one that this machine does not have.
pub fn check_isa() -> Result<Option<Isa>, String> {
    let Ok(wanted) = std::env::var(ISA_VARIABLE) else { return Ok(None) };
    let Some(isa) = Isa::ALL.into_iter().find(|isa| isa.name() == wanted) else {
        return Err(format!(
            "{ISA_VARIABLE}=`{wanted}` is not an instruction set; use portable, avx2 or avx512"
        ));
    };
    match isa.is_available() {
        true => Ok(Some(isa)),
        false => Err(format!(
            "{ISA_VARIABLE}=`{wanted}` is not supported by this machine; its best is `{}`",
            Isa::best().name()
        )),
    }
}
