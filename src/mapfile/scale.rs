//! From a stored value to the value of a map.

use super::error::MapFault;
use super::options::MapFileOptions;
use super::range::{MapPolarity, MapRange};

/// A value of a file in both precisions: `f64` holds every 32-bit integer, and a 64-bit integer is rounded to `f32`
/// once only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredValue {
    /// Nearest `f32`; `f32` values keep their bits.
    pub(crate) narrow: f32,
    /// Nearest `f64`.
    pub(crate) wide: f64,
}

/// Range and polarity of the stored values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueScale {
    range: MapRange,
    dark: bool,
}

impl ValueScale {
    pub(crate) fn new(options: &MapFileOptions) -> Self {
        Self { range: options.range, dark: options.polarity == MapPolarity::Dark }
    }

    /// The map's value: in [0, 1] under a declared range; otherwise the stored one, negated if dark, so that scaling by
    /// minimum and maximum inverts it.
    pub(crate) fn apply(self, stored: StoredValue) -> Result<f32, MapFault> {
        let MapRange::Bounds { low, high } = self.range else {
            return Ok(if self.dark { -stored.narrow } else { stored.narrow });
        };
        let scaled = (stored.wide - low) / (high - low);
        // False for NaN too.
        if !(-MapRange::TOLERANCE..=1.0 + MapRange::TOLERANCE).contains(&scaled) {
            return Err(MapFault::Outside { value: stored.wide, range: self.range });
        }
        let scaled = scaled.clamp(0.0, 1.0);
        Ok(if self.dark { 1.0 - scaled } else { scaled } as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(range: MapRange, polarity: MapPolarity, value: f32) -> Result<f32, MapFault> {
        let options = MapFileOptions { range, polarity, ..MapFileOptions::default() };
        ValueScale::new(&options).apply(StoredValue { narrow: value, wide: value.into() })
    }

    #[test]
    fn a_declared_range_becomes_zero_to_one() {
        let range = MapRange::Bounds { low: -1.0, high: 3.0 };
        for (value, bright) in
            [(-1.0, 0.0), (0.0, 0.25), (1.0, 0.5), (3.0, 1.0), (3.000_001, 1.0), (-1.000_001, 0.0)]
        {
            assert_eq!(scaled(range, MapPolarity::Bright, value).unwrap(), bright);
            assert_eq!(scaled(range, MapPolarity::Dark, value).unwrap(), 1.0 - bright);
        }
        for value in [3.001, -1.001, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let message = scaled(range, MapPolarity::Bright, value).unwrap_err().to_string();
            assert!(message.contains(&format!("value {value} lies outside range = [-1, 3]")), "{message}");
        }
    }

    #[test]
    fn values_of_an_unknown_range_stay_or_change_their_sign() {
        for value in [0.0, -3.5, 1e-40, f32::MAX, f32::NAN, f32::INFINITY] {
            let bits = |polarity| scaled(MapRange::MinMax, polarity, value).unwrap().to_bits();
            assert_eq!(bits(MapPolarity::Bright), value.to_bits());
            assert_eq!(bits(MapPolarity::Dark), (-value).to_bits());
        }
    }

    /// `low` = 0 and `high` = 1 are exact.
    #[test]
    fn values_in_the_unit_range_keep_their_bits() {
        let range = MapRange::Bounds { low: 0.0, high: 1.0 };
        for value in [0.0, 1e-45, 0.1, 1.0 / 3.0, 0.999_999_94, 1.0] {
            assert_eq!(scaled(range, MapPolarity::Bright, value).unwrap().to_bits(), f32::to_bits(value));
        }
    }
}
