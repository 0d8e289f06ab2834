//! Linear imputation: every removed pixel is the weighted mean of its neighbours, whatever the shape of the removal.

use camlab_base::random::stream;
use camlab_raster::{ImputationError, Imputer, impute};
use rand::RngExt;

/// Largest difference of a removed pixel from the weighted mean of its neighbours.
fn worst(pixels: &[f32], [height, width]: [usize; 2], channels: usize, removed: &[bool]) -> f64 {
    let mut worst: f64 = 0.0;
    for at in (0..height * width).filter(|at| removed[*at]) {
        for channel in 0..channels {
            let (mut sum, mut weights) = (0.0, 0.0);
            for beside in (0..9).filter(|beside| *beside != 4) {
                let y = (at / width + beside / 3).wrapping_sub(1);
                let x = (at % width + beside % 3).wrapping_sub(1);
                if y < height && x < width {
                    let weight = if beside % 2 == 1 { 1.0 / 6.0 } else { 1.0 / 12.0 };
                    weights += weight;
                    sum += weight * f64::from(pixels[(y * width + x) * channels + channel]);
                }
            }
            worst = worst.max((sum / weights - f64::from(pixels[at * channels + channel])).abs());
        }
    }
    worst
}

#[test]
fn removed_pixels_are_means_of_their_neighbours() {
    let mut random = stream(7, "imputation");
    for size in
        [[1, 2], [1, 40], [33, 1], [2, 2], [2, 70], [3, 5], [8, 8], [9, 9], [16, 31], [65, 64], [100, 37]]
    {
        let nodes = size[0] * size[1];
        for channels in [1, 3] {
            let mut imputer = Imputer::new(size, channels);
            let picture: Vec<f32> = (0..nodes * channels).map(|_| random.random_range(-2.5..2.5)).collect();
            let shapes: [&dyn Fn(usize) -> bool; 5] =
                [&|at| at > 0, &|at| at + 1 < nodes, &|at| at >= nodes / 2, &|at| at % 3 != 1, &|at| {
                    at / size[1] > size[0] / 4 && at % size[1] > size[1] / 4
                }];
            for shape in shapes {
                let removed: Vec<bool> = (0..nodes).map(shape).collect();
                let mut found = picture.clone();
                imputer.impute(&mut found, &removed, None).expect("a pixel remains");
                let worst = worst(&found, size, channels, &removed);
                assert!(worst < 1e-6, "{worst} in {size:?}");
                for at in (0..nodes * channels).filter(|at| !removed[at / channels]) {
                    assert_eq!(found[at], picture[at]);
                }
                // The same bits from an imputer that has computed nothing before.
                let mut again = picture.clone();
                impute(&mut again, size, channels, &removed, 0.0, &mut || f32::NAN).expect("a pixel remains");
                assert_eq!(found, again);
            }
        }
    }
}

#[test]
fn a_picture_of_a_known_solution() {
    // A linear slope is the mean of its neighbours everywhere inside.
    let (height, width) = (120, 90);
    let slope: Vec<f32> =
        (0..height * width).map(|at| (at / width) as f32 * 0.01 - (at % width) as f32 * 0.02).collect();
    let removed: Vec<bool> = (0..height * width)
        .map(|at| (1..height - 1).contains(&(at / width)) && (1..width - 1).contains(&(at % width)))
        .collect();
    let mut found = slope.clone();
    impute(&mut found, [height, width], 1, &removed, 0.0, &mut || 0.0).expect("a border");
    let apart = found.iter().zip(&slope).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 5e-7, "{apart}");
}

#[test]
fn noise_is_drawn_in_row_order_for_removed_pixels() {
    let removed = [false, true, false, true];
    let mut draws = 0..;
    let mut found = [1.0; 8];
    impute(&mut found, [2, 2], 2, &removed, 0.5, &mut || draws.next().map_or(0.0, |at: u16| f32::from(at)))
        .expect("pixels remain");
    let wanted = [1.0, 1.0, 1.0, 1.5, 1.0, 1.0, 2.0, 2.5];
    assert!(
        found.iter().zip(wanted).all(|(found, wanted): (&f32, f32)| (found - wanted).abs() < 1e-6),
        "{found:?}"
    );
    assert_eq!(draws.next(), Some(4));
}

#[test]
fn impossible_removals_are_errors() {
    let mut imputer = Imputer::new([2, 3], 1);
    let picture = [1.0, 2.0, 3.0, 4.0, 5.0, f32::NAN];
    let mut pixels = picture;
    let last_only = [false, false, false, false, false, true];
    assert_eq!(imputer.impute(&mut pixels, &[true; 6], None), Err(ImputationError::Everything(6)));
    assert_eq!(
        imputer.impute(&mut pixels, &[true; 5], None),
        Err(ImputationError::Size { values: 5, expected: 6 })
    );
    assert_eq!(
        imputer.impute(&mut pixels[..5], &[true; 6], None),
        Err(ImputationError::Size { values: 5, expected: 6 })
    );
    let mut first_only = [false; 6];
    first_only[0] = true;
    assert_eq!(imputer.impute(&mut pixels, &first_only, None), Err(ImputationError::NotFinite));
    assert!(matches!(
        imputer.impute(&mut pixels, &last_only, Some(&[f32::NAN; 6])),
        Err(ImputationError::Diverged(_))
    ));
    assert!(pixels[..5] == picture[..5] && pixels[5].is_nan());
    // The value of a removed pixel does not matter.
    assert_eq!(imputer.impute(&mut pixels, &last_only, None), Ok(()));
    assert!((pixels[5] - (2.0 / 12.0 + 3.0 / 6.0 + 5.0 / 6.0) / (5.0 / 12.0)).abs() < 1e-6);
    assert_eq!(Imputer::new([0, 0], 3).impute(&mut [], &[], None), Ok(()));
    assert_eq!(imputer.impute(&mut pixels, &[false; 6], None), Ok(()));
}
