use std::path::Path;

use camlab::frame::{
    self, CSV_COLUMNS, CurveRow, FrameError, ImageOutcome, ImageRow, Row, SummaryRow, read, write,
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
    assert_eq!((&outcomes[4].image, &outcomes[4].ious), (&rows[4].image, &rows[4].ious));
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
    let text = String::from_utf8(frame::csv(&rows).unwrap()).unwrap();
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
