use super::{Read, Refused, case, compare, grey};

const SOUND: &[(&str, &[u8])] = &[
    ("images.txt", b"1 001.Tern/a.jpg\n2 002.Gull/b.jpg\n"),
    ("classes.txt", b"1 001.Tern\n2 002.Gull\n"),
    ("image_class_labels.txt", b"1 1\n2 2\n"),
    ("train_test_split.txt", b"1 1\n2 1\n"),
    ("bounding_boxes.txt", b"1 1.0 2.0 8.0 8.0\n2 0.0 0.0 15.0 11.0\n"),
];

#[test]
fn cub() {
    let boxes = "bounding_boxes.txt";
    let cases = vec![
        case("box of three numbers", boxes, "1 1.0 2.0 8.0\n2 0 0 15 11\n", Refused),
        case("box of NaN", boxes, "1 nan 2.0 8.0 8.0\n2 0 0 15 11\n", Refused),
        case("box of corners", boxes, "1 9.0 9.0 -8.0 -7.0\n2 0 0 15 11\n", Refused),
        case("box with commas", boxes, "1,1.0,2.0,8.0,8.0\n2,0,0,15,11\n", Refused),
        case("box outside", boxes, "1 100 100 8 8\n2 0 0 15 11\n", Refused),
        case("image without a box", boxes, "1 1.0 2.0 8.0 8.0\n", Refused),
        case("box of an image that is not listed", boxes, "1 1 2 8 8\n2 0 0 15 11\n3 0 0 5 5\n", Refused),
        case("number listed twice", "images.txt", "1 001.Tern/a.jpg\n1 002.Gull/b.jpg\n", Refused),
        case("image listed twice", "images.txt", "1 001.Tern/a.jpg\n2 001.Tern/a.jpg\n", Refused),
        case("class that is not listed", "image_class_labels.txt", "1 1\n2 3\n", Refused),
        case("image without a class", "image_class_labels.txt", "1 1\n", Refused),
        case("empty list", "classes.txt", "", Refused),
        case("side of the split that is unknown", "train_test_split.txt", "1 1\n2 2\n", Refused),
        case("no image of the split", "train_test_split.txt", "1 0\n2 0\n", Refused),
        case("blank lines", "images.txt", "\n1 001.Tern/a.jpg\n\n2 002.Gull/b.jpg\n\n", Read),
        case("no images.txt", "images.txt", "(gone)", Refused),
        case("mask that is not there", "segmentations/001.Tern/a.png", grey(16, 12), Refused),
        case("split of val", "images.txt", "1 001.Tern/a.jpg\n2 002.Gull/b.jpg\n", Refused)
            .with(", split = 'val'"),
    ];
    compare("cub", "", &["images/001.Tern/a.jpg", "images/002.Gull/b.jpg"], SOUND, cases);
}
