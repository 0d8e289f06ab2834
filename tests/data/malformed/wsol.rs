use super::{Read, Refused, case, compare, grey, utf16};

const SOUND: &[(&str, &[u8])] = &[
    ("image_ids.txt", b"a.jpg\nb.jpg\n"),
    ("class_labels.txt", b"a.jpg,1\nb.jpg,0\n"),
    ("image_sizes.txt", b"a.jpg,16,12\nb.jpg,16,12\n"),
    ("localization.txt", b"a.jpg,1,2,8,9\nb.jpg,0,0,15,11\n"),
    ("synset_words.txt", b"n1 crane\nn2 tench\n"),
];

#[test]
fn wsol_metadata() {
    let cases = vec![
        case("id listed twice", "image_ids.txt", "a.jpg\na.jpg\nb.jpg\n", Refused),
        case("no id", "image_ids.txt", "\n\n", Refused),
        case("UTF-16", "image_ids.txt", utf16("a.jpg\nb.jpg\n"), Refused),
        case("label of another image", "class_labels.txt", "a.jpg,1\nc.jpg,0\n", Refused),
        case("label is negative", "class_labels.txt", "a.jpg,-1\nb.jpg,0\n", Refused),
        case("label above the class names", "class_labels.txt", "a.jpg,2\nb.jpg,0\n", Refused),
        case("label missing", "class_labels.txt", "a.jpg,1\n", Refused),
        case("list of labels missing", "class_labels.txt", "(gone)", Refused),
        case("sizes swapped", "image_sizes.txt", "a.jpg,12,16\nb.jpg,16,12\n", Refused),
        case("size without pixels", "image_sizes.txt", "a.jpg,0,12\nb.jpg,16,12\n", Refused),
        case("size of another scale", "image_sizes.txt", "a.jpg,160,120\nb.jpg,16,12\n", Read),
        case("size of another aspect", "image_sizes.txt", "a.jpg,30,12\nb.jpg,16,12\n", Read),
        case("x, y, width, height", "localization.txt", "a.jpg,8,9,3,2\nb.jpg,0,0,15,11\n", Refused),
        case("float box", "localization.txt", "a.jpg,1.0,2.0,8.5,9.9\nb.jpg,0,0,15,11\n", Read),
        case("box at the far corner", "localization.txt", "a.jpg,16,12,18,14\nb.jpg,0,0,15,11\n", Refused),
        case("image without a box", "localization.txt", "a.jpg,1,2,8,9\n", Refused),
        case("mask that is not there", "localization.txt", "a.jpg,m.png,\nb.jpg,m.png,\n", Refused),
        case("boxes and masks", "localization.txt", "a.jpg,1,2,8,9\nb.jpg,m.png,\n", Refused)
            .and("m.png", grey(16, 12)),
        case(
            "second ignored region",
            "localization.txt",
            "a.jpg,m.png,m.png\na.jpg,m.png,m.png\nb.jpg,m.png,\n",
            Refused,
        )
        .and("m.png", grey(16, 12)),
        case("blank last line", "synset_words.txt", "n1 crane\nn2 tench\n\n", Read),
    ];
    compare("wsol-metadata", "", &["a.jpg", "b.jpg"], SOUND, cases);
}
