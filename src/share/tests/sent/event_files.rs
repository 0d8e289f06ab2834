use std::collections::BTreeMap;
use std::path::Path;

use camlab_share::write_event_files;

use crate::sample::two_seeds;

/// Records of a TFRecord file; the checksums are checked by TensorBoard in `.ci/read-shared.py`.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        records.push(bytes[12..12 + length].to_vec());
        bytes = &bytes[12 + length + 4..];
    }
    records
}

/// The fields of a message: number, and bytes of the value (varints as eight bytes).
fn fields(mut bytes: &[u8]) -> BTreeMap<u64, Vec<u8>> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    let mut found = BTreeMap::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let length = match tag & 7 {
            0 => {
                found.insert(tag >> 3, varint(&mut bytes).to_le_bytes().to_vec());
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        found.insert(tag >> 3, bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    found
}

/// Scalars of a file: tag, step, value, seconds.
fn scalars(path: &Path) -> Vec<(String, i64, f32, f64)> {
    let events = records(&std::fs::read(path).unwrap());
    assert_eq!(fields(&events[0])[&3], b"brain.Event:2");
    let scalar = |event: &Vec<u8>| {
        let event = fields(event);
        let value = fields(&fields(&event[&5])[&1]);
        let number = f32::from_le_bytes(value.get(&2)?[..].try_into().unwrap());
        let step = i64::from_le_bytes(event[&2][..].try_into().unwrap());
        let time = f64::from_le_bytes(event[&1][..].try_into().unwrap());
        Some((String::from_utf8(value[&1].clone()).unwrap(), step, number, time))
    };
    events[1..].iter().filter_map(scalar).collect()
}

#[test]
fn scalars_come_back_and_an_earlier_export_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = two_seeds();
    let files = write_event_files(&experiment, folder.path()).unwrap();
    let names: Vec<_> =
        files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
    let name = "events.out.tfevents.1700000000.camlab";
    assert_eq!(
        names,
        ["", "quick/", "quick seed 0/", "quick seed 1/"].map(|run| format!("quick runs/{run}{name}"))
    );
    let wanted = [
        ("acc/net/grad-cam++".to_owned(), 0, 0.3, 2.0),
        ("train/net/loss".to_owned(), 1, 2.0, 1_700_000_001.001),
        ("train/net/loss".to_owned(), 2, 1.0, 1_700_000_001.002),
    ];
    assert_eq!(scalars(&files[3]), wanted);
    let bytes = std::fs::read(&files[3]).unwrap();
    write_event_files(&experiment, folder.path()).unwrap();
    assert_eq!(std::fs::read(&files[3]).unwrap(), bytes, "the same report gives the same bytes");
    for run in &mut experiment.runs {
        run.start_ms -= 5_000;
    }
    let others = write_event_files(&experiment, folder.path()).unwrap();
    assert!(files.iter().all(|file| !file.exists()) && others.iter().all(|file| file.exists()));
}
