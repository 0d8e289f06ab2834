//! Augmentation: what may change, and that only (seed, epoch, index) decides.

use camlab::data::{
    Augment, Augmentation, InputSize, InputSpec, Padding, PixelNormalisation, ResampleFilter,
};
use camlab::raster::Rgb;
use proptest::prelude::*;

const SIDE: usize = 8;

fn input() -> InputSpec {
    InputSpec {
        size: InputSize::square(SIDE),
        normalise: PixelNormalisation::Imagenet,
        filter: ResampleFilter::Bilinear,
    }
}

/// Red tells the column, green the row, blue is never 0.
fn chart() -> Rgb {
    let data =
        (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [10 + x as u8, 10 + y as u8, 99])).collect();
    Rgb { height: SIDE, width: SIDE, data }
}

fn apply(options: &Augment, seed: u64, epoch: usize, index: usize) -> Rgb {
    Augmentation { options: options.clone(), seed, epoch }.apply(chart(), index, &input())
}

#[test]
fn nothing_asked_nothing_changed() {
    assert_eq!(apply(&Augment::default(), 1, 2, 3), chart());
}

#[test]
fn a_flip_mirrors_about_half_of_the_photographs() {
    let options = Augment { flip: true, ..Augment::default() };
    let mirror: Vec<u8> =
        (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [17 - x as u8, 10 + y as u8, 99])).collect();
    let mut mirrored = 0;
    for index in 0..1000 {
        let photo = apply(&options, 0, 0, index);
        assert!(photo == chart() || photo.data == mirror);
        mirrored += usize::from(photo.data == mirror);
    }
    assert!((430..570).contains(&mirrored), "{mirrored} of 1000: within 4.4 standard deviations of 500");
}

#[test]
fn options_that_do_not_fit_say_so() {
    let small = Augment { crop_from: Some(InputSize::square(7)), ..Augment::default() };
    assert_eq!(
        small.check(InputSize::square(8)).unwrap_err(),
        "`crop-from` = 7x7 is smaller than the input size 8x8; use at least the input size"
    );
    let wide = Augment { crop_padding: 8, ..Augment::default() };
    assert_eq!(
        wide.check(InputSize::square(8)).unwrap_err(),
        "`crop-padding` = 8 is out of range; use less than 8"
    );
}

#[test]
fn a_crop_from_a_larger_size_has_the_inputs_size() {
    let options = Augment { crop_from: Some(InputSize::square(11)), ..Augment::default() };
    let crops: Vec<Rgb> = (0..50).map(|index| apply(&options, 0, 0, index)).collect();
    assert!(crops.iter().all(|photo| (photo.height, photo.width) == (SIDE, SIDE)));
    assert!(crops.iter().any(|photo| *photo != crops[0]));
}

proptest! {
    /// A padded crop is the chart shifted by one offset, with black or mirrored pixels beyond its border.
    #[test]
    fn padded_crops_are_shifts(seed: u64, epoch in 0usize..99, index: usize, pad in 0usize..SIDE, reflect: bool) {
        let padding = if reflect { Padding::Reflect } else { Padding::Zero };
        let options = Augment { crop_padding: pad, padding, ..Augment::default() };
        let photo = apply(&options, seed, epoch, index);
        prop_assert_eq!(&photo, &apply(&options, seed, epoch, index));
        let mirror = |at: i32| {
            let last = SIDE as i32 - 1;
            if at < 0 { -at } else if at > last { 2 * last - at } else { at }
        };
        let pad = pad as i32;
        let matches = (-pad..=pad).flat_map(|top| (-pad..=pad).map(move |left| (top, left))).any(|(top, left)| {
            (0..SIDE as i32).all(|y| (0..SIDE as i32).all(|x| {
                let at = ((y * SIDE as i32 + x) * 3) as usize;
                let (row, column) = (y + top, x + left);
                let inside = row == mirror(row) && column == mirror(column);
                let expected = match inside || reflect {
                    true => [10 + mirror(column) as u8, 10 + mirror(row) as u8, 99],
                    false => [0; 3],
                };
                photo.data[at..at + 3] == expected
            }))
        });
        prop_assert!(matches);
    }
}
