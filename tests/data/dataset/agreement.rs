//! Images that do not agree with their annotations.

use std::path::Path;

use camlab::data::{Examined, ExifOrientation, OnBadImage, decode, dimensions, exif};
use camlab::raster::Rgb;

use super::readers::{at, layout};
use super::{fixture, opened};

/// A JPEG with an EXIF orientation, in either byte order.
fn with_orientation(jpeg: &[u8], orientation: u8, little: bool) -> Vec<u8> {
    let two = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let four = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let mut tiff = if little { b"II".to_vec() } else { b"MM".to_vec() };
    tiff.extend(two(42));
    tiff.extend(four(8));
    tiff.extend(two(1));
    // Tag 0x0112, one number of 16 bits.
    tiff.extend([two(0x112), two(3)].concat());
    tiff.extend(four(1));
    tiff.extend([two(orientation.into()), two(0)].concat());
    tiff.extend(four(0));
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff);
    let length = (segment.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &segment, &jpeg[2..]].concat()
}

/// The pixel of the stored picture that a viewer shows at a place of the displayed one, by the table of EXIF 2.32: the
/// sides at which the 0th row and the 0th column are displayed.
fn stored_place(orientation: u8, (row, column): (usize, usize), stored: (usize, usize)) -> (usize, usize) {
    let (bottom, right) = (stored.0 - 1, stored.1 - 1);
    match orientation {
        2 => (row, right - column),
        3 => (bottom - row, right - column),
        4 => (bottom - row, column),
        5 => (column, row),
        6 => (bottom - column, row),
        7 => (bottom - column, right - row),
        8 => (column, right - row),
        _ => (row, column),
    }
}

fn pixel(photo: &Rgb, (row, column): (usize, usize)) -> &[u8] {
    &photo.data[3 * (row * photo.width + column)..][..3]
}

#[test]
fn photographs_are_turned_as_their_orientation_says() {
    let folder = tempfile::tempdir().unwrap();
    let plain = std::fs::read(fixture("images/rgb.jpg")).unwrap();
    assert_eq!(exif::orientation(&plain), None);
    for (orientation, little) in (0..=9).flat_map(|orientation| [(orientation, false), (orientation, true)]) {
        let bytes = with_orientation(&plain, orientation, little);
        let valid = (1..=8).contains(&orientation);
        assert_eq!(exif::orientation(&bytes), valid.then_some(orientation));
        let path = folder.path().join(format!("{orientation}{little}.jpg"));
        std::fs::write(&path, bytes).unwrap();
        let read = |exif| decode(&path, OnBadImage::Error, exif).unwrap();
        let (stored, shown) = (read(ExifOrientation::Ignore), read(ExifOrientation::Apply));
        assert_eq!((stored.height, stored.width), (12, 16));
        assert_eq!(dimensions(&path, ExifOrientation::Apply).unwrap(), (shown.width, shown.height));
        assert_eq!(dimensions(&path, ExifOrientation::Ignore).unwrap(), (16, 12));
        for place in (0..shown.height).flat_map(|row| (0..shown.width).map(move |column| (row, column))) {
            let from = stored_place(orientation, place, (stored.height, stored.width));
            assert_eq!(pixel(&shown, place), pixel(&stored, from), "{orientation} {place:?}");
        }
    }
}

/// A data set in wsolevaluation's layout with one image of 16 x 12 pixels, and the declared treatment.
fn examined(size: &str, localization: &str, reading: &str) -> Result<Examined, String> {
    let folder = layout(
        &["a.jpg"],
        &[
            ("image_ids.txt", "a.jpg\n"),
            ("class_labels.txt", "a.jpg,0\n"),
            ("image_sizes.txt", &format!("a.jpg,{size}\n")),
            ("localization.txt", &format!("a.jpg,{localization}\n")),
        ],
    );
    if localization.ends_with(".png,") {
        // A mask of 16 x 12 and one of another size.
        std::fs::copy(fixture("images/rgb.png"), folder.path().join("whole.png")).unwrap();
        image::RgbImage::new(12, 16).save(folder.path().join("turned.png")).unwrap();
        image::RgbImage::new(40, 12).save(folder.path().join("wide.png")).unwrap();
    }
    look(folder.path(), reading)
}

fn look(folder: &Path, reading: &str) -> Result<Examined, String> {
    let plain = at("wsol-metadata", folder, "");
    let toml = match reading {
        "" => plain,
        _ => format!("{{ read-as = {{ of = {plain}, reading = {{ {reading} }} }} }}"),
    };
    let found = opened(&toml).unwrap().examine();
    found.map_err(|error| error.to_string().replace(&format!("{}/", folder.display()), ""))
}

fn remarks(found: Result<Examined, String>) -> Vec<String> {
    found.unwrap().remarks.iter().map(ToString::to_string).collect()
}

#[test]
fn sizes_masks_and_boxes_that_do_not_belong_to_the_image_are_told() {
    let inside = "1,2,3,4";
    assert!(remarks(examined("16,12", inside, "")).is_empty());
    // A resized copy.
    assert!(remarks(examined("1600,1199", inside, "")).is_empty());
    // True boxes may stick out.
    assert!(remarks(examined("16,12", "-3,-1,3,14", "")).is_empty());

    assert_eq!(
        examined("12,16", inside, "").unwrap_err(),
        "a.jpg: the size in the annotations is 12x16, but the image `a.jpg` is 16x12: width and height are swapped; write \
         the width first"
    );
    // A copy that was resized to another aspect ratio.
    assert_eq!(
        remarks(examined("500,100", inside, "")),
        [
            "1 image has another aspect ratio than the size in its annotations: its boxes are scaled by each side, such as \
          `a.jpg`"
        ]
    );

    let outside = examined("16,12", "16,0,20,5", "").unwrap_err();
    assert_eq!(
        outside,
        "a.jpg: the box 16,0,20,5 has no pixel in the image of 16x12; correct the box, or set data.outside-boxes to \
         \"leave-out\" or \"keep\""
    );
    assert_eq!(
        remarks(examined("16,12", "16,0,20,5", "outside-boxes = 'leave-out'")),
        ["1 box without a pixel in its image left out, such as `a.jpg`"]
    );
    assert_eq!(
        remarks(examined("16,12", "-9,0,-1,5", "outside-boxes = 'keep'")),
        ["1 box without a pixel in its image kept, such as `a.jpg`"]
    );

    assert!(remarks(examined("16,12", "whole.png,", "")).is_empty());
    let turned = examined("16,12", "turned.png,", "other-aspect = 'keep'").unwrap_err();
    assert!(turned.ends_with("width and height are swapped; turn the mask"), "{turned}");
    // Mask and size of the original.
    assert_eq!(remarks(examined("400,120", "wide.png,", "")).len(), 1);
    let wide = examined("16,12", "wide.png,", "").unwrap_err();
    assert!(wide.starts_with("wide.png: the mask is 40x12"), "{wide}");
    assert_eq!(remarks(examined("16,12", "wide.png,", "other-aspect = 'keep'")).len(), 1);
}

#[test]
fn boxes_refer_to_the_picture_as_it_is_read() {
    let folder = layout(
        &["a.jpg"],
        &[
            ("image_ids.txt", "a.jpg\n"),
            ("class_labels.txt", "a.jpg,0\n"),
            ("image_sizes.txt", "a.jpg,12,16\n"),
            ("localization.txt", "a.jpg,0,13,11,15\n"),
        ],
    );
    let jpeg = std::fs::read(folder.path().join("a.jpg")).unwrap();
    std::fs::write(folder.path().join("a.jpg"), with_orientation(&jpeg, 6, true)).unwrap();
    assert_eq!(
        remarks(look(folder.path(), "")),
        ["1 image turned as its EXIF orientation says, such as `a.jpg`"]
    );
    let stored = look(folder.path(), "exif = 'ignore'").unwrap_err();
    assert!(
        stored.ends_with("it is that of the displayed picture, so set data.exif = \"apply\""),
        "{stored}"
    );
    std::fs::write(folder.path().join("image_sizes.txt"), "a.jpg,16,12\n").unwrap();
    std::fs::write(folder.path().join("localization.txt"), "a.jpg,13,0,15,11\n").unwrap();
    let shown = look(folder.path(), "").unwrap_err();
    assert!(shown.ends_with("it is that of the stored picture, so set data.exif = \"ignore\""), "{shown}");
    let ignored = remarks(look(folder.path(), "exif = 'ignore'"));
    assert_eq!(ignored, ["1 image left as stored, though its EXIF orientation turns it, such as `a.jpg`"]);
}
