use super::{Read, Refused, case, compare};

const FIRST: &str = "Annotations/ILSVRC2012_val_00000001.xml";

fn xml(size: &str, object: &str) -> String {
    format!("<annotation>\n<size>{size}</size>\n{object}\n</annotation>\n")
}

#[test]
fn imagenet_annotations() {
    let size = "<width>16</width><height>12</height>";
    let corners = "<xmin>1</xmin><ymin>2</ymin><xmax>8</xmax><ymax>9</ymax>";
    let object = format!("<object><name>n1</name><bndbox>{corners}</bndbox></object>");
    let sound = xml(size, &object);
    let with = |from: &str, to: &str| sound.replace(from, to);
    let files: Vec<(&str, &[u8])> = vec![
        ("ILSVRC2012_validation_ground_truth.txt", b"1\n"),
        ("map_clsloc.txt", b"n1 1 tench\nn2 2 crane\n"),
        (FIRST, sound.as_bytes()),
    ];
    let cases = vec![
        case("file that ends early", FIRST, &sound[..sound.len() / 2], Refused),
        case("empty file", FIRST, "", Refused),
        case("no XML", FIRST, "1 2 8 9\n", Refused),
        case("document type declaration", FIRST, format!("<!DOCTYPE x [<!ENTITY y 'z'>]>{sound}"), Refused),
        case("no size", FIRST, with("size", "extent"), Refused),
        case("size of 0", FIRST, with("<width>16", "<width>0"), Refused),
        case("size swapped", FIRST, xml("<width>12</width><height>16</height>", &object), Refused),
        case("float corners", FIRST, with("<xmin>1<", "<xmin>1.6<"), Read),
        case("corner is a word", FIRST, with("<xmin>1<", "<xmin>left<"), Refused),
        case("corner is infinite", FIRST, with("<xmin>1<", "<xmin>inf<"), Refused),
        case("corners in the wrong order", FIRST, with("<xmin>1<", "<xmin>9<"), Refused),
        case("no corners", FIRST, with("bndbox", "box"), Refused),
        case("object of another class", FIRST, with("n1", "n2"), Refused),
        case("no object", FIRST, xml(size, ""), Refused),
        case("class number that is unknown", "ILSVRC2012_validation_ground_truth.txt", "9\n", Refused),
        case("class map of words", "map_clsloc.txt", "n1 tench\n", Refused),
    ];
    compare("imagenet-cls-loc", ", split = 'val'", &["val/ILSVRC2012_val_00000001.JPEG"], &files, cases);
}
