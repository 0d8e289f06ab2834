use super::{Read, Refused, case, compare, grey};

const FIRST: &str = "Annotations/a.xml";

#[test]
fn voc() {
    let head = "<annotation><size><width>16</width><height>12</height></size>\n";
    let corners = "<xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>10</ymax>";
    let object =
        format!("<object><name>cat</name><difficult>0</difficult>\n<bndbox>{corners}</bndbox></object>\n");
    let sound = format!("{head}{object}</annotation>\n");
    let with = |from: &str, to: &str| sound.replace(from, to);
    let second = with("cat", "dog");
    let files: Vec<(&str, &[u8])> = vec![
        ("ImageSets/Main/train.txt", b"a\nb\n"),
        ("ImageSets/Segmentation/train.txt", b"a\n"),
        (FIRST, sound.as_bytes()),
        ("Annotations/b.xml", second.as_bytes()),
    ];
    let list = "ImageSets/Main/train.txt";
    let segmented = ", set = 'segmentation'";
    let cases = vec![
        case("list of one class", list, "a  1\nb -1\n", Refused),
        case("image listed twice", list, "a\na\n", Refused),
        case("empty list", list, "\n", Refused),
        case("list that is not there", list, "(gone)", Refused),
        case("Windows line ends", list, "a\r\nb\r\n", Read),
        case("image without an annotation", list, "a\nc\n", Refused),
        case("file that ends early", FIRST, &sound[..sound.len() - 20], Refused),
        case("class that is unknown", FIRST, with("cat", "kitten"), Refused),
        case("difficult is a word", FIRST, with("<difficult>0", "<difficult>yes"), Refused),
        case("all objects difficult", FIRST, with("<difficult>0", "<difficult>1"), Read),
        case("no object", FIRST, format!("{head}</annotation>"), Read),
        case("box from 0", FIRST, with("<xmin>2", "<xmin>0"), Read),
        case("box from 0, as declared", FIRST, with("<xmin>2", "<xmin>0"), Read).with(", first-pixel = 0"),
        case("float box", FIRST, with("<xmin>2", "<xmin>2.75"), Read),
        case("corners in the wrong order", FIRST, with("<ymax>10", "<ymax>1"), Refused),
        case(
            "box outside",
            FIRST,
            with("<xmin>2</xmin><ymin>3</ymin><xmax>9", "<xmin>40</xmin><ymin>3</ymin><xmax>50"),
            Refused,
        ),
        case(
            "size swapped",
            FIRST,
            with("<width>16</width><height>12", "<width>12</width><height>16"),
            Refused,
        ),
        case("no mask", FIRST, &sound, Refused).with(segmented),
        case("mask of another aspect", "SegmentationClass/a.png", grey(12, 16), Refused).with(segmented),
        case("mask that is no image", "SegmentationClass/a.png", "GIF89a", Refused).with(segmented),
        case(
            "mask of colours",
            "SegmentationClass/a.png",
            std::fs::read(crate::dataset::fixture("images/rgb.png")).unwrap(),
            Refused,
        )
        .with(segmented),
        case("first pixel of 2", FIRST, &sound, Refused).with(", first-pixel = 2"),
        case(
            "no image of one class",
            FIRST,
            sound.replace("</annotation>", &format!("{}</annotation>", object.replace("cat", "dog"))),
            Refused,
        )
        .and(list, "a\n")
        .with(", labels = 'only'"),
    ];
    compare("voc", "", &["JPEGImages/a.jpg", "JPEGImages/b.jpg"], &files, cases);
}
