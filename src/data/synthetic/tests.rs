//! Properties that need the distractors' positions, which the data set does not publish.

use super::*;
use camlab_raster::{Texture, texture_energy};

/// A set of all ten classes.
fn drawn(size: usize, images: usize) -> DrawnSet {
    let options = Synthetic { classes: 10, images, size, ..Synthetic::default() };
    open(&options).expect("valid options")
}

/// Sum of an image's energy under a mask, and the number of pixels.
fn under(energy: &[f32], mask: &[u8], wanted: u8) -> (f64, f64) {
    let pixels = energy.iter().zip(mask).filter(|(_, mask)| **mask == wanted);
    pixels.fold((0.0, 0.0), |(sum, count), (energy, _)| (sum + f64::from(*energy), count + 1.0))
}

#[test]
fn objects_distractors_and_background_have_the_same_texture_energy() {
    for (size, images) in [(64, 300), (128, 150)] {
        let set = drawn(size, images);
        let mut means = [(0.0, 0.0); 3];
        for index in 0..set.len() {
            let (objects, distractors, _) = set.figures(index);
            let photo = set.photo(index).expect("a drawn image");
            let energy = texture_energy(&photo, Texture::Gradient, 1).data;
            let marked = |figures: &[PlacedObject]| {
                let mut mask = Mask { height: size, width: size, data: vec![0; size * size] };
                for figure in figures {
                    figure.mark(&mut mask);
                }
                mask.data
            };
            let (object, distractor) = (marked(&objects), marked(&distractors));
            let both: Vec<u8> = object.iter().zip(&distractor).map(|(a, b)| a | b).collect();
            for (mean, (sum, count)) in means.iter_mut().zip([
                under(&energy, &object, 1),
                under(&energy, &distractor, 1),
                under(&energy, &both, 0),
            ]) {
                *mean = (mean.0 + sum, mean.1 + count);
            }
        }
        let [object, distractor, background] = means.map(|(sum, count)| sum / count);
        for other in [distractor, background] {
            assert!((other / object - 1.0).abs() < 0.08, "{size} px: {object}, {distractor}, {background}");
        }
    }
}

#[test]
fn distractors_keep_apart_and_are_as_large_as_objects() {
    let set = drawn(64, 300);
    let (mut sides, mut count) = ([0.0; 2], [0.0; 2]);
    for index in 0..set.len() {
        let (objects, distractors, _) = set.figures(index);
        for (group, figures) in [&objects, &distractors].into_iter().enumerate() {
            for figure in figures {
                let mut mask = Mask { height: 64, width: 64, data: vec![0; 64 * 64] };
                let found = figure.mark(&mut mask).expect("a visible figure");
                sides[group] += f64::from(found.x1 - found.x0 + 1);
                count[group] += 1.0;
            }
        }
        let mut figures: Vec<&PlacedObject> = objects.iter().chain(&distractors).collect();
        while let Some(figure) = figures.pop() {
            assert!(figures.iter().all(|other| figure.is_apart(other, object::CLOSENESS)));
        }
    }
    assert!(count[1] / count[0] > 0.9, "{} distractors per image", count[1] / count[0]);
    let (object, distractor) = (sides[0] / count[0], sides[1] / count[1]);
    assert!(distractor <= object && distractor > 0.7 * object, "{object} and {distractor} pixels wide");
}
