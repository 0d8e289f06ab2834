use serde::{Deserialize, Serialize};

use super::Map;

/// Degeneracy of a map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// None: the map has values above 0 and is not constant.
    #[default]
    None,
    /// The map, or one of the maps combined into it, has a value that is not finite; that map counts as 0 everywhere.
    Nan,
    /// All values are 0.
    Zero,
    /// All values are equal, but not 0.
    Constant,
    /// No value is above 0; after scaling to [0, 1] the map still shows where it is least negative.
    Negative,
}

impl Flag {
    /// Name used in the result tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Nan => "nan",
            Self::Zero => "zero",
            Self::Constant => "constant",
            Self::Negative => "negative",
        }
    }

    /// Returns the degeneracy of `map`.
    pub fn of(map: &Map) -> Self {
        let low = map.data.iter().copied().fold(f32::INFINITY, f32::min);
        let high = map.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        match () {
            () if map.data.iter().any(|value| !value.is_finite()) => Self::Nan,
            () if low == 0.0 && high == 0.0 => Self::Zero,
            () if low >= high => Self::Constant,
            () if high <= 0.0 => Self::Negative,
            () => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flag, Map};

    #[test]
    fn odd_maps_are_told_apart() {
        for (data, wanted) in [
            ([0.0, 0.0, -0.0], Flag::Zero),
            ([2.0, 2.0, 2.0], Flag::Constant),
            ([-2.0, -2.0, -2.0], Flag::Constant),
            ([-2.0, -1.0, 0.0], Flag::Negative),
            ([-2.0, f32::NAN, 1.0], Flag::Nan),
            ([0.0, f32::INFINITY, 1.0], Flag::Nan),
            ([-1.0, 0.0, 1e-30], Flag::None),
        ] {
            assert_eq!(Flag::of(&Map::new(1, 3, data.to_vec())), wanted, "{data:?}");
        }
    }
}
