//! Network inputs against PIL and the formulas of torchvision and Caffe.

use camlab::config::FromToml;
use camlab::data::{InputSize, InputSpec, PixelNormalisation, ResampleFilter, resize};
use camlab::raster::Rgb;

use crate::dataset::fixture;

#[test]
fn resizing_is_within_one_grey_level_of_pil() {
    #[derive(serde::Deserialize)]
    struct Golden {
        photos: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        filter: ResampleFilter,
        from: [usize; 2],
        to: InputSize,
        photo: Vec<u8>,
        resized: Vec<u8>,
    }
    let text = std::fs::read_to_string(fixture("golden/photo-resize/resize.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    assert_eq!(golden.photos.len(), 16);
    for Case { filter, from: [height, width], to, photo, resized } in golden.photos {
        let ours = resize(Rgb { height, width, data: photo }, to, filter);
        let away = ours.data.iter().zip(&resized).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(away <= Some(1), "{filter:?} {height}x{width} -> {to:?}: {away:?} grey levels away");
    }
}

fn input(toml: &str) -> Result<InputSpec, String> {
    InputSpec::from_toml(toml).map_err(|error| error.diagnostics[0].message.clone())
}

#[test]
fn sizes_are_a_side_or_a_pair() {
    let size =
        |text: &str| input(&format!("size = {text}")).map(|input| (input.size.height, input.size.width));
    assert_eq!(size("224"), Ok((224, 224)));
    assert_eq!(size("[96, 128]"), Ok((96, 128)));
    assert_eq!(size("0").unwrap_err(), "a side of 0 pixels is out of range; use 1 to 8192");
    assert_eq!(size("-3").unwrap_err(), "a side of -3 pixels is negative; use 1 or more");
    assert_eq!(size("[1, 2, 3]").unwrap_err(), "invalid length 3, expected `[height, width]`");
    assert_eq!(
        size("'big'").unwrap_err(),
        "invalid type: string \"big\", expected a side in pixels or `[height, width]`"
    );
    for text in ["size = 224", "size = [96, 128]\nnormalise = 'caffe'\nfilter = 'bicubic'"] {
        let first = input(text).unwrap();
        assert_eq!(input(&toml::to_string(&first).unwrap()).unwrap(), first);
    }
}

#[test]
fn normalisations_are_named_or_written_out() {
    let normalise = |text: &str| input(&format!("size = 1\nnormalise = {text}")).map(|input| input.normalise);
    assert_eq!(normalise("'imagenet'"), Ok(PixelNormalisation::Imagenet));
    let caffe = "{ mean = [103.939, 116.779, 123.68], scale = 255.0, channel-order = 'bgr' }";
    assert_eq!(normalise(caffe).unwrap().affine(), PixelNormalisation::Caffe.affine());
    assert_eq!(
        normalise("'imagnet'").unwrap_err(),
        "unknown normalisation `imagnet`, did you mean `imagenet`? known: `imagenet`, `caffe`"
    );
    assert_eq!(
        normalise("{ mean = [0, 0, 0], std = [1, 0, 1] }").unwrap_err(),
        "std = [1.0, 0.0, 1.0] is out of range; use positive numbers"
    );
    assert!(normalise("{ mean = [0, 0, 0], sdt = [1, 1, 1] }").unwrap_err().contains("unknown field `sdt`"));
}

#[test]
fn values_lie_pixel_by_pixel_and_follow_the_formulas() {
    let photo = Rgb { height: 1, width: 2, data: vec![0, 128, 255, 51, 102, 204] };
    let mut values = [0.0; 6];
    PixelNormalisation::Imagenet.write(&photo, &mut values);
    // torchvision: (pixel / 255 - mean) / std.
    let rgb = [[0.0, 0.2], [128.0 / 255.0, 0.4], [1.0, 0.8]];
    let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    for (channel, row) in rgb.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            let expected = (value - mean[channel]) / std[channel];
            assert!((f64::from(values[3 * x + channel]) - expected).abs() < 1e-6);
        }
    }
    PixelNormalisation::Caffe.write(&photo, &mut values);
    let expected =
        [255.0 - 103.939, 128.0 - 116.779, 0.0 - 123.68, 204.0 - 103.939, 102.0 - 116.779, 51.0 - 123.68];
    for (value, expected) in values.iter().zip(expected) {
        assert!((f64::from(*value) - expected).abs() < 2e-5, "{value} {expected}");
    }
}
