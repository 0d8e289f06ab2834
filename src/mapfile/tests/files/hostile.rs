//! Damaged and malicious files are errors, never a panic.

use std::io::Write as _;

use camlab_mapfile::{
    MapAxes, MapFault, MapFileOptions, MapFormat, NumberType, decode_map, encode_map, encode_npz,
};
use camlab_raster::Map;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::golden;

/// Every golden file with its format.
fn files() -> Vec<(String, MapFormat, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(golden()).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().unwrap_or_default().to_owned();
        if let Some(format) = MapFormat::ALL.into_iter().find(|format| extension == format.extension()) {
            files.push((path.display().to_string(), format, std::fs::read(&path).unwrap()));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(files.len() > 60);
    files
}

fn of(format: MapFormat) -> MapFileOptions {
    MapFileOptions { format, ..MapFileOptions::default() }
}

/// Reads one map and one channel; the result does not matter.
fn read(bytes: &[u8], format: MapFormat) {
    drop(decode_map(bytes, &of(format), None));
    drop(decode_map(bytes, &MapFileOptions { axes: MapAxes::Yxc, ..of(format) }, Some(1)));
}

/// An array that is cut off is an error at every byte. An image may lack what follows its last pixel.
#[test]
fn files_cut_off_at_every_byte_are_errors() {
    for (name, format, bytes) in files() {
        let whole = decode_map(&bytes, &of(format), None).ok();
        for length in 0..bytes.len() {
            let cut = decode_map(&bytes[..length], &of(format), None);
            let excused = format == MapFormat::Png && cut.as_ref().ok() == whole.as_ref();
            assert!(cut.is_err() || excused, "{name} cut to {length} of {} bytes", bytes.len());
        }
    }
}

/// One file of every kind; the other types differ in the values only.
#[test]
fn files_with_any_byte_changed_do_not_panic() {
    let kinds = [
        "f2-big-f.npy",
        "i8-little-c.npy",
        "version-3.npy",
        "channels-c.npy",
        "structure.npy",
        "compressed.npz",
        "unnamed.npz",
        "grey-1.png",
        "grey-16.png",
        "rgba.png",
    ];
    let chosen = files().into_iter().filter(|(name, ..)| kinds.iter().any(|kind| name.ends_with(kind)));
    for (_, format, bytes) in chosen {
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for value in [0xff, bytes[at] ^ 1, bytes[at] ^ 0x80] {
                changed[at] = value;
                read(&changed, format);
            }
            changed[at] = bytes[at];
        }
    }
}

#[test]
fn more_bytes_than_the_array_are_an_error() {
    let mut bytes = encode_map(MapFormat::Npy, NumberType::F32, &Map::new(2, 2, vec![0.5; 4])).unwrap();
    bytes.push(0);
    let fault = decode_map(&bytes, &of(MapFormat::Npy), None).unwrap_err();
    assert_eq!(fault, MapFault::Length { shape: "[2, 2]".into(), needed: "16".into(), held: 17 });
}

fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(values);
    bytes
}

#[test]
fn absurd_shapes_are_errors_before_anything_is_allocated() {
    for shape in [
        "(100000, 100000)",
        "(18446744073709551615,)",
        "(4294967295, 4294967295, 1)",
        "(0, 9999999999)",
        "(2,)",
    ] {
        assert!(decode_map(&npy(shape, &[1, 2]), &of(MapFormat::Npy), None).is_err(), "{shape}");
    }
    let many = format!("({} 2, 1)", "1, ".repeat(100));
    assert_eq!(
        decode_map(&npy(&many, &[1, 2]), &of(MapFormat::Npy), None).unwrap(),
        Map::new(2, 1, vec![1.0, 2.0])
    );
}

fn archive(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn archives_whose_sizes_lie_are_errors() {
    let honest = npy("(300, 300)", &[7; 90_000]);
    let packed = archive(&[("map.npy", &honest)], CompressionMethod::Deflated);
    assert!(packed.len() < 1000);
    assert_eq!(
        decode_map(&packed, &of(MapFormat::Npz), None).unwrap(),
        Map::new(300, 300, vec![7.0; 90_000])
    );
    // The entry's declared length, in the local and the central record.
    let declared = (honest.len() as u32).to_le_bytes();
    for lie in [0u32, 1, 100, honest.len() as u32 - 1, honest.len() as u32 + 1, u32::MAX - 1] {
        let mut bytes = packed.clone();
        while let Some(at) = bytes.windows(4).position(|four| four == declared) {
            bytes[at..at + 4].copy_from_slice(&lie.to_le_bytes());
        }
        assert!(decode_map(&bytes, &of(MapFormat::Npz), None).is_err(), "{lie}");
    }
    // Paths are no concern: nothing is unpacked.
    let outside = archive(&[("../map.npy", &honest), ("x.txt", b"")], CompressionMethod::Stored);
    assert!(decode_map(&outside, &of(MapFormat::Npz), None).is_ok());
    let empty = archive(&[], CompressionMethod::Stored);
    assert!(decode_map(&empty, &of(MapFormat::Npz), None).unwrap_err().to_string().contains("holds nothing"));
    let other = archive(&[("map.npy", b"\x89PNG\r\n\x1a\n")], CompressionMethod::Stored);
    assert!(
        decode_map(&other, &of(MapFormat::Npz), None).unwrap_err().to_string().contains("begin with NUMPY")
    );
}

/// An image that declares 10,000x10,000 pixels in some bytes.
#[test]
fn an_image_that_cannot_hold_its_pixels_is_an_error() {
    let mut bytes = encode_map(MapFormat::Png, NumberType::F32, &Map::new(1, 1, vec![0.5])).unwrap();
    let set = |bytes: &mut [u8], side: u32| {
        bytes[16..20].copy_from_slice(&side.to_be_bytes());
        bytes[20..24].copy_from_slice(&side.to_be_bytes());
        // The checksum of the header, bit by bit.
        let mut sum = u32::MAX;
        for byte in &bytes[12..29] {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
        bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    };
    set(&mut bytes, 1);
    assert!(decode_map(&bytes, &of(MapFormat::Png), None).is_ok());
    set(&mut bytes, 10_000);
    let message = decode_map(&bytes, &of(MapFormat::Png), None).unwrap_err().to_string();
    assert!(message.contains("cannot expand to 10000x10000 pixels"), "{message}");
    set(&mut bytes, 10_001);
    assert!(matches!(decode_map(&bytes, &of(MapFormat::Png), None), Err(MapFault::TooLarge(_))));
    set(&mut bytes, 0);
    assert!(decode_map(&bytes, &of(MapFormat::Png), None).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in MapFormat::ALL {
            read(&bytes, format);
        }
    }

    #[test]
    fn any_header_is_read_without_a_panic(text in "[{}()\\[\\]',:a-zA-Z0-9<>|_. -]{0,120}", values in 0usize..64) {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(vec![1; values]);
        read(&bytes, MapFormat::Npy);
    }

    #[test]
    fn any_damage_of_an_archive_is_read_without_a_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let map = Map::new(2, 3, vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        let mut bytes = encode_npz(NumberType::F32, &map, &[]).unwrap();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read(&bytes, MapFormat::Npz);
    }
}
