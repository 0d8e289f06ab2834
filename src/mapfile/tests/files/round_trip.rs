//! Written maps come back.

use camlab_mapfile::{
    MapFault, MapFileOptions, MapFormat, MapRange, NamedArray, NumberType, decode_map, encode_map,
    encode_npz, read_map, write_map, write_npz,
};
use camlab_raster::Map;
use proptest::prelude::*;

fn of(format: MapFormat) -> MapFileOptions {
    MapFileOptions { format, ..MapFileOptions::default() }
}

fn bits(map: &Map) -> (usize, usize, Vec<u32>) {
    (map.height, map.width, map.data.iter().map(|value| value.to_bits()).collect())
}

proptest! {
    #[test]
    fn arrays_come_back_bit_by_bit(height in 1usize..9, width in 1usize..9, seed in any::<u64>()) {
        let mut state = seed;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f32::from_bits((state >> 32) as u32)
        };
        let map = Map::new(height, width, (0..height * width).map(|_| draw()).collect());
        for format in [MapFormat::Npy, MapFormat::Npz] {
            let back = |numbers| {
                decode_map(&encode_map(format, numbers, &map).unwrap(), &of(format), None).unwrap()
            };
            prop_assert_eq!(bits(&back(NumberType::F32)), bits(&map));
            // A conversion may change the bits of a NaN.
            let wide = back(NumberType::F64);
            let same = |(one, other): (&f32, &f32)| one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan();
            prop_assert!(wide.data.iter().zip(&map.data).all(same));
        }
    }

    /// Half a quantisation step, and the rounding of the division to `f32`.
    #[test]
    fn images_come_back_within_half_a_step(values in prop::collection::vec(0.0f32..=1.0, 1..40)) {
        let map = Map::new(1, values.len(), values);
        let back = decode_map(&encode_map(MapFormat::Png, NumberType::F32, &map).unwrap(), &of(MapFormat::Png), None).unwrap();
        for (back, value) in back.data.iter().zip(&map.data) {
            let apart = (f64::from(*back) - f64::from(*value)).abs();
            prop_assert!(apart <= 0.5 / 65535.0 + f64::from(f32::EPSILON) / 2.0, "{back} instead of {value}");
        }
    }
}

#[test]
fn all_steps_of_an_image_come_back_exactly() {
    let values: Vec<f32> = (0..=u16::MAX).map(|step| f32::from(step) / 65535.0).collect();
    let map = Map::new(256, 256, values);
    let options = MapFileOptions { range: MapRange::Bounds { low: 0.0, high: 1.0 }, ..of(MapFormat::Png) };
    assert_eq!(
        decode_map(&encode_map(MapFormat::Png, NumberType::F32, &map).unwrap(), &options, None).unwrap(),
        map
    );
}

#[test]
fn special_values_are_kept_in_arrays_and_refused_in_images() {
    let special = [f32::NAN, f32::INFINITY, -1e-9, 1.000_000_1, f32::from_bits(0xffc0_1234)];
    for value in special {
        let map = Map::new(1, 2, vec![0.5, value]);
        let back = decode_map(
            &encode_map(MapFormat::Npy, NumberType::F32, &map).unwrap(),
            &of(MapFormat::Npy),
            None,
        )
        .unwrap();
        assert_eq!(bits(&back), bits(&map));
        let message = encode_map(MapFormat::Png, NumberType::F32, &map).unwrap_err().to_string();
        assert!(message.contains(&format!("value {value} lies outside [0, 1]")), "{message}");
        assert!(message.contains("format = \"npy\""), "{message}");
    }
    for format in MapFormat::ALL {
        assert!(matches!(
            encode_map(format, NumberType::F32, &Map::new(0, 3, Vec::new())),
            Err(MapFault::Empty(_))
        ));
    }
}

#[test]
fn files_are_written_into_new_folders_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for format in MapFormat::ALL {
        let path = folder.path().join(format!("a/b/995.jpeg.{}", format.extension()));
        for value in [0.0, 1.0] {
            let map = Map::new(2, 2, vec![value; 4]);
            write_map(&path, format, NumberType::F32, &map).unwrap();
            assert_eq!(read_map(&path, &of(format), None).unwrap(), map);
        }
    }
    assert_eq!(std::fs::read_dir(folder.path().join("a/b")).unwrap().count(), 3);
    let below_a_file = folder.path().join("a/b/995.jpeg.npy/map.npy");
    let message = write_map(&below_a_file, MapFormat::Npy, NumberType::F32, &Map::new(1, 1, vec![0.0]))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("cannot write the map") && message.contains("995.jpeg.npy/map.npy"),
        "{message}"
    );
}

#[test]
fn further_arrays_stand_beside_the_map() {
    let map = Map::new(1, 2, vec![0.25, 0.75]);
    let scores = NamedArray { name: "scores", shape: &[3], values: &[1.0, 2.0, 3.0] };
    let layer = NamedArray { name: "layer3", shape: &[2, 1], values: &[5.0, 6.0] };
    let path = tempfile::tempdir().unwrap().path().join("map.npz");
    write_npz(&path, NumberType::F32, &map, &[scores, layer]).unwrap();
    assert_eq!(read_map(&path, &of(MapFormat::Npz), None).unwrap(), map);
    let other = MapFileOptions { array: Some("layer3".into()), ..of(MapFormat::Npz) };
    assert_eq!(read_map(&path, &other, None).unwrap(), Map::new(2, 1, vec![5.0, 6.0]));
    // No time, no order of a hash table: the same bytes.
    assert_eq!(encode_npz(NumberType::F32, &map, &[scores, layer]).unwrap(), std::fs::read(&path).unwrap());

    let refused = [
        NamedArray { name: "map", ..scores },
        NamedArray { name: "layer3", ..scores },
        NamedArray { name: "", ..scores },
        NamedArray { name: "a/b", ..scores },
        NamedArray { shape: &[4], ..scores },
        NamedArray { shape: &[usize::MAX, 3], ..scores },
    ];
    for further in refused {
        assert!(
            matches!(encode_npz(NumberType::F32, &map, &[layer, further]), Err(MapFault::Named(..))),
            "{further:?}"
        );
    }
}
