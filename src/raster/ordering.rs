//! Order of a map's pixels by value.

/// Bits of a key that one pass of the radix sort looks at.
const DIGIT: u32 = 11;

/// Indices of `values` in descending order. Equal values keep the order of their positions, 0 and -0 are equal, and
/// NaN comes last, ties by position too.
///
/// The same order as PyTorch's `argsort(descending=True, stable=True)`, which insertion and deletion use in torchcam;
/// there, NaN comes first. `values` has at most 2^32 elements, more than an image can have.
pub fn descending(values: &[f32]) -> Vec<u32> {
    let mut pairs: Vec<u64> =
        (0u64..).zip(values).map(|(at, value)| u64::from(key(*value)) << 32 | at).collect();
    let mut sorted = vec![0u64; pairs.len()];
    // Least significant digit first; every pass is stable, so that ties stay in the order of their positions.
    for pass in 0..32u32.div_ceil(DIGIT) {
        let digit = |pair: u64| (pair >> (32 + pass * DIGIT)) as usize & ((1 << DIGIT) - 1);
        let mut starts = vec![0usize; 1 << DIGIT];
        pairs.iter().for_each(|pair| starts[digit(*pair)] += 1);
        if starts.contains(&pairs.len()) {
            continue;
        }
        let mut next = 0;
        for start in &mut starts {
            next += std::mem::replace(start, next);
        }
        for &pair in &pairs {
            let place = &mut starts[digit(pair)];
            sorted[*place] = pair;
            *place += 1;
        }
        std::mem::swap(&mut pairs, &mut sorted);
    }
    pairs.into_iter().map(|pair| pair as u32).collect()
}

/// Key whose ascending integer order is the descending order of the numbers.
fn key(value: f32) -> u32 {
    if value.is_nan() {
        return u32::MAX;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 { bits } else { !(bits | 1 << 31) }
}

#[cfg(test)]
mod tests {
    use super::descending;
    use proptest::prelude::*;

    #[test]
    fn ties_keep_their_positions_and_nan_is_last() {
        let values = [0.5, f32::NAN, -0.0, 2.0, 0.0, 0.5, f32::NEG_INFINITY, f32::INFINITY, -3.0];
        assert_eq!(descending(&values), [7, 3, 0, 5, 2, 4, 8, 6, 1]);
        assert_eq!(descending(&[]), [0u32; 0]);
        assert_eq!(descending(&[1.5; 3]), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn is_a_stable_sort(values in prop::collection::vec(prop_oneof![-2f32..2.0, Just(0.25), any::<f32>()], 0..300)) {
            let mut wanted: Vec<u32> = (0..values.len() as u32).collect();
            let value = |at: &u32| values[*at as usize];
            wanted.sort_by(|a, b| {
                let (a, b) = (value(a), value(b));
                b.partial_cmp(&a).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            });
            prop_assert_eq!(descending(&values), wanted);
        }
    }
}
