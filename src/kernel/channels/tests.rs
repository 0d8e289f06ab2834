//! Sums and maps per channel compared with plain `f64` loops, with every instruction set.

use proptest::prelude::*;

use crate::isa::with_isa;
use crate::*;

fn numbers(len: usize, seed: u32) -> Vec<f32> {
    (0..len as u32)
        .map(|i| ((i ^ seed).wrapping_mul(2654435761) >> 8) as f32 / (1 << 23) as f32 - 1.0)
        .collect()
}

fn close(found: &[f32], expected: impl Iterator<Item = f64>, tolerance: f64) -> bool {
    found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() <= tolerance * (1.0 + b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn joined_channels_follow_plain_loops(
        pixels in 1usize..200,
        parts in prop::collection::vec(1usize..40, 1..5),
        normalised: bool,
    ) {
        let total: usize = parts.iter().sum();
        let values: Vec<Vec<f32>> =
            parts.iter().enumerate().map(|(at, part)| numbers(pixels * part, at as u32)).collect();
        let (scale, shift) = (numbers(total, 8), numbers(total, 9));
        let range = OutputRange { low: -0.25, high: 0.5 };
        let joined = (0..pixels).flat_map(|pixel| {
            values.iter().zip(&parts).flat_map(move |(values, part)| values[pixel * part..][..*part].iter().copied())
        });
        let affine = |(at, x): (usize, f32)| match normalised {
            true => f64::from(x) * f64::from(scale[at % total]) + f64::from(shift[at % total]),
            false => f64::from(x),
        };
        let wanted: Vec<f64> = joined.enumerate().map(affine).map(|value| value.clamp(-0.25, 0.5)).collect();
        let parts: Vec<ConcatPart<'_>> = values
            .iter()
            .zip(&parts)
            .map(|(values, channels)| ConcatPart { values, channels: *channels })
            .collect();
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            with_isa(isa, || {
                let mut found = vec![f32::NAN; pixels * total];
                let affine = normalised.then_some(Affine { scale: &scale, shift: &shift });
                concat_channels(&parts, affine, range, &mut found).unwrap();
                assert!(close(&found, wanted.iter().copied(), 1e-6));
            });
        }
    }

    #[test]
    fn channels_follow_plain_loops(pixels in 1usize..300, channels in 1usize..70, limits in 0..3, residual: bool) {
        let range = [OutputRange::ALL, OutputRange::RELU, OutputRange { low: -0.25, high: 0.5 }][limits as usize];
        let len = pixels * channels;
        let (x, r, dy) = (numbers(len, 1), numbers(len, 2), numbers(len, 3));
        let factor = |seed| numbers(channels, seed);
        let (scale, shift, mean, slope) = (factor(4), factor(5), factor(6), factor(7));
        let affine = Affine { scale: &scale, shift: &shift };
        let at = |i: usize| {
            let value = f64::from(x[i]) * f64::from(scale[i % channels]) + f64::from(shift[i % channels]);
            value + if residual { f64::from(r[i]) } else { 0.0 }
        };
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            with_isa(isa, || {
                let sums = channel_sums(&x, channels).unwrap();
                let moments = channel_moments(&x, channels).unwrap();
                for channel in 0..channels {
                    let values = || x[channel..].iter().step_by(channels).map(|v| f64::from(*v));
                    let mean = values().sum::<f64>() / pixels as f64;
                    let var = values().map(|v| (v - mean).powi(2)).sum::<f64>() / pixels as f64;
                    assert!((sums[channel] - mean * pixels as f64).abs() < 1e-4);
                    assert!((moments[channel].mean - mean).abs() < 1e-6);
                    assert!((moments[channel].var - var).abs() < 1e-6);
                }

                let other = residual.then_some(&r[..]);
                let mut y = vec![f32::NAN; len];
                normalise(&x, affine, other, range, &mut y).unwrap();
                let cut = |v: f64| v.clamp(range.low.into(), range.high.into());
                assert!(close(&y, (0..len).map(|i| cut(at(i))), 1e-6));
                let mut own = x.clone();
                normalise_in_place(&mut own, affine, other, range).unwrap();
                assert_eq!(y, own);

                let gates = [Gate::Open, Gate::Normalised(affine), Gate::Output(&y)];
                let mut plain = vec![0.0; len];
                normalise(&x, affine, None, OutputRange::ALL, &mut plain).unwrap();
                for gate in gates {
                    let passes = |i: usize| match gate {
                        Gate::Open => true,
                        Gate::Normalised(_) => plain[i] > range.low && plain[i] < range.high,
                        Gate::Output(y) => y[i] > range.low && y[i] < range.high,
                    };
                    let g = |i: usize| if passes(i) { f64::from(dy[i]) } else { 0.0 };
                    let norm = NormBackward { input: Some(&x), mean: &mean, gate, range };
                    let mut kept = dy.clone();
                    let sums = norm_backward_sums(norm, false, &mut kept).unwrap();
                    assert_eq!(kept, dy);
                    assert_eq!(sums, norm_backward_sums(norm, true, &mut kept).unwrap());
                    assert!(kept.iter().enumerate().all(|(i, kept)| f64::from(*kept) == g(i)));
                    for (channel, sums) in sums.iter().enumerate() {
                        let own = || (channel..len).step_by(channels);
                        let deviation = |i: usize| f64::from(x[i]) - f64::from(mean[channel]);
                        assert!((sums[0] - own().map(g).sum::<f64>()).abs() < 1e-4);
                        assert!((sums[1] - own().map(|i| g(i) * deviation(i)).sum::<f64>()).abs() < 1e-4);
                    }
                    let factors = NormInputGradient { scale: &scale, mean_gradient: &shift, slope: &slope };
                    let mut dx = vec![f32::NAN; len];
                    norm_backward_input(norm, factors, &dy, &mut dx).unwrap();
                    let expected = (0..len).map(|i| {
                        let of = |values: &[f32]| f64::from(values[i % channels]);
                        of(&scale) * (g(i) - of(&shift) - of(&slope) * (f64::from(x[i]) - of(&mean)))
                    });
                    assert!(close(&dx, expected, 1e-5));
                    let mut own = dy.clone();
                    norm_backward_input_in_place(norm, factors, &mut own).unwrap();
                    assert_eq!(dx, own);
                }
            });
        }
    }
}

/// The mean is more than a thousand standard deviations from 0.
#[test]
fn a_distant_mean_does_not_drown_the_variance() {
    let values: Vec<f32> = numbers(20_000, 1).iter().map(|value| 1000.0 + value).collect();
    let channels = 5;
    for (channel, found) in channel_moments(&values, channels).unwrap().iter().enumerate() {
        let own = || values[channel..].iter().step_by(channels).map(|v| f64::from(*v));
        let mean = own().sum::<f64>() / 4000.0;
        let var = own().map(|v| (v - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((found.var / var - 1.0).abs() < 1e-5 && (found.mean / mean - 1.0).abs() < 1e-9);
    }
}
