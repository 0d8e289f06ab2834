use super::{Case, Outcome, Read, Refused, case, compare, utf16};

const FILE: &str = "instances_mini.json";
const SOUND: &str = "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 16, \"height\": 12},\n\
                     {\"id\": 2, \"file_name\": \"b.jpg\", \"width\": 16, \"height\": 12}],\n\
                     \"categories\": [{\"id\": 7, \"name\": \"cat\"}, {\"id\": 3, \"name\": \"dog\"}],\n\
                     \"annotations\": [\n\
                     {\"id\": 10, \"image_id\": 1, \"category_id\": 7, \"bbox\": [1, 2, 8, 8], \"iscrowd\": 0, \"segmentation\": [[1, 2, 9, 2, 9, 10, 1, 10]]},\n\
                     {\"id\": 11, \"image_id\": 2, \"category_id\": 3, \"bbox\": [0, 0, 16, 12], \"iscrowd\": 0, \"segmentation\": [[0, 0, 16, 0, 16, 12]]}]}\n";

fn changed<'a>(name: &'a str, from: &str, to: &str, outcome: Outcome) -> Case<'a> {
    assert!(SOUND.contains(from), "{name}: {from}");
    case(name, FILE, SOUND.replacen(from, to, 1), outcome)
}

#[test]
fn coco() {
    let shape = "[[1, 2, 9, 2, 9, 10, 1, 10]]";
    let cases = vec![
        case("file that ends early", FILE, &SOUND[..300], Refused),
        case("empty file", FILE, "", Refused),
        case("file that is not there", FILE, "(gone)", Refused),
        case("UTF-16", FILE, utf16(SOUND), Refused),
        case("byte order mark", FILE, format!("\u{feff}{SOUND}"), Read),
        changed("comma too much", "10]]},\n", "10]],},\n", Refused),
        changed("NaN", "[1, 2, 8, 8]", "[NaN, 2, 8, 8]", Refused),
        changed("number beyond 64 bits", "[1, 2, 8, 8]", "[1e999, 2, 8, 8]", Refused),
        changed("huge coordinate", "[1, 2, 8, 8]", "[1e12, 2, 8, 8]", Refused),
        changed("no annotations", "\"annotations\"", "\"anns\"", Refused),
        changed("no category of an object", "\"category_id\": 7, ", "", Refused),
        changed("category that is not listed", "\"category_id\": 7", "\"category_id\": 8", Refused),
        changed("category is a text", "\"category_id\": 7", "\"category_id\": \"cat\"", Refused),
        changed("category listed twice", "\"id\": 3, \"name\"", "\"id\": 7, \"name\"", Refused),
        changed("image that is not listed", "\"image_id\": 1", "\"image_id\": 5", Refused),
        changed("image id twice", "\"id\": 2, \"file", "\"id\": 1, \"file", Refused),
        changed("image file twice", "b.jpg", "a.jpg", Refused),
        changed("Windows folder", "\"a.jpg\"", "\"x\\\\a.jpg\"", Read),
        changed("image without a size", ", \"width\": 16, \"height\": 12}", "}", Read),
        changed("image without a height", ", \"height\": 12}", "}", Refused),
        changed("size is a text", "\"width\": 16", "\"width\": \"16\"", Refused),
        changed("size is negative", "\"width\": 16", "\"width\": -16", Refused),
        changed("size swapped", "\"width\": 16, \"height\": 12", "\"width\": 12, \"height\": 16", Refused),
        changed("annotation id twice", "\"id\": 11", "\"id\": 10", Refused),
        changed("box is a text", "[1, 2, 8, 8]", "\"1, 2, 8, 8\"", Refused),
        changed("box of three numbers", "[1, 2, 8, 8]", "[1, 2, 8]", Refused),
        changed("box of corners", "[1, 2, 8, 8]", "[10, 9, -8, 8]", Refused),
        changed("box without a width", "[1, 2, 8, 8]", "[1, 2, 0, 8]", Read),
        changed("box outside", "[1, 2, 8, 8]", "[40, 2, 8, 8]", Refused),
        changed("crowd of 2", "\"iscrowd\": 0", "\"iscrowd\": 2", Refused),
        changed("crowd as a truth value", "\"iscrowd\": 0", "\"iscrowd\": true", Read),
        changed("polygon of five numbers", shape, "[[1, 2, 9, 2, 9]]", Refused),
        changed("polygon of two corners", shape, "[[1, 2, 9, 2]]", Read),
        changed("polygon that is not nested", shape, "[1, 2, 9, 2, 9, 10]", Refused),
        changed("polygon far away", shape, "[[1, 2, 9, 2, 9, 1e8]]", Refused),
        changed("no shape", shape, "[]", Read),
        changed(
            "runs that do not fill the image",
            shape,
            "{\"size\": [12, 16], \"counts\": [10, 5]}",
            Refused,
        ),
        changed("runs of another size", shape, "{\"size\": [16, 12], \"counts\": [190, 2]}", Refused),
        changed("run that is negative", shape, "{\"size\": [12, 16], \"counts\": [200, -8]}", Refused),
        changed("runs without a size", shape, "{\"counts\": [190, 2]}", Refused),
        changed("compressed runs that end early", shape, "{\"size\": [12, 16], \"counts\": \"P\"}", Refused),
        changed(
            "compressed runs of other characters",
            shape,
            "{\"size\": [12, 16], \"counts\": \"a b\"}",
            Refused,
        ),
        changed(
            "compressed runs that are too short",
            shape,
            "{\"size\": [12, 16], \"counts\": \"52\"}",
            Refused,
        ),
        case("folder of images that is not there", FILE, SOUND, Refused).with(", images = 'other'"),
    ];
    let images = ["mini/a.jpg", "mini/b.jpg", "mini/x/a.jpg"];
    let options = ", annotations = 'instances_mini.json'";
    compare("coco", options, &images, &[(FILE, SOUND.as_bytes())], cases);
}
