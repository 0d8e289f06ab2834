use super::{Read, Refused, case, compare, grey, utf16};

const LABELS: &[u8] = b"image,label\na.jpg,cat\nb c.jpg,dog\n";
const BOXES: &[u8] = b"image,x0,y0,x1,y1\na.jpg,1,2,8,9\nb c.jpg,0,0,15,11\n";

#[test]
fn folder_with_lists() {
    let boxes = |text: &str| format!("image,x0,y0,x1,y1\n{text}\nb c.jpg,0,0,15,11\n");
    let cases = vec![
        case("float coordinates", "boxes.csv", boxes("a.jpg,1.5,2.0,8.9,9"), Read),
        case("coordinate is a word", "boxes.csv", boxes("a.jpg,one,2,8,9"), Refused),
        case("coordinate is NaN", "boxes.csv", boxes("a.jpg,nan,2,8,9"), Refused),
        case("coordinate is huge", "boxes.csv", boxes("a.jpg,1,2,99999999999,9"), Refused),
        case("corners in the wrong order", "boxes.csv", boxes("a.jpg,8,2,1,9"), Refused),
        case("three corners", "boxes.csv", boxes("a.jpg,8,2,1"), Refused),
        case("empty field", "boxes.csv", boxes("a.jpg,,2,8,9"), Refused),
        case("box far outside", "boxes.csv", boxes("a.jpg,100,100,140,150"), Refused),
        case("box that sticks out", "boxes.csv", boxes("a.jpg,-3,2,16,12"), Read),
        case("image that is not there", "boxes.csv", boxes("A.jpg,1,2,8,9"), Refused),
        case("image without a box", "boxes.csv", "image,x0,y0,x1,y1\na.jpg,1,2,8,9\n", Refused),
        case("semicolons", "boxes.csv", "image;x0;y0;x1;y1\na.jpg;1;2;8;9\nb c.jpg;0;0;15;11\n", Read),
        case("tabs", "boxes.csv", "a.jpg\t1\t2\t8\t9\nb c.jpg\t0\t0\t15\t11\n", Read),
        case(
            "blank lines and a byte order mark",
            "boxes.csv",
            "\u{feff}image,x0,y0,x1,y1\n\na.jpg,1,2,8,9\n\nb c.jpg,0,0,15,11\n\n",
            Read,
        ),
        case(
            "Windows line ends and folders",
            "boxes.csv",
            "image,x0,y0,x1,y1\r\n.\\a.jpg,1,2,8,9\r\nb c.jpg,0,0,15,11\r\n",
            Read,
        ),
        case(
            "another header",
            "boxes.csv",
            "filename,x0,y0,x1,y1\na.jpg,1,2,8,9\nb c.jpg,0,0,15,11\n",
            Refused,
        ),
        case("UTF-16", "boxes.csv", utf16(&boxes("a.jpg,1,2,8,9")), Refused),
        case("Latin-1", "labels.csv", b"image,label\na.jpg,caf\xe9\nb c.jpg,dog\n", Refused),
        case("empty list", "labels.csv", "", Refused),
        case(
            "image labelled twice",
            "labels.csv",
            "image,label\na.jpg,cat\na.jpg,dog\nb c.jpg,dog\n",
            Refused,
        ),
        case("image without a label", "labels.csv", "image,label\na.jpg,cat\n", Refused),
        case("label missing", "labels.csv", "image,label\na.jpg\nb c.jpg,dog\n", Refused),
        case("open quote", "labels.csv", "image,label\n\"a.jpg,cat\nb c.jpg,dog\n", Refused),
        case("class that is not declared", "labels.csv", LABELS, Refused).with(", classes = ['cat', 'dogs']"),
        case("mask of another aspect", "masks/a.png", grey(12, 16), Refused)
            .and("masks/b c.png", grey(16, 12))
            .with(", masks = 'masks'"),
        case("mask that is no image", "masks/a.png", "P5 16 12 255", Refused)
            .and("masks/b c.png", grey(16, 12))
            .with(", masks = 'masks'"),
        case("mask that is not there", "masks/a.png", grey(16, 12), Refused).with(", masks = 'masks'"),
    ];
    let options = ", labels = 'labels.csv', boxes = 'boxes.csv'";
    compare("folder", options, &["a.jpg", "b c.jpg"], &[("labels.csv", LABELS), ("boxes.csv", BOXES)], cases);
}
