//! Types of numbers in NPY files.

use half::f16;
use npyz::{DType, Endianness, TypeChar};

use crate::error::MapFault;
use crate::scale::StoredValue;

/// Type of an array's values: boolean, integer or float of 1 to 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredType {
    kind: NumberKind,
    /// Bytes per value: 1, 2, 4 or 8.
    pub(super) size: usize,
    big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberKind {
    Bool,
    Signed,
    Unsigned,
    Float,
}

impl StoredType {
    /// The type that a header declares.
    ///
    /// # Errors
    /// Python objects, structures, text, dates, complex numbers and floats of 16 bytes.
    pub(super) fn new(declared: &DType) -> Result<Self, MapFault> {
        if declared.uses_pickled_array() {
            return Err(MapFault::Pickled);
        }
        let DType::Plain(plain) = declared else {
            return Err(MapFault::Type("of a structure".to_owned()));
        };
        let kind = match plain.type_char() {
            TypeChar::Bool => NumberKind::Bool,
            TypeChar::Int => NumberKind::Signed,
            TypeChar::Uint => NumberKind::Unsigned,
            TypeChar::Float => NumberKind::Float,
            _ => return Err(MapFault::Type(format!("`{plain}`"))),
        };
        let big_endian = plain.endianness() == Endianness::Big;
        match plain.size_field() {
            size @ (1 | 2 | 4 | 8) => Ok(Self { kind, size: size as usize, big_endian }),
            _ => Err(MapFault::Type(format!("`{plain}`"))),
        }
    }

    /// The value of [`StoredType::size`] bytes.
    pub(super) fn value(self, bytes: &[u8]) -> StoredValue {
        let push = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        let bits = match self.big_endian {
            true => bytes.iter().fold(0, push),
            false => bytes.iter().rev().fold(0, push),
        };
        // The sign of a shorter integer moves to the top and back.
        let unused = 64 - 8 * self.size as u32;
        match (self.kind, self.size) {
            (NumberKind::Bool, _) => {
                let value = u8::from(bits != 0);
                StoredValue { narrow: value.into(), wide: value.into() }
            }
            (NumberKind::Signed, _) => {
                let value = (bits << unused) as i64 >> unused;
                StoredValue { narrow: value as f32, wide: value as f64 }
            }
            (NumberKind::Unsigned, _) => StoredValue { narrow: bits as f32, wide: bits as f64 },
            (NumberKind::Float, 2) => {
                let value = f16::from_bits(bits as u16);
                StoredValue { narrow: value.to_f32(), wide: value.to_f64() }
            }
            (NumberKind::Float, 4) => {
                let value = f32::from_bits(bits as u32);
                StoredValue { narrow: value, wide: value.into() }
            }
            (NumberKind::Float, _) => {
                let value = f64::from_bits(bits);
                StoredValue { narrow: value as f32, wide: value }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(descr: &str, bytes: &[u8]) -> f64 {
        let declared = DType::new_scalar(descr.parse().unwrap());
        StoredType::new(&declared).unwrap().value(bytes).wide
    }

    #[test]
    fn bytes_are_values_of_their_type() {
        assert_eq!(value("|i1", &[0xff]), -1.0);
        assert_eq!(value("|u1", &[0xff]), 255.0);
        assert_eq!(value("|b1", &[2]), 1.0);
        assert_eq!(value("<i2", &[0xfe, 0xff]), -2.0);
        assert_eq!(value(">i2", &[0xff, 0xfe]), -2.0);
        assert_eq!(value(">u8", &[0, 0, 0, 0, 0, 0, 1, 2]), 258.0);
        assert_eq!(value("<f2", &[0, 0x3c]), 1.0);
        assert_eq!(value(">f4", &1.5f32.to_be_bytes()), 1.5);
        assert_eq!(value("<f8", &0.1f64.to_le_bytes()), 0.1);
    }

    #[test]
    fn types_that_are_no_real_numbers_are_errors() {
        for descr in ["<c8", "<c16", "<f16", "<U3", "|S3", "<M8[ns]", "<m8[s]", "|V4"] {
            let fault = StoredType::new(&DType::new_scalar(descr.parse().unwrap())).unwrap_err();
            assert_eq!(fault, MapFault::Type(format!("`{descr}`")));
        }
        assert_eq!(StoredType::new(&DType::new_scalar("|O".parse().unwrap())), Err(MapFault::Pickled));
    }
}
