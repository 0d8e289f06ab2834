//! The instructions of some work, by name: for records and keys, since their roundings differ.

use std::fmt;

use super::bf16::Bf16Unit;
use super::{Isa, pin_isa};

/// Instructions of work that computes in `f32`, or in both `f32` and bf16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KernelInstructions {
    /// Instruction set of the `f32` kernels.
    pub isa: Isa,
    /// Instructions of the bf16 kernels; `None` for work in `f32` alone.
    pub bf16: Option<Bf16Unit>,
}

impl KernelInstructions {
    /// The instructions of this process for work in `f32`.
    pub fn f32() -> Self {
        Self { isa: Isa::current(), bf16: None }
    }

    /// The instructions of this process for work in bf16; `None` if the machine has none for it.
    pub fn bf16() -> Option<Self> {
        Bf16Unit::current().map(|unit| Self { isa: Isa::current(), bf16: Some(unit) })
    }

    /// The instructions of a name, as [`fmt::Display`] writes it: `avx512`, `avx512+amx-bf16`.
    ///
    /// # Errors
    /// A message for a name of none.
    pub fn named(name: &str) -> Result<Self, String> {
        let (isa, unit) = name.split_once('+').map_or((name, None), |(isa, unit)| (isa, Some(unit)));
        let bf16 = unit.map(|unit| {
            let found = Bf16Unit::ALL.into_iter().find(|known| known.name() == unit);
            found.ok_or_else(|| {
                format!("`{unit}` names no bf16 instructions; known are amx-bf16 and avx512-bf16")
            })
        });
        Ok(Self { isa: Isa::named(isa)?, bf16: bf16.transpose()? })
    }

    /// Checks that this process computes with these instructions.
    ///
    /// # Errors
    /// A message that names both.
    pub fn check(self) -> Result<(), String> {
        let current = Isa::current();
        if current != self.isa {
            let (wanted, current) = (self.isa.name(), current.name());
            return Err(format!(
                "the stage was planned for the instruction set `{wanted}`, and this process computes with `{current}`; \
                 write run.instructions = \"{wanted}\""
            ));
        }
        self.check_bf16()
    }

    /// Makes this process compute with these instructions.
    ///
    /// # Errors
    /// A message if the machine lacks them, or kernels ran with others already.
    pub fn pin(self) -> Result<(), String> {
        pin_isa(self.isa)?;
        self.check_bf16()
    }

    fn check_bf16(self) -> Result<(), String> {
        let Some(wanted) = self.bf16 else { return Ok(()) };
        match Bf16Unit::current() {
            Some(unit) if unit == wanted => Ok(()),
            current => Err(format!(
                "the stage was planned for the bf16 instructions `{}`, and this machine uses {}; use precision = \
                 \"f32\" where machines differ",
                wanted.name(),
                current.map_or_else(|| "none".to_owned(), |unit| format!("`{}`", unit.name()))
            )),
        }
    }
}

impl fmt::Display for KernelInstructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.isa.name())?;
        self.bf16.map_or(Ok(()), |unit| write!(f, "+{}", unit.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for isa in Isa::ALL {
            for bf16 in [None, Some(Bf16Unit::Tiles), Some(Bf16Unit::Pairs)] {
                let instructions = KernelInstructions { isa, bf16 };
                assert_eq!(KernelInstructions::named(&instructions.to_string()), Ok(instructions));
            }
        }
        assert!(
            KernelInstructions::named("avx512+tiles").is_err() && KernelInstructions::named("sse").is_err()
        );
        assert!(KernelInstructions::f32().check().is_ok());
    }
}
