//! Any bytes as a map file, under all axes.
#![no_main]

use camlab_mapfile::{MapAxes, MapFileOptions, MapFormat, NumberType, decode_map, encode_map};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(format) = MapFormat::sniff(bytes) else { return };
    for axes in [MapAxes::Yx, MapAxes::Xy, MapAxes::Cyx, MapAxes::Yxc] {
        let options = MapFileOptions { format, axes, ..MapFileOptions::default() };
        for channel in [None, Some(1)] {
            // A map that was read is written and read again as it is.
            if let Ok(map) = decode_map(bytes, &options, channel) {
                let written = encode_map(MapFormat::Npy, NumberType::F32, &map).expect("a map with pixels");
                let again = decode_map(&written, &MapFileOptions::default(), None).expect("a whole file");
                assert!(again.data.iter().zip(&map.data).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
        }
    }
});
