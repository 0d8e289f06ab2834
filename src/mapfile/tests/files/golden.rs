//! Files that NumPy and Pillow wrote (`fixtures/golden/map-files/make.py`).

use camlab_mapfile::{MapFileOptions, MapFormat, decode_map, read_map};
use serde_json::{Value, json};

use crate::golden;

fn values() -> Value {
    let text = std::fs::read_to_string(golden().join("values.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn options(file: &str, declared: &Value) -> MapFileOptions {
    let mut declared = declared.clone();
    declared["format"] = json!(file.rsplit('.').next().unwrap());
    let options: MapFileOptions = serde_json::from_value(declared).unwrap();
    options.check().unwrap();
    options
}

/// The same bits as NumPy's `astype(float32)`, and as Pillow's pixels divided by their maximum. A declared range is
/// applied in `f64` by both, and rounded once: the tolerance of one unit in the last place is for NumPy's order of the
/// operations.
#[test]
fn every_type_order_and_layout_has_numpys_values() {
    let values = values();
    let listed = values["read"].as_array().unwrap();
    assert!(listed.len() > 80, "{} files", listed.len());
    for expected in listed {
        let file = expected["file"].as_str().unwrap();
        let options = options(file, &expected["options"]);
        let what = format!("{file} {options:?}");
        let map = read_map(&golden().join(file), &options, options.class.channel(usize::MAX)).unwrap();
        assert_eq!(map.height as u64, expected["height"], "{what}");
        assert_eq!(map.width as u64, expected["width"], "{what}");
        let tolerance = u32::from(!expected["options"]["range"].is_null());
        let bits = expected["bits"].as_array().unwrap();
        assert_eq!(bits.len(), map.data.len(), "{what}");
        for (found, bits) in map.data.iter().zip(bits) {
            match bits.as_u64() {
                None => assert!(found.is_nan(), "{what}: {found} instead of NaN"),
                Some(bits) => {
                    let wanted = f32::from_bits(bits as u32);
                    let apart = found.to_bits().abs_diff(wanted.to_bits());
                    assert!(apart <= tolerance, "{what}: {found} instead of {wanted}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_map_is_refused_with_the_reason() {
    for expected in values()["refused"].as_array().unwrap() {
        let file = expected["file"].as_str().unwrap();
        let options = options(file, &json!({}));
        let message = read_map(&golden().join(file), &options, None).unwrap_err().to_string();
        assert!(message.contains(expected["fault"].as_str().unwrap()), "{message}");
        assert!(message.contains(file), "{message}");
    }
}

#[test]
fn options_that_do_not_fit_the_file_name_the_key() {
    let cases = [
        ("grey-8.png", json!({"format": "npy"}), None, "is no NPY file, it is PNG; set format = \"png\""),
        ("one.npz", json!({"format": "npy"}), None, "it is NPZ; set format = \"npz\""),
        ("version-1.npy", json!({"format": "png"}), None, "it is NPY; set format = \"npy\""),
        ("values.json", json!({"format": "npz"}), None, "neither NPY, NPZ nor PNG"),
        ("none.npy", json!({}), None, "no such map; check `root` and `pattern`"),
        ("version-1.npy", json!({"axes": "cyx"}), None, "does not fit axes = \"cyx\"; declare axes = \"yx\""),
        ("cube.npy", json!({}), None, "declare axes = \"cyx\" or \"yxc\" and `class`"),
        ("cube.npy", json!({"axes": "cyx"}), None, "3 channels; choose one with class"),
        ("cube.npy", json!({"axes": "yxc"}), Some(5), "5 channels, none with the index 5; check `class`"),
        ("version-1.npy", json!({}), Some(1), "1 channels, none with the index 1"),
        ("grey-8.png", json!({"format": "png"}), Some(0), "none with the index 0"),
        (
            "one.npz",
            json!({"format": "npz", "array": "map"}),
            None,
            "no array `map`; it holds `heat`: set `array`",
        ),
        ("bytes.npy", json!({"range": [0, 1]}), None, "lies outside range = [0, 1]; correct `range`"),
        ("f4-little-c.npy", json!({"range": [-9, 9]}), None, "value NaN lies outside range = [-9, 9]"),
    ];
    for (file, declared, channel, expected) in cases {
        let options: MapFileOptions = serde_json::from_value(declared).unwrap();
        let message = read_map(&golden().join(file), &options, channel).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert!(read_map(&golden(), &MapFileOptions::default(), None).is_err());
}

#[test]
fn content_in_memory_is_read_as_the_file() {
    for (file, format) in
        [("f2-big-f.npy", MapFormat::Npy), ("unnamed.npz", MapFormat::Npz), ("rgba.png", MapFormat::Png)]
    {
        let options = MapFileOptions { format, ..MapFileOptions::default() };
        let bytes = std::fs::read(golden().join(file)).unwrap();
        let bits = |map: camlab_raster::Map| map.data.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let (memory, disk) =
            (decode_map(&bytes, &options, None), read_map(&golden().join(file), &options, None));
        assert_eq!(bits(memory.unwrap()), bits(disk.unwrap()));
    }
}
