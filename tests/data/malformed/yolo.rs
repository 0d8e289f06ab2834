use super::{Read, Refused, case, compare};

const SOUND: &[(&str, &[u8])] = &[
    ("data.yaml", b"train: images/train\nnc: 2\nnames: [cat, dog]\n"),
    ("labels/train/a.txt", b"0 0.5 0.5 0.25 0.5\n"),
    ("labels/train/b.txt", b"1 0.5 0.5 1.0 1.0\n"),
];

#[test]
fn yolo() {
    let labels = "labels/train/a.txt";
    let yaml = "data.yaml";
    let cases = vec![
        case("box in pixels", labels, "0 8 6 4 6\n", Refused),
        case("class out of range", labels, "2 0.5 0.5 0.25 0.5\n", Refused),
        case("class is a name", labels, "cat 0.5 0.5 0.25 0.5\n", Refused),
        case("class is negative", labels, "-1 0.5 0.5 0.25 0.5\n", Refused),
        case("class as 0.0", labels, "0.0 0.5 0.5 0.25 0.5\n", Read),
        case("four fields", labels, "0 0.5 0.5 0.25\n", Refused),
        case("confidence", labels, "0 0.5 0.5 0.25 0.5 0.9\n", Refused),
        case("number is a word", labels, "0 0.5 0.5 wide 0.5\n", Refused),
        case("number is NaN", labels, "0 NaN 0.5 0.25 0.5\n", Refused),
        case("commas", labels, "0,0.5,0.5,0.25,0.5\n", Refused),
        case("box without a width", labels, "0 0.5 0.5 0 0.5\n", Read),
        case("box that sticks out", labels, "0 0.05 0.5 0.25 0.5\n", Read),
        case("box that is negative", labels, "0 0.5 0.5 -0.25 0.5\n", Refused),
        case("empty file", labels, "", Read),
        case("no file", labels, "(gone)", Read),
        case("polygon of an odd number", labels, "0 0.1 0.1 0.9 0.1 0.9 0.9 0.1\n", Refused),
        case("polygon beside a box", labels, "0 0.1 0.1 0.9 0.1 0.9 0.9\n0 0.5 0.5 0.25 0.5\n", Read)
            .and("labels/train/b.txt", "1 0 0 1 0 1 1 0 1\n"),
        case("Windows line ends and blank lines", labels, "\r\n0 0.5 0.5 0.25 0.5\r\n\r\n", Read),
        case("no YAML", yaml, "train: [images\nnames: {", Refused),
        case("empty YAML", yaml, "", Refused),
        case(
            "number of classes that differs",
            yaml,
            "train: images/train\nnc: 3\nnames: [cat, dog]\n",
            Refused,
        ),
        case("no names", yaml, "train: images/train\n", Refused),
        case("names with a gap", yaml, "train: images/train\nnames: {0: cat, 2: dog}\n", Refused),
        case("name that is a truth value", yaml, "train: images/train\nnames: [yes, true]\n", Refused),
        case("no such split", yaml, "val: images/train\nnames: [cat, dog]\n", Refused),
        case("folder that is not there", yaml, "train: images/training\nnames: [cat, dog]\n", Refused),
        case("folder that is a number", yaml, "train: 3\nnames: [cat, dog]\n", Refused),
        case("step up that leads nowhere", yaml, "train: ../images/train\nnames: [cat, dog]\n", Read),
        case(
            "path of another machine",
            yaml,
            "path: D:\\data\ntrain: images/train\nnames: [cat, dog]\n",
            Read,
        ),
        case("list with a path of another machine", yaml, "train: train.txt\nnames: [cat, dog]\n", Refused)
            .and("train.txt", "D:\\data\\images\\train\\a.jpg\n"),
        case("list with an image twice", yaml, "train: train.txt\nnames: [cat, dog]\n", Refused)
            .and("train.txt", "./images/train/a.jpg\nimages/train/a.jpg\n"),
        case("no names of classes", yaml, "(gone)", Refused),
    ];
    compare("yolo", "", &["images/train/a.jpg", "images/train/b.jpg"], SOUND, cases);
}
