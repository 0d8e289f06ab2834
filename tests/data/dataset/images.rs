//! Every kind of bad image: the error's words, and what `convert` makes of it. Files by fixtures/images/make.py.

use camlab::data::{ExifOrientation, OnBadImage, decode, dimensions};
use camlab::raster::Rgb;
use proptest::prelude::*;

use crate::dataset::fixture;

/// Error text of a fixture, after its path.
fn fault(name: &str, policy: OnBadImage) -> String {
    let path = fixture(&format!("images/{name}"));
    let message = decode(&path, policy, ExifOrientation::Apply).expect_err(name).to_string();
    let words = message.strip_prefix(&format!("{}: ", path.display()));
    words.expect("the message starts with the file").to_string()
}

fn sound(name: &str, policy: OnBadImage) -> Rgb {
    decode(&fixture(&format!("images/{name}")), policy, ExifOrientation::Apply)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The gradient that make.py draws.
fn drawn() -> Vec<u8> {
    let pixel = |y: u32, x: u32| [(x * 16) as u8, (y * 20) as u8, (255 - x * 8) as u8];
    (0..12).flat_map(|y| (0..16).flat_map(move |x| pixel(y, x))).collect()
}

fn largest_difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

const BROKEN: [(&str, &str); 13] = [
    ("absent.jpg", "no such image; check `root` and the name in the list, or set on-bad-image = \"skip\""),
    ("empty.jpg", "the image is empty (0 bytes); fetch it again or set on-bad-image = \"skip\""),
    ("text.jpg", "is not a JPEG or PNG image; replace the file or set on-bad-image = \"skip\""),
    (
        "gif-inside.gif",
        "has the format GIF, but only JPEG and PNG are supported; convert the file or set on-bad-image = \"skip\"",
    ),
    ("truncated.jpg", "the JPEG data is truncated; fetch it again or set on-bad-image = \"skip\""),
    (
        "truncated-progressive.jpg",
        "the JPEG data is truncated; fetch it again or set on-bad-image = \"skip\"",
    ),
    ("truncated-header.jpg", "the JPEG data is truncated; fetch it again or set on-bad-image = \"skip\""),
    ("truncated.png", "the PNG data is truncated; fetch it again or set on-bad-image = \"skip\""),
    ("no-end.png", "the PNG data is truncated; fetch it again or set on-bad-image = \"skip\""),
    ("zero.png", "the image is 0x12, it has no pixels; replace it or set on-bad-image = \"skip\""),
    ("zero.jpg", "the image is 16x0, it has no pixels; replace it or set on-bad-image = \"skip\""),
    (
        "huge.jpg",
        "the image declares 65535x65535 pixels, more than 100 million; scale it down or set on-bad-image = \
         \"skip\"",
    ),
    (
        "../images",
        "cannot read the image: Is a directory (os error 21); check that it is a file and may be read",
    ),
];

#[test]
fn a_broken_file_is_an_error_under_every_policy() {
    for (name, words) in BROKEN {
        for policy in [OnBadImage::Error, OnBadImage::Skip, OnBadImage::Convert] {
            assert_eq!(fault(name, policy), words, "{name}");
        }
    }
    let damaged = fault("damaged.png", OnBadImage::Convert);
    assert!(damaged.starts_with("cannot decode the image: "), "{damaged}");
    assert!(damaged.ends_with("; replace the file or set on-bad-image = \"skip\""), "{damaged}");
}

const ODD: [(&str, &str); 10] = [
    ("grey.png", "the image is grey, not RGB; save it as RGB"),
    ("grey.jpg", "the image is grey, not RGB; save it as RGB"),
    ("bilevel.png", "the image is grey, not RGB; save it as RGB"),
    ("rgba.png", "the image has an alpha channel; save it as RGB"),
    ("grey-alpha.png", "the image has an alpha channel; save it as RGB"),
    ("palette-alpha.png", "the image has an alpha channel; save it as RGB"),
    ("sixteen.png", "the image is 16-bit, not 8-bit RGB; save it as RGB"),
    ("cmyk.jpg", "the image is CMYK, not RGB; save it as RGB"),
    ("jpeg-inside.png", "is named .png but holds JPEG; rename it"),
    ("png-inside.JPEG", "is named .JPEG but holds PNG; rename it"),
];

#[test]
fn an_odd_image_is_an_error_unless_converted() {
    for (name, words) in ODD {
        for policy in [OnBadImage::Error, OnBadImage::Skip] {
            let expected = format!("{words}, or set on-bad-image to \"convert\" or \"skip\"");
            assert_eq!(fault(name, policy), expected, "{name}");
        }
        let photo = sound(name, OnBadImage::Convert);
        assert_eq!((photo.height, photo.width, photo.data.len()), (12, 16, 576), "{name}");
    }
}

#[test]
fn lossless_conversions_keep_the_pixels() {
    assert_eq!(sound("png-inside.JPEG", OnBadImage::Convert).data, drawn());
    assert_eq!(sound("rgba.png", OnBadImage::Convert).data, drawn());
    // 16-bit value v of column x is 4096 x + 7; 8-bit is v / 257, rounded.
    let expected = (0..16).map(|x| ((x * 4096 + 7) as f64 / 257.0).round() as u8);
    let converted = sound("sixteen.png", OnBadImage::Convert).data;
    assert!(expected.eq(converted[..48].chunks(3).map(|pixel| pixel[0])), "{converted:?}");
}

#[test]
fn sound_files_decode_to_what_pil_decodes() {
    assert_eq!(sound("rgb.png", OnBadImage::Error).data, drawn());
    assert_eq!(sound("palette.png", OnBadImage::Error).data.len(), 576);
    let pil = |name: &str| std::fs::read(fixture(&format!("images/{name}.raw"))).expect(name);
    let baseline = sound("rgb.jpg", OnBadImage::Error).data;
    let away = largest_difference(&baseline, &pil("rgb.jpg"));
    assert!(away <= 4, "JPEG decoders differ in chroma upsampling and the last bit, this is {away}");
    assert_eq!(sound("trailing.jpg", OnBadImage::Error).data, baseline);
    assert!(largest_difference(&sound("progressive.jpg", OnBadImage::Error).data, &baseline) <= 1);
    let away = largest_difference(&sound("cmyk.jpg", OnBadImage::Convert).data, &pil("cmyk.jpg"));
    assert!(away <= 4, "CMYK is {away} grey levels from PIL's");
}

#[test]
fn dimensions_come_from_the_header() {
    let size = |name: &str| {
        dimensions(&fixture(&format!("images/{name}")), ExifOrientation::Apply)
            .map_err(|e| e.fault.to_string())
    };
    assert_eq!(size("rgb.jpg"), Ok((16, 12)));
    assert_eq!(size("rgba.png"), Ok((16, 12)));
    assert!(size("zero.jpg").unwrap_err().contains("has no pixels"));
}

#[test]
fn every_proper_prefix_of_a_sound_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut");
    for name in ["rgb.jpg", "progressive.jpg", "rgb.png"] {
        let bytes = std::fs::read(fixture(&format!("images/{name}"))).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(
                decode(&path, OnBadImage::Convert, ExifOrientation::Apply).is_err(),
                "{name} cut to {length} bytes"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damaged bytes give a photograph or an error, never a panic.
    #[test]
    fn damage_does_not_panic(
        which in 0usize..4, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let name = ["rgb.jpg", "progressive.jpg", "rgb.png", "cmyk.jpg"][which];
        let mut bytes = std::fs::read(fixture(&format!("images/{name}"))).unwrap();
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged");
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(photo) = decode(&path, OnBadImage::Convert, ExifOrientation::Apply) {
            prop_assert_eq!(photo.data.len(), 3 * photo.height * photo.width);
        }
    }
}
