use camlab::parts::cluster::Points;
use camlab::parts::polynomial::{
    Basis, CoefficientList, Coefficients, Layer, Polynomial, Ridge, ScaleScope, Stack, Uniform, Weights,
    ridge,
};
use camlab::raster::{Interpolation, Map, min_max, resize};
use proptest::prelude::*;

use super::golden::{close, golden, numbers, rows};

#[test]
fn chebyshev_and_legendre_are_numpy_s() {
    let wanted = golden("basis");
    for (basis, name) in [(Basis::Chebyshev, "chebyshev"), (Basis::Legendre, "legendre")] {
        let found = numbers(&wanted["x"]).into_iter().flat_map(|x| {
            let mut values = [0.0; 10];
            basis.values(x as f32, &mut values);
            values.map(f64::from)
        });
        close(found, &numbers(&wanted[name]), 1e-6);
    }
    let mut powers = [0.0; 4];
    Basis::Power.values(0.5, &mut powers);
    assert_eq!(powers, [0.5, 0.25, 0.125, 0.0625]);
}

#[test]
fn ridge_is_scikit_learn_s() {
    for name in ["tall", "wide"] {
        let wanted = &golden("ridge")[name];
        let dims = wanted["dims"].as_u64().unwrap() as usize;
        let (inputs, outputs) = (rows(&wanted["inputs"], dims), rows(&wanted["outputs"], 3));
        let found = ridge::fit(&inputs, &outputs, wanted["lambda"].as_f64().unwrap()).unwrap();
        close(found.iter().flat_map(|one| one.weights.clone()), &numbers(&wanted["weights"]), 1e-5);
        close(found.iter().map(|one| one.intercept), &numbers(&wanted["intercepts"]), 1e-5);
    }
}

fn layer(height: usize, width: usize, channels: usize, data: Vec<f32>) -> Layer {
    Layer { height, width, channels, data }
}

#[test]
fn a_stack_is_every_map_scaled_enlarged_and_raised() {
    // Two maps of a coarse layer and one of a fine layer, which are 1 x 2 and 2 x 4.
    let coarse = layer(1, 2, 2, vec![0.0, 10.0, 4.0, 30.0]);
    let fine = layer(2, 4, 1, vec![-1.0, 0.0, 1.0, 3.0, 3.0, 1.0, 0.0, -1.0]);
    let polynomial = Polynomial { degree: 3, basis: Basis::Power, scale: ScaleScope::Channel };
    let stack = Stack::new(vec![coarse.clone(), fine.clone()], &polynomial);
    assert_eq!((stack.height, stack.width, stack.pixels.dims), (2, 4, 9));
    let scaled = [
        resize(&Map::new(1, 2, vec![0.0, 1.0]), 2, 4, Interpolation::Bilinear),
        resize(&Map::new(1, 2, vec![0.0, 1.0]), 2, 4, Interpolation::Bilinear),
        min_max(&Map::new(2, 4, fine.data.clone())),
    ];
    for (pixel, row) in stack.pixels.rows().enumerate() {
        let wanted = scaled.iter().flat_map(|map| (1..=3).map(|d| f64::from(map.data[pixel]).powi(d)));
        close(row.iter().map(|value| f64::from(*value)), &wanted.collect::<Vec<_>>(), 1e-6);
    }
    // With one scale for the layer, its least and greatest are 0 and 30.
    let stack = Stack::new(vec![coarse, fine], &Polynomial { scale: ScaleScope::Map, ..polynomial });
    let first: Vec<f64> = stack.pixels.row(0)[..6].iter().map(|value| f64::from(*value)).collect();
    let third = 1.0f64 / 3.0;
    close(first, &[0.0, 0.0, 0.0, third, third.powi(2), third.powi(3)], 1e-6);
}

#[test]
fn constant_and_broken_maps_are_zero() {
    for data in [vec![2.0; 4], vec![f32::NAN; 4], vec![f32::NAN, 1.0, 1.0, 1.0]] {
        let stack = Stack::new(vec![layer(2, 2, 1, data)], &Polynomial::default());
        assert!(stack.pixels.data.iter().all(|value| *value == 0.0));
    }
}

#[test]
fn coefficients_make_one_map_of_the_stack() {
    let polynomial = Polynomial { degree: 2, ..Polynomial::default() };
    let maps = vec![layer(1, 2, 1, vec![0.0, 1.0]), layer(1, 3, 1, vec![0.0, 0.5, 1.0])];
    let stack = Stack::new(maps, &polynomial);
    let list = Coefficients::List(CoefficientList(vec![2.0, 6.0])).fixed(2, 2).unwrap();
    // The last pixel of both maps is 1: the mean of 2 x + 6 x^2.
    let map = stack.class_map(list.of(7));
    assert_eq!((map.height, map.width, map.data[2]), (1, 3, 8.0));
    let uniform = Coefficients::Uniform(Uniform {}).fixed(2, 2).unwrap();
    assert_eq!(stack.class_map(uniform.of(0)).data[2], 1.0);
    assert!(Coefficients::Ridge(Ridge::default()).fixed(2, 2).is_none());
}

#[test]
fn ridge_on_scores_that_a_channel_explains_finds_the_channel() {
    let means: Vec<Vec<f64>> =
        (0..30).map(|at| vec![f64::from(at % 7), f64::from(at * at % 11), 1.0]).collect();
    let scores: Vec<Vec<f64>> = means.iter().map(|row| vec![3.0 * row[1] + 5.0, -2.0 * row[0]]).collect();
    let weights = Ridge { lambda: 1e-9 }.fit(&means, &scores).unwrap();
    assert!(matches!(weights, Weights::PerClass(_)));
    close(weights.of(0).to_vec(), &[0.0, 3.0, 0.0], 1e-6);
    close(weights.of(1).to_vec(), &[-2.0, 0.0, 0.0], 1e-6);
}

proptest! {
    #[test]
    fn bounded_bases_stay_bounded(x in 0.0f32..=1.0) {
        for basis in [Basis::Power, Basis::Chebyshev, Basis::Legendre] {
            let mut values = [0.0; 12];
            basis.values(x, &mut values);
            prop_assert!(values.iter().all(|value| value.abs() <= 1.0 + 1e-6), "{:?}", values);
        }
    }

    /// The class map of the pooled stack is the pooled class map.
    #[test]
    fn pooling_and_weighing_can_be_exchanged(data in prop::collection::vec(-3.0f32..3.0, 12)) {
        let stack = Stack::new(vec![layer(2, 3, 2, data)], &Polynomial { degree: 3, ..Polynomial::default() });
        let weights = [0.3, -1.0, 2.0, 0.7, 0.1, -0.4];
        let map = stack.class_map(&weights);
        let pooled: f64 = stack.mean().iter().zip(weights).map(|(mean, weight)| mean * weight).sum();
        let mean = map.data.iter().map(|value| f64::from(*value)).sum::<f64>() / 6.0;
        prop_assert!((pooled - mean).abs() < 1e-5);
        let pixels: &Points = &stack.pixels;
        prop_assert_eq!(pixels.count(), 6);
    }
}
