//! The synthetic set: deterministic, exact in its truth, and not solved by looking at the middle.

use camlab::data::{Dataset, digest};
use camlab::raster::PixelBox;
use proptest::prelude::*;

use crate::dataset::{error, opened, spec};

fn set(options: &str) -> Box<dyn Dataset> {
    opened(&format!("{{ synthetic = {{ {options} }} }}")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_image_depends_on_seed_split_and_index_alone() {
    let (few, many) = (set("images = 20"), set("images = 500"));
    for index in [0, 7, 19] {
        assert_eq!(few.photo(index), many.photo(index));
        assert_eq!(few.truth(index), many.truth(index));
        assert_eq!(few.id(index), format!("train-{index:06}"));
    }
    assert_ne!(few.photo(0), set("seed = 1").photo(0));
    assert_ne!(few.photo(0), set("split = 'test'").photo(0));
    // Distractors and noise do not move the object.
    assert_eq!(few.truth(3), set("clutter = 0, noise = 0").truth(3));
}

#[test]
fn classes_take_turns_and_are_named() {
    let dataset = set("classes = 10, images = 25");
    assert_eq!(dataset.classes().len(), 10);
    assert_eq!((dataset.label(0), dataset.label(13), dataset.len()), (0, 3, 25));
    assert_eq!(dataset.classes()[3], "cored star");
}

#[test]
fn the_centre_says_little() {
    // Of all boxes around the centre, none finds half of the objects, let alone well.
    let dataset = set("images = 600");
    let boxes: Vec<PixelBox> = (0..600).map(|i| dataset.truth(i).unwrap().boxes[0]).collect();
    let area = |b: &PixelBox| f64::from((b.x1 - b.x0 + 1).max(0) * (b.y1 - b.y0 + 1).max(0));
    let iou = |a: &PixelBox, b: &PixelBox| {
        let both = PixelBox::new(a.x0.max(b.x0), a.y0.max(b.y0), a.x1.min(b.x1), a.y1.min(b.y1));
        let overlap = if both.x1 < both.x0 || both.y1 < both.y0 { 0.0 } else { area(&both) };
        overlap / (area(a) + area(b) - overlap)
    };
    let best = (2..=32).map(|half| {
        let centre = PixelBox::new(32 - half, 32 - half, 31 + half, 31 + half);
        boxes.iter().filter(|b| iou(&centre, b) >= 0.5).count()
    });
    let best = best.max().unwrap();
    assert!(best < 600 * 25 / 100, "a centre box finds {best} of 600 at IoU 0.5");
    let all = PixelBox::new(0, 0, 63, 63);
    let mean = boxes.iter().map(|b| iou(&all, b)).sum::<f64>() / 600.0;
    assert!(mean < 0.3, "the whole image has mean IoU {mean}");
}

#[test]
fn the_mean_colour_does_not_give_the_class_away() {
    // Nearest class mean over the mean colours of the object's own pixels, six classes: chance is 17 %.
    let (train, test) = (set("images = 600"), set("images = 600, split = 'test'"));
    let colour = |dataset: &dyn Dataset, index: usize| {
        let (photo, mask) = (dataset.photo(index).unwrap(), dataset.truth(index).unwrap().mask.unwrap());
        let pixels = photo.data.chunks_exact(3).zip(&mask.data).filter(|(_, object)| **object == 1);
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for (pixel, _) in pixels {
            (0..3).for_each(|channel| sum[channel] += f64::from(pixel[channel]));
            count += 1.0;
        }
        sum.map(|channel| channel / count)
    };
    let mut means = [[0.0; 3]; 6];
    for index in 0..600 {
        let one = colour(&*train, index);
        (0..3).for_each(|channel| means[index % 6][channel] += one[channel] / 100.0);
    }
    let away = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>();
    let right = (0..600)
        .filter(|&index| {
            let one = colour(&*test, index);
            let nearest = (0..6).min_by(|&a, &b| away(&one, &means[a]).total_cmp(&away(&one, &means[b])));
            nearest == Some(index % 6)
        })
        .count();
    assert!(right < 200, "{right} of 600 by colour alone");
}

#[test]
fn options_out_of_range_and_misspelt_are_errors() {
    assert_eq!(
        error("{ synthetic = { classes = 11 } }"),
        "dataset option `classes`: 11 is out of range; use 2 to 10"
    );
    assert_eq!(
        error("{ synthetic = { size = 8 } }"),
        "dataset option `size`: 8 is out of range; use 16 to 1024"
    );
    let misspelt = spec("{ synthetic = { clases = 3 } }").unwrap_err();
    assert!(
        misspelt.diagnostics[0].message.starts_with("unknown field `clases`, expected one of `classes`"),
        "{misspelt}"
    );
    assert!(spec("'synthetik'").unwrap_err().diagnostics[0].message.contains("did you mean `synthetic`?"));
}

#[test]
fn images_with_several_labels_have_a_row_and_a_truth_for_each() {
    for labels in 2..=4 {
        let dataset = set(&format!("images = 60, objects = 2, labels = {labels}"));
        assert_eq!(dataset.len(), 60 * labels);
        let mut shown = [0usize; 6];
        for image in 0..60 {
            let rows: Vec<usize> = (image * labels..(image + 1) * labels).collect();
            let classes: Vec<usize> = rows.iter().map(|row| dataset.label(*row)).collect();
            assert!(classes.windows(2).all(|pair| pair[0] < pair[1]), "{classes:?}");
            assert!(classes.contains(&(image % 6)));
            classes.iter().for_each(|class| shown[*class] += 1);
            let mut seen = vec![0u8; 64 * 64];
            for row in &rows {
                assert_eq!((dataset.image(*row), dataset.labels(*row)), (image, classes.clone()));
                assert_eq!(dataset.photo(*row), dataset.photo(rows[0]));
                assert_eq!(dataset.content(*row), dataset.content(rows[0]));
                let truth = dataset.truth(*row).unwrap();
                // Every class has an object, and objects of different classes share no pixel.
                assert!((1..=2).contains(&truth.boxes.len()));
                let mask = truth.mask.unwrap().data;
                assert!(mask.contains(&1));
                seen.iter_mut().zip(&mask).for_each(|(seen, own)| *seen += own);
            }
            assert!(seen.iter().all(|count| *count <= 1));
        }
        assert!(shown.iter().all(|count| *count >= 10), "{shown:?}");
    }
    assert_eq!(set("images = 3, labels = 2").id(3), "train-000001-1");
    // Explicitly one label: the same set.
    let of = |options: &str| digest(&spec(&format!("{{ synthetic = {{ {options} }} }}")).unwrap()).unwrap();
    assert_eq!(of(""), of("labels = 1"));
    assert_eq!(
        error("{ synthetic = { classes = 3, labels = 4 } }"),
        "dataset option `labels`: 4 is out of range; use 1 to 3"
    );
}

#[test]
fn the_digest_covers_every_option() {
    let of = |options: &str| digest(&spec(&format!("{{ synthetic = {{ {options} }} }}")).unwrap()).unwrap();
    assert_eq!(of(""), of("seed = 0"));
    assert_eq!(of("").len(), 64);
    for other in [
        "labels = 2",
        "seed = 1",
        "classes = 7",
        "images = 299",
        "size = 65",
        "split = 'val'",
        "clutter = 0",
        "noise = 0",
    ] {
        assert_ne!(of(""), of(other));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One object's box is the box around its mask; several objects' boxes cover the mask and do not overlap.
    #[test]
    fn boxes_are_the_masks_extent(seed: u64, size in 16usize..160, classes in 2usize..=10, objects in 1usize..=3) {
        let dataset = set(&format!(
            "seed = {}, size = {size}, classes = {classes}, objects = {objects}, images = {classes}",
            seed >> 1
        ));
        for index in 0..classes {
            let truth = dataset.truth(index).unwrap();
            let mask = truth.mask.unwrap();
            prop_assert!((1..=objects).contains(&truth.boxes.len()));
            let on = |x: usize, y: usize| mask.data[y * size + x] == 1;
            let inside = |b: &PixelBox, x: usize, y: usize| {
                (b.x0..=b.x1).contains(&(x as i32)) && (b.y0..=b.y1).contains(&(y as i32))
            };
            let pixels: Vec<(usize, usize)> =
                (0..size * size).map(|i| (i % size, i / size)).filter(|&(x, y)| on(x, y)).collect();
            prop_assert!(pixels.iter().all(|&(x, y)| truth.boxes.iter().any(|b| inside(b, x, y))));
            for found in &truth.boxes {
                let own: Vec<_> = pixels.iter().filter(|&&(x, y)| inside(found, x, y)).collect();
                let extent = PixelBox::new(
                    own.iter().map(|p| p.0).min().unwrap() as i32,
                    own.iter().map(|p| p.1).min().unwrap() as i32,
                    own.iter().map(|p| p.0).max().unwrap() as i32,
                    own.iter().map(|p| p.1).max().unwrap() as i32,
                );
                prop_assert_eq!(*found, extent);
            }
        }
    }
}
