use super::{Read, Refused, case, compare};

const SOUND: &[(&str, &[u8])] = &[
    ("wnids.txt", b"n1\nn2\n"),
    ("words.txt", b"n1\tgoldfish\nn2\tking penguin\n"),
    ("val/val_annotations.txt", b"v0.JPEG\tn1\t1\t2\t8\t9\nv1.JPEG\tn2\t0\t0\t15\t11\n"),
];

#[test]
fn tiny_imagenet() {
    let list = "val/val_annotations.txt";
    let cases = vec![
        case(
            "class that is not listed",
            list,
            "v0.JPEG\tn9\t1\t2\t8\t9\nv1.JPEG\tn2\t0\t0\t15\t11\n",
            Refused,
        ),
        case("spaces instead of tabs", list, "v0.JPEG n1 1 2 8 9\nv1.JPEG n2 0 0 15 11\n", Refused),
        case("image that is not listed", list, "v0.JPEG\tn1\t1\t2\t8\t9\n", Refused),
        case(
            "image that is not there",
            list,
            "v0.JPEG\tn1\t1\t2\t8\t9\nv1.JPEG\tn2\t0\t0\t15\t11\nv2.JPEG\tn2\t0\t0\t1\t1\n",
            Refused,
        ),
        case("class listed twice", "wnids.txt", "n1\nn1\n", Refused),
        case("list of classes missing", "wnids.txt", "(gone)", Refused),
        case("blank line", "wnids.txt", "n1\n\nn2\n\n", Read),
    ];
    compare("tiny-imagenet", ", split = 'val'", &["val/images/v0.JPEG", "val/images/v1.JPEG"], SOUND, cases);
}
