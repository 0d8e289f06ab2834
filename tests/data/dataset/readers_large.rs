//! The readers of ImageNet's and Places365's layouts on tiny trees: what they read, and errors that name file and line.

use camlab::raster::PixelBox;

use crate::dataset::readers::{at, ids, labels, layout, said};
use crate::dataset::{fixture, opened};

// ---------------------------------------------------------------- imagenet-cls-loc

fn xml(objects: &str) -> String {
    format!("<annotation>\n<size><width>500</width><height>375</height></size>\n{objects}</annotation>\n")
}

fn object(name: &str, corners: [i32; 4]) -> String {
    let [x0, y0, x1, y1] = corners;
    format!(
        "<object><name>{name}</name>\n<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>\n"
    )
}

const VAL: &str = "ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_0000000";
const XML: &str = "ILSVRC/Annotations/CLS-LOC/val/ILSVRC2012_val_0000000";

/// Kaggle's layout with three images of two of three classes.
fn kaggle(changed: &[(&str, &str)]) -> tempfile::TempDir {
    let first = xml(&(object("n02", [10, 20, 500, 30])
        + &object("n01", [0, 0, 5, 5])
        + &object("n02", [1, 2, 3, 4])));
    let (second, third) = (xml(&object("n01", [7, 8, 9, 374])), xml(&object("n02", [0, 0, 499, 374])));
    let names = [1, 2, 3].map(|n| format!("{XML}{n}.xml"));
    let mut lists = vec![
        ("LOC_synset_mapping.txt", "n03 kite\nn02 crane, bird\nn01 tench, Tinca tinca\n"),
        (
            "LOC_val_solution.csv",
            "ImageId,PredictionString\nILSVRC2012_val_00000002,n01 7 8 9 374 \nILSVRC2012_val_00000001,n02 1 2 3 4 n02 10 20 500 30 \nILSVRC2012_val_00000003,n02 0 0 499 374 \n",
        ),
        (
            "ILSVRC/ImageSets/CLS-LOC/val.txt",
            "ILSVRC2012_val_00000001 1\nILSVRC2012_val_00000002 2\nILSVRC2012_val_00000003 3\n",
        ),
        (names[0].as_str(), first.as_str()),
        (names[1].as_str(), second.as_str()),
        (names[2].as_str(), third.as_str()),
    ];
    for &(name, text) in changed {
        lists.retain(|(kept, _)| *kept != name);
        lists.push((name, text));
    }
    let images = [1, 2, 3].map(|n| format!("{VAL}{n}.JPEG"));
    let folder = layout(&images.each_ref().map(String::as_str), &lists);
    let train = folder.path().join("ILSVRC/Data/CLS-LOC/train/n02");
    std::fs::create_dir_all(&train).unwrap();
    std::fs::copy(fixture("images/rgb.jpg"), train.join("n02_7.JPEG")).unwrap();
    folder
}

#[test]
fn imagenet_as_kaggle_has_it_is_read() {
    let folder = kaggle(&[]);
    let val = opened(&at("imagenet-cls-loc", folder.path(), ", split = 'val'")).unwrap();
    assert_eq!(val.classes(), ["tench", "crane", "kite"], "sorted by WordNet id");
    assert_eq!(labels(&*val), [1, 0, 1]);
    assert_eq!(val.id(0), "ILSVRC2012_val_00000001.JPEG");
    let truth = val.truth(0).unwrap();
    assert_eq!(truth.size, (500, 375));
    // The box of another class does not count, and one that sticks out of the image still does, as in wsolevaluation.
    assert_eq!(truth.boxes, [PixelBox::new(10, 20, 500, 30), PixelBox::new(1, 2, 3, 4)]);
    assert!(val.has_boxes() && val.photo(2).is_ok());
    // The folder `ILSVRC` may be the root; labels are found there too.
    std::fs::rename(
        folder.path().join("LOC_val_solution.csv"),
        folder.path().join("ILSVRC/LOC_val_solution.csv"),
    )
    .unwrap();
    let inner = opened(&at("imagenet-cls-loc", &folder.path().join("ILSVRC"), ", split = 'val'")).unwrap();
    assert_eq!(inner.classes(), ["n01", "n02"], "without the synset list, the classes that are there");
    let train = opened(&at("imagenet-cls-loc", folder.path(), "")).unwrap();
    assert_eq!((ids(&*train), labels(&*train)), (vec!["n02/n02_7.JPEG"], vec![1]));
    assert!(!train.has_boxes());
}

#[test]
fn imagenet_as_unpacked_by_hand_is_read() {
    let annotation = xml(&object("n01", [1, 1, 2, 2]));
    let other = xml(&object("n02", [3, 3, 4, 4]));
    let folder = layout(
        &["val/ILSVRC2012_val_00000002.JPEG", "val/ILSVRC2012_val_00000001.JPEG"],
        &[
            // The development kit numbers classes in an order of its own.
            ("data/ILSVRC2012_validation_ground_truth.txt", "1\n2\n"),
            ("data/map_clsloc.txt", "n02 1 crane\nn01 2 tench\n"),
            ("boxen für val/ILSVRC2012_val_00000001.xml", &other),
            ("boxen für val/ILSVRC2012_val_00000002.xml", &annotation),
        ],
    );
    let more = ", split = 'val', annotations = 'boxen für val'";
    let val = opened(&at("imagenet-cls-loc", folder.path(), more)).unwrap();
    assert_eq!((val.classes().to_vec(), labels(&*val)), (vec!["n01".to_string(), "n02".into()], vec![1, 0]));
    assert_eq!(val.truth(1).unwrap().boxes, [PixelBox::new(1, 1, 2, 2)]);
    let without = opened(&at("imagenet-cls-loc", folder.path(), ", split = 'val'")).unwrap();
    assert!(!without.has_boxes() && without.truth(0).unwrap().boxes.is_empty());
}

#[test]
fn imagenet_errors_name_file_and_line() {
    let broken = format!("{XML}2.xml");
    let wrong = |text: &str| said("imagenet-cls-loc", &kaggle(&[(broken.as_str(), text)]), ", split = 'val'");
    let cases = [
        ("<annotation>\n<size>", "2.xml:1: is not valid XML: "),
        ("<annotation>\n</size>", "2.xml:2: is not valid XML: "),
        ("", "2.xml:1: is not valid XML: "),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>",
            "2.xml:1: holds a document type declaration, which is not read; remove it",
        ),
        ("<annotation>\n\n</annotation>", "2.xml:1: <annotation> has no <size>"),
        (&xml(""), "2.xml: has no box of the image's class `n01`"),
        (&xml(&object("n02", [1, 1, 2, 2])), "2.xml: has no box of the image's class `n01`"),
        (&xml(&object("n01", [5, 1, 2, 2])), "2.xml:4: box `5,1,2,2` has xmax < xmin or ymax < ymin"),
        (&xml("<object><name>n01</name></object>"), "2.xml:3: <object> has no <bndbox>"),
        (
            &xml(&object("n01", [1, 1, 2, 2]).replace("<ymin>1", "<ymin>one")),
            "2.xml:4: <ymin> is `one`, not a number",
        ),
        (&xml("").replace("500", "0"), "2.xml:2: size 0x375 has no pixels"),
    ];
    for (text, wanted) in cases {
        let found = wrong(text);
        assert!(found.contains(wanted), "{found}\nnot\n{wanted}");
        assert!(found.starts_with("ILSVRC/Annotations/CLS-LOC/val/"), "{found}");
    }
    let gone = kaggle(&[]);
    std::fs::remove_file(gone.path().join(format!("{XML}3.xml"))).unwrap();
    let found = said("imagenet-cls-loc", &gone, ", split = 'val'");
    assert!(found.contains("00000003.xml: cannot be read"), "{found}");
    std::fs::remove_file(gone.path().join("LOC_val_solution.csv")).unwrap();
    let found = said("imagenet-cls-loc", &gone, ", split = 'val'");
    assert!(found.contains("has no validation labels: neither LOC_val_solution.csv nor"), "{found}");
    let found = said("imagenet-cls-loc", &kaggle(&[]), ", split = 'test'");
    assert!(found.starts_with("dataset option `split`: `test` has no labels"), "{found}");
    let missing = kaggle(&[(
        "LOC_val_solution.csv",
        "ImageId,PredictionString\nILSVRC2012_val_00000001,n02 1 2 3 4\n",
    )]);
    let found = said("imagenet-cls-loc", &missing, ", split = 'val'");
    assert_eq!(
        found,
        "LOC_val_solution.csv: has no row for image `ILSVRC2012_val_00000002`; add the row or remove the image"
    );
    let found = said("imagenet-cls-loc", &layout(&["x/a.JPEG"], &[]), "");
    assert!(
        found.starts_with("Data/CLS-LOC/train: neither this folder nor train exists; check `root`"),
        "{found}"
    );
}

// ---------------------------------------------------------------- places365

fn places(changed: &[(&str, &str)]) -> tempfile::TempDir {
    let mut lists = vec![
        ("categories_places365.txt", "/a/airfield 0\n/a/apartment_building/outdoor 1\n/z/zen_garden 2\n"),
        ("places365_val.txt", "Places365_val_00000001.jpg 2\nein Bild für später.jpg 1\n"),
        ("places365_train_standard.txt", "/a/airfield/00000001.jpg 0\n"),
    ];
    for &(name, text) in changed {
        lists.retain(|(kept, _)| *kept != name);
        lists.push((name, text));
    }
    let images = [
        "val_256/Places365_val_00000001.jpg",
        "val_256/ein Bild für später.jpg",
        "data_256/a/airfield/00000001.jpg",
    ];
    layout(&images, &lists)
}

#[test]
fn places365_is_read() {
    let folder = places(&[]);
    let val = opened(&at("places365", folder.path(), ", split = 'val'")).unwrap();
    assert_eq!(val.classes(), ["airfield", "apartment_building/outdoor", "zen_garden"]);
    assert_eq!(labels(&*val), [2, 1]);
    assert_eq!(val.id(1), "ein Bild für später.jpg");
    assert!(val.photo(1).is_ok() && !val.has_boxes() && !val.has_masks());
    assert!(val.truth(0).unwrap().boxes.is_empty());
    let train = opened(&at("places365", folder.path(), "")).unwrap();
    assert_eq!((ids(&*train), labels(&*train)), (vec!["a/airfield/00000001.jpg"], vec![0]));
    assert!(train.photo(0).is_ok());
}

#[test]
fn places365_errors_name_file_and_line() {
    let cases = [
        (
            "places365_val.txt",
            "a.jpg 1\na.jpg 3\n",
            "places365_val.txt:2: label 3 is out of range: categories_places365.txt has 3 categories",
        ),
        (
            "places365_val.txt",
            "a.jpg\n",
            "places365_val.txt:1: expected a name, a space and a whole number, found `a.jpg`",
        ),
        ("places365_val.txt", "a.jpg 1\n\na.jpg 2\n", "places365_val.txt: lists `a.jpg` twice"),
        ("places365_val.txt", "", "places365_val.txt: lists no image"),
        (
            "categories_places365.txt",
            "/a/x 0\n/b/y 0\n",
            "categories_places365.txt:2: label 0 is listed twice",
        ),
        (
            "categories_places365.txt",
            "/a/x 1\n",
            "categories_places365.txt: has no category with label 0; labels must run from 0 without gaps",
        ),
        (
            "categories_places365.txt",
            "/a/x 99999999999\n",
            "categories_places365.txt:1: label 99999999999 is out of range; use less than 100000",
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(said("places365", &places(&[(name, text)]), ", split = 'val'"), expected);
    }
    let folder = layout(&[], &[("categories_places365.txt", "/a/x 0\n"), ("places365_val.txt", "a.jpg 0\n")]);
    let found = said("places365", &folder, ", split = 'val'");
    let wanted = "has neither `val_256` nor `val_large`; set `images` to the folder of the images";
    assert!(found.contains(wanted), "{found}");
}

#[test]
fn places365_has_annotations_of_ones_own() {
    let first = "Places365_val_00000001.jpg";
    let csv = |text: &str| places(&[("boxes.csv", text)]);
    let boxes = ", split = 'val', boxes = 'boxes.csv'";
    let folder =
        csv(&format!("image,x0,y0,x1,y1,label\n{first},1,2,9,8,zen_garden\n{first},0,0,3,3,airfield\n"));
    let set = opened(&at("places365", folder.path(), boxes)).unwrap();
    assert_eq!((ids(&*set), set.has_boxes(), set.has_masks()), (vec![first], true, false));
    assert_eq!(set.truth(0).unwrap().boxes, [PixelBox::new(1, 2, 9, 8)]);
    let told: Vec<String> = set.remarks().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["1 image without boxes left out, such as `ein Bild für später.jpg`"]);
    let cases = [
        (
            "Places365_val_0000001.jpg,1,2,3,4\n".to_owned(),
            "boxes.csv:1: there is no image `Places365_val_0000001.jpg` in places365_val.txt, did you mean \
             `Places365_val_00000001.jpg`?",
        ),
        (
            format!("{first},1,2,3,4,zengarden\n"),
            "boxes.csv:1: unknown category `zengarden`, did you mean `zen_garden`?",
        ),
        (
            format!("{first},9,2,3,4\n"),
            "boxes.csv:1: box 9,2,3,4 is not x0,y0,x1,y1 with x0 <= x1 and y0 <= y1; are \
          these x,y,width,height?",
        ),
        (format!("{first},1,2,3,4,airfield\n"), "boxes.csv: has no box of an image's category"),
    ];
    for (text, expected) in cases {
        assert_eq!(said("places365", &csv(&text), boxes), expected);
    }
    let outside = csv(&format!("{first},100,100,120,120\n"));
    let set = opened(&at("places365", outside.path(), boxes)).unwrap();
    let found = set.examine().unwrap_err().to_string();
    assert!(found.contains(first) && found.contains("100"), "{found}");

    let masks = ", split = 'val', masks = 'masks'";
    assert_eq!(said("places365", &places(&[]), masks), "masks: is no folder; check `masks`");
    let stray = places(&[("masks/other.png", "")]);
    assert!(said("places365", &stray, masks).starts_with("masks: has no mask of an image"));
    let both = places(&[("masks/other.png", ""), ("boxes.csv", &format!("{first},1,2,3,4\n"))]);
    let found = said("places365", &both, &format!("{boxes}, masks = 'masks'"));
    let expected = "masks/Places365_val_00000001.png: the mask of image `Places365_val_00000001.jpg` does not exist; add \
                    it, or check `masks`";
    assert_eq!(found, expected);
}
