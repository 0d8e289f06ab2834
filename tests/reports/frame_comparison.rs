//! Frames of two reports, compared bit by bit.

use std::path::Path;

use camlab::frame::{
    self, CostRow, FRAMES, FrameComparison, FrameDifference, FrameWriter, GalleryRow, RankKind, Row, RunRow,
    TrainingRow,
};
use tempfile::tempdir;

fn compared<R: Row>(recorded: &Path, new: &Path) -> FrameComparison {
    let info = FRAMES.iter().find(|info| info.file == R::FILE).expect("a frame of a report");
    frame::compare(info, recorded, new)
}

/// Writes the rows to two folders and compares them.
fn both<R: Row>(recorded: &[R], new: &[R]) -> FrameComparison {
    let [old, other] = [tempdir().unwrap(), tempdir().unwrap()];
    frame::write(old.path(), recorded).unwrap();
    frame::write(other.path(), new).unwrap();
    compared::<R>(old.path(), other.path())
}

fn epoch(epoch: u32, loss: f64) -> TrainingRow {
    TrainingRow {
        cell: "s0".into(),
        seed: 0,
        network: "kaiming".into(),
        stage: "all".into(),
        epoch,
        learning_rate: 0.1,
        loss,
        accuracy: 50.0,
        validation_loss: None,
        validation_accuracy: None,
        images_per_second: f64::from(epoch),
        seconds: f64::from(epoch),
    }
}

fn value(comparison: FrameComparison) -> (usize, String, String, String) {
    match comparison.difference {
        Some(FrameDifference::Value { row, column, recorded, new, .. }) => (row, column, recorded, new),
        other => panic!("{other:?}"),
    }
}

#[test]
fn equal_rows_are_identical_whatever_their_groups_and_measured_columns() {
    let rows: Vec<TrainingRow> = (0..3000).map(|at| epoch(at, f64::from(at) / 7.0)).collect();
    let measured = |row: &TrainingRow| TrainingRow { seconds: 9.0, images_per_second: -1.0, ..row.clone() };
    let slower: Vec<TrainingRow> = rows.iter().map(measured).collect();
    let [old, new] = [tempdir().unwrap(), tempdir().unwrap()];
    frame::write(old.path(), &rows).unwrap();
    // Texts that do not repeat make groups of another size.
    let mut writer = FrameWriter::new::<TrainingRow>(new.path()).unwrap();
    slower.chunks(7).for_each(|part| writer.rows(part).unwrap());
    writer.finish().unwrap();
    let found = compared::<TrainingRow>(old.path(), new.path());
    assert_eq!((found.rows, found.difference), (3000, None));
}

#[test]
fn rows_of_several_groups_are_compared_to_the_last() {
    let long = |at: u32| TrainingRow { stage: format!("{at:01000}"), ..epoch(at, 0.5) };
    let rows: Vec<TrainingRow> = (0..5000).map(long).collect();
    let mut changed = rows.clone();
    changed[4321].loss = 0.5000000000000001;
    assert_eq!(both(&rows, &rows).difference, None);
    let expected = (4321, "loss".into(), "0.5".into(), "0.5000000000000001".into());
    assert_eq!(value(both(&rows, &changed)), expected);
    let fewer = both(&rows, &rows[..4000]);
    assert_eq!(fewer.difference, Some(FrameDifference::Rows { recorded: 5000, new: 4000 }));
    let more = both(&rows[..4000], &rows);
    assert_eq!(more.difference, Some(FrameDifference::Rows { recorded: 4000, new: 5000 }));
}

#[test]
fn floats_are_compared_by_their_bits() {
    let one = |loss| vec![epoch(1, loss)];
    assert_eq!(both(&one(f64::NAN), &one(-f64::NAN)).difference, None);
    let (_, column, recorded, new) = value(both(&one(0.0), &one(-0.0)));
    assert_eq!((&*column, &*recorded, &*new), ("loss", "0.0", "-0.0"));
    let null = |value| vec![TrainingRow { validation_loss: value, ..epoch(1, 0.0) }];
    let (_, column, recorded, new) = value(both(&null(None), &null(Some(f64::NAN))));
    assert_eq!((&*column, &*recorded, &*new), ("validation_loss", "null", "NaN"));
}

#[test]
fn the_first_row_that_differs_is_told_with_its_names() {
    let rows: Vec<TrainingRow> = (0..4).map(|at| epoch(at, 1.0)).collect();
    let mut changed = rows.clone();
    changed[3].learning_rate = 0.2;
    changed[2].accuracy = 51.0;
    let found = both(&rows, &changed).difference.unwrap().to_string();
    assert_eq!(
        found,
        "row 2 (cell = s0, seed = 0, network = kaiming, stage = all), column accuracy: recorded 50.0, new 51.0"
    );
}

#[test]
fn lists_and_bytes_are_told_by_the_place_that_differs() {
    let row = GalleryRow {
        cell: "s0".into(),
        seed: 0,
        image: "one".into(),
        rank_kind: RankKind::Best,
        rank: 0,
        network: "kaiming".into(),
        method: "cam".into(),
        layer: "layer2".into(),
        contrast: "none".into(),
        iou: 0.5,
        photo: vec![1, 2, 3],
        map: vec![0.0, f32::NAN, 0.25],
        map_height: 1,
        map_width: 3,
        height: 4,
        width: 4,
        truth_boxes: vec![0, 0, 1, 1],
        boxes: vec![],
        label_name: "cat".into(),
        predicted_name: None,
        predicted_probability: Some(0.5),
    };
    let with = |change: fn(&mut GalleryRow)| {
        let mut other = row.clone();
        change(&mut other);
        value(both(&[row.clone(), row.clone()], &[row.clone(), other]))
    };
    let told = with(|row| row.map[2] = 0.125);
    assert_eq!(told, (1, "map".into(), "0.25 as element 2 of 3".into(), "0.125 as element 2 of 3".into()));
    let told = with(|row| row.photo[1] = 9);
    assert_eq!(told, (1, "photo".into(), "2 as byte 1 of 3".into(), "9 as byte 1 of 3".into()));
    let told = with(|row| row.boxes.extend([1, 2]));
    assert_eq!(told, (1, "boxes".into(), "0 elements".into(), "2 elements".into()));
}

#[test]
fn rows_about_the_run_itself_are_left_out() {
    let rows = |host: &str, data: &str| vec![RunRow::new(RunRow::HOST, host), RunRow::new("data", data)];
    let equal = both(&rows("one", "20 images"), &rows("other", "20 images"));
    assert_eq!((equal.rows, equal.difference), (1, None));
    let (row, column, recorded, new) = value(both(&rows("one", "20 images"), &rows("one", "21 images")));
    assert_eq!((row, &*column, &*recorded, &*new), (0, "value", "\"20 images\"", "\"21 images\""));
}

#[test]
fn a_frame_that_is_missing_or_damaged_differs() {
    let [old, new] = [tempdir().unwrap(), tempdir().unwrap()];
    frame::write::<CostRow>(old.path(), &[]).unwrap();
    let found = compared::<CostRow>(old.path(), new.path());
    assert!(
        matches!(found.difference, Some(FrameDifference::Unreadable { error }) if error.contains("cost.parquet"))
    );
    frame::write(new.path(), &[epoch(1, 0.5)]).unwrap();
    let path = new.path().join(TrainingRow::FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    frame::write(old.path(), &[epoch(1, 0.5)]).unwrap();
    let found = compared::<TrainingRow>(old.path(), new.path());
    assert!(
        matches!(found.difference, Some(FrameDifference::Unreadable { error }) if error.contains("damaged"))
    );
}
