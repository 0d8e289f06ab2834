//! The drawn miniatures of ImageNet CLS-LOC and Places365 against what `make_drawn.py` recorded while it drew them.

use camlab::data::Dataset;
use camlab::raster::PixelBox;
use serde::Deserialize;

use crate::dataset::{fixture, opened};

/// Content of `expected.json` about a layout.
#[derive(Deserialize)]
struct Drawn {
    classes: Vec<String>,
    /// Number of training images.
    train: usize,
    val: Vec<DrawnImage>,
}

#[derive(Deserialize)]
struct DrawnImage {
    image: String,
    class: usize,
    size: (usize, usize),
    boxes: Vec<[i32; 4]>,
    #[serde(default)]
    mask: String,
}

fn recorded(layout: &str) -> Drawn {
    let text = std::fs::read_to_string(fixture(&format!("datasets/{layout}/expected.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn read(layout: &str, more: &str) -> Box<dyn Dataset> {
    let root = fixture(&format!("datasets/{layout}"));
    opened(&format!("{{ {layout} = {{ root = '{}'{more} }} }}", root.display()))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Compares the validation images with the record, boxes and masks where the set has them.
fn compare(layout: &str, set: &dyn Dataset) {
    let drawn = recorded(layout);
    assert_eq!((set.classes(), set.len()), (&drawn.classes[..], 100));
    for (index, image) in drawn.val.iter().enumerate() {
        assert_eq!((set.id(index), set.label(index)), (image.image.as_str(), image.class));
        let photo = set.photo(index).unwrap();
        assert_eq!((photo.width, photo.height), image.size);
        let truth = set.truth(index).unwrap();
        assert_eq!(truth.size, image.size);
        let boxes: Vec<PixelBox> =
            image.boxes.iter().map(|[x0, y0, x1, y1]| PixelBox::new(*x0, *y0, *x1, *y1)).collect();
        assert_eq!(truth.boxes, if set.has_boxes() { boxes } else { Vec::new() }, "{}", image.image);
        assert_eq!(truth.mask.is_some(), set.has_masks());
        if let Some(mask) = truth.mask {
            let run = |run: &str| vec![u8::from(&run[..1] == "1"); run[1..].parse().unwrap()];
            let expected: Vec<u8> = image.mask.split(' ').flat_map(run).collect();
            assert_eq!(mask.data, expected, "{}", image.image);
        }
    }
    assert!(set.examine().unwrap().remarks.is_empty());
}

fn compare_train(layout: &str) {
    let (drawn, train) = (recorded(layout), read(layout, ""));
    assert_eq!((train.len(), train.has_boxes(), train.has_masks()), (drawn.train, false, false));
    for label in 0..drawn.classes.len() {
        let images = (0..train.len()).filter(|&index| train.label(index) == label).count();
        assert_eq!(images, drawn.train / drawn.classes.len());
    }
    assert!(train.examine().unwrap().remarks.is_empty());
}

#[test]
fn imagenet_has_the_boxes_that_were_drawn() {
    let val = read("imagenet-cls-loc", ", split = 'val'");
    assert!(val.has_boxes() && !val.has_masks());
    assert!((0..val.len()).any(|index| val.truth(index).unwrap().boxes.len() == 2));
    compare("imagenet-cls-loc", &*val);
    compare_train("imagenet-cls-loc");
}

#[test]
fn places_has_boxes_and_masks_where_they_are_declared() {
    for (more, boxes, masks) in [
        ("", false, false),
        (", boxes = 'boxes.csv'", true, false),
        (", masks = 'masks'", false, true),
        (", boxes = 'boxes.csv', masks = 'masks'", true, true),
    ] {
        let val = read("places365", &format!(", split = 'val'{more}"));
        assert_eq!((val.has_boxes(), val.has_masks()), (boxes, masks));
        compare("places365", &*val);
    }
    compare_train("places365");
}
