use super::{Read, Refused, case, compare};

const SOUND: &[(&str, &[u8])] = &[
    ("categories_places365.txt", b"/a/airfield 0\n/b/zen garden 1\n"),
    ("places365_val.txt", b"a.jpg 1\nb c.jpg 0\n"),
];

#[test]
fn places365() {
    let cases = vec![
        case("label out of range", "places365_val.txt", "a.jpg 7\nb c.jpg 0\n", Refused),
        case("label missing", "places365_val.txt", "a.jpg\nb c.jpg 0\n", Refused),
        case("label is negative", "places365_val.txt", "a.jpg -1\nb c.jpg 0\n", Refused),
        case("image listed twice", "places365_val.txt", "a.jpg 1\na.jpg 0\n", Refused),
        case("empty list", "places365_val.txt", "", Refused),
        case("gap in the labels", "categories_places365.txt", "/a/airfield 0\n/b/zen garden 2\n", Refused),
        case("blank last line", "categories_places365.txt", "/a/airfield 0\n/b/zen garden 1\n\n", Read),
    ];
    compare("places365", ", split = 'val'", &["val_256/a.jpg", "val_256/b c.jpg"], SOUND, cases);
}
