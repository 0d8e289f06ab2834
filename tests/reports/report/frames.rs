use std::path::Path;

use camlab::base::random::stream;
use camlab::frame::{
    self, CSV_COLUMNS, CellSet, CurveRow, FrameError, FrameReader, ImageOutcome, ImageRow, Row, SummaryRow,
    read, read_of, write,
};
use proptest::prelude::*;

use super::fixture::{Fixture, Rows};

fn comes_back<R: Row + PartialEq + std::fmt::Debug>(dir: &Path, rows: &[R]) {
    assert!(!rows.is_empty(), "{} has no rows to try", R::FILE);
    write(dir, rows).unwrap();
    let bytes = std::fs::read(dir.join(R::FILE)).unwrap();
    assert!(read::<R>(dir).unwrap() == rows, "{} came back changed", R::FILE);
    write(dir, rows).unwrap();
    assert!(bytes == std::fs::read(dir.join(R::FILE)).unwrap(), "{} is not the same twice", R::FILE);
    write::<R>(dir, &[]).unwrap();
    assert_eq!(read::<R>(dir).unwrap(), [], "an empty {} must stay empty", R::FILE);
}

#[test]
fn every_frame_comes_back_and_is_the_same_twice() {
    let dir = tempfile::tempdir().unwrap();
    let Rows { images, summary, curves, training, steps, gallery, cells, run, .. } =
        Fixture::default().rows();
    comes_back(dir.path(), &images);
    comes_back(dir.path(), &summary);
    comes_back(dir.path(), &curves);
    comes_back(dir.path(), &training);
    comes_back(dir.path(), &steps);
    comes_back(dir.path(), &gallery);
    comes_back(dir.path(), &cells);
    comes_back(dir.path(), &run);
    let left: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 8, "temporary files are left behind: {left:?}");
}

#[test]
fn a_projection_reads_its_columns_alone() {
    let dir = tempfile::tempdir().unwrap();
    let rows = Fixture { images: 3, ..Fixture::default() }.rows().images;
    write(dir.path(), &rows).unwrap();
    let outcomes: Vec<ImageOutcome> = read(dir.path()).unwrap();
    assert_eq!(outcomes.len(), rows.len());
    assert_eq!((&*outcomes[4].image, &outcomes[4].ious), (&*rows[4].image, &rows[4].ious));
}

#[test]
fn a_missing_or_foreign_file_is_named_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let missing = read::<CurveRow>(dir.path()).unwrap_err();
    assert!(matches!(missing, FrameError::Open { .. }));
    assert!(missing.to_string().contains("curves.parquet"), "{missing}");
    std::fs::write(dir.path().join("curves.parquet"), b"no parquet").unwrap();
    let foreign = read::<CurveRow>(dir.path()).unwrap_err().to_string();
    assert!(foreign.contains("curves.parquet") && foreign.contains("run the experiment again"), "{foreign}");
    let summary = Fixture::default().rows().summary;
    write(dir.path(), &summary).unwrap();
    std::fs::rename(dir.path().join("summary.parquet"), dir.path().join("curves.parquet")).unwrap();
    assert!(matches!(read::<CurveRow>(dir.path()), Err(FrameError::Read { .. })), "another frame's columns");
}

#[test]
fn the_csv_has_exactly_its_columns_and_no_nan() {
    let mut rows = Fixture { images: 3, ..Fixture::default() }.rows().summary;
    rows[0].value = f64::NAN;
    rows[0].ci_low = None;
    rows[0].method = "with, comma and \"quote\"".into();
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &rows).unwrap();
    assert!(!frame::write_csv(dir.path()).unwrap(), "no row under a contrast");
    let text = std::fs::read_to_string(dir.path().join(frame::SUMMARY_CSV)).unwrap();
    assert_eq!(
        text.lines().next().unwrap(),
        "experiment,cell,seed,network,method,layer,metric,value,ci_low,ci_high,n"
    );
    assert_eq!(CSV_COLUMNS.join(","), text.lines().next().unwrap());
    let second = text.lines().nth(1).unwrap();
    assert!(second.contains("\"with, comma and \"\"quote\"\"\""), "{second}");
    assert!(!text.contains("NaN"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let values: Vec<Option<f64>> = reader.records().map(|record| record.unwrap()[7].parse().ok()).collect();
    assert_eq!(values.len(), rows.len());
    assert_eq!((values[0], values[1]), (None, Some(rows[1].value)), "numbers come back to the last bit");
}

/// Rows of several row groups come back in order, and only those of the cells that are asked for.
#[test]
fn a_frame_of_many_groups_is_read_by_cell() {
    let dir = tempfile::tempdir().unwrap();
    let base = Fixture { images: 1, ..Fixture::default() }.rows().curves[0].clone();
    let rows: Vec<CurveRow> = (0..150_000u32)
        .map(|at| CurveRow {
            cell: format!("c{}", at / 50_000).into(),
            seed: i64::from(at % 2),
            level: at % 255,
            accuracy: f64::from(at),
            ..base.clone()
        })
        .collect();
    write(dir.path(), &rows).unwrap();
    assert!(FrameReader::report::<CurveRow>(dir.path()).unwrap().count() > 3, "one row group only");
    assert!(read::<CurveRow>(dir.path()).unwrap() == rows);
    let asked: CellSet = [("c1", 1)].into_iter().collect();
    let found: Vec<CurveRow> = read_of(dir.path(), &asked).unwrap();
    assert!(found.iter().eq(rows.iter().filter(|row| &*row.cell == "c1" && row.seed == 1)));
    assert_eq!(read_of::<CurveRow>(dir.path(), &CellSet::default()).unwrap(), []);
}

/// A frame of a later version is not read as if it were known; one of an earlier camlab has no version.
#[test]
fn a_later_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rows = Fixture { images: 2, ..Fixture::default() }.rows().summary;
    write(dir.path(), &rows).unwrap();
    let path = dir.path().join(SummaryRow::FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let place = |bytes: &[u8], key: &[u8]| bytes.windows(key.len()).position(|part| part == key).unwrap();
    let (seal, version) = (place(&bytes, b"camlab.blake3"), place(&bytes, b"camlab.schema"));
    bytes[seal] = b'C';
    // Behind the key stand two bytes of its value's type and length.
    assert_eq!(bytes[version + 15], b'1');
    bytes[version + 15] = b'9';
    std::fs::write(&path, &bytes).unwrap();
    let error = read::<SummaryRow>(dir.path()).unwrap_err().to_string();
    assert!(
        error.contains("summary.parquet has frames of version 9") && error.contains("up to 1"),
        "{error}"
    );
    bytes[version] = b'C';
    std::fs::write(&path, &bytes).unwrap();
    assert!(read::<SummaryRow>(dir.path()).unwrap() == rows);
}

/// A changed byte never gives other rows, and never a panic: in a frame of ours, and in one without a checksum.
#[test]
fn damage_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let rows = Fixture { images: 6, ..Fixture::default() }.rows().images;
    write(dir.path(), &rows).unwrap();
    let path = dir.path().join(ImageRow::FILE);
    let sound = std::fs::read(&path).unwrap();
    let mut unsealed = sound.clone();
    for key in [b"camlab.blake3", b"camlab.schema"] {
        let place = sound.windows(13).position(|bytes| bytes == key).unwrap();
        unsealed[place] = b'C';
        std::fs::write(&path, &unsealed).unwrap();
        // The version tells that there was a checksum.
        let whole = read::<ImageRow>(dir.path());
        assert_eq!(whole.is_ok(), key == b"camlab.schema");
    }
    std::fs::write(&path, &unsealed).unwrap();
    assert!(read::<ImageRow>(dir.path()).unwrap() == rows, "a frame of another program has no checksum");
    let mut random = stream(19, "damage");
    let mut found = [0; 2];
    for round in 0..200 {
        let (kind, bytes) = [(0, &sound), (1, &unsealed)][round % 2];
        let mut bytes = bytes.clone();
        let at = (random.next_u64() % bytes.len() as u64) as usize;
        match round % 8 {
            0 | 1 => bytes.truncate(at),
            _ => bytes[at] ^= 1 << (random.next_u32() % 8),
        }
        std::fs::write(&path, &bytes).unwrap();
        match read::<ImageRow>(dir.path()) {
            Ok(_) if kind == 0 => panic!("damage at {at} was not found"),
            Ok(_) => {}
            Err(error) => {
                found[kind] += 1;
                let text = error.to_string();
                assert!(
                    text.contains("images.parquet") && text.contains("run the experiment again"),
                    "{text}"
                );
            }
        }
    }
    assert!(found[0] == 100, "{} of 100 damaged files were refused", found[0]);
    assert!(found[1] > 10, "{} of 100 damaged files were refused", found[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_and_any_number_comes_back(texts in prop::collection::vec(".*", 1..6), number in any::<f64>(), list in prop::collection::vec(any::<i32>(), 0..9)) {
        let dir = tempfile::tempdir().unwrap();
        let base = Fixture { images: 1, ..Fixture::default() }.rows();
        let summary: Vec<SummaryRow> = texts.iter()
            .map(|text| SummaryRow { method: text.clone(), ci_low: Some(number), ..base.summary[0].clone() }).collect();
        write(dir.path(), &summary).unwrap();
        for (row, text) in read::<SummaryRow>(dir.path()).unwrap().iter().zip(&texts) {
            prop_assert_eq!(&row.method, text);
            prop_assert_eq!(row.ci_low.unwrap().to_bits(), number.to_bits());
        }
        let mut image = base.images[0].clone();
        image.truth_boxes = list;
        write(dir.path(), std::slice::from_ref(&image)).unwrap();
        prop_assert_eq!(read::<ImageRow>(dir.path()).unwrap(), vec![image]);
    }
}
