use super::{Case, Outcome, Read, Refused, case, compare};

fn shard(files: &[(&str, &str)]) -> Vec<u8> {
    let photo = std::fs::read(crate::dataset::fixture("images/rgb.jpg")).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let bytes = if *content == "(photo)" { photo.as_slice() } else { content.as_bytes() };
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn of<'a>(name: &'a str, files: &[(&str, &str)], outcome: Outcome) -> Case<'a> {
    case(name, "x-000.tar", shard(files), outcome)
}

#[test]
fn webdataset() {
    let sound = shard(&[
        ("0.jpg", "(photo)"),
        ("0.cls", "1\n"),
        ("0.json", "{\"label\": \"dog\", \"meta\": {\"id\": 3}}"),
    ]);
    let json = ", label-key = 'label'";
    let cases = vec![
        case("shard that ends early", "x-000.tar", &sound[..700], Refused),
        case("shard that is no tar", "x-000.tar", "not a tar", Refused),
        of("no label", &[("0.jpg", "(photo)"), ("0.txt", "a dog")], Refused),
        of("empty label", &[("0.jpg", "(photo)"), ("0.cls", "\n")], Refused),
        of(
            "names as labels",
            &[("0.jpg", "(photo)"), ("0.cls", "dog"), ("1.jpg", "(photo)"), ("1.cls", "cat")],
            Read,
        ),
        of(
            "a name among numbers",
            &[("0.jpg", "(photo)"), ("0.cls", "dog"), ("1.jpg", "(photo)"), ("1.cls", "1")],
            Refused,
        ),
        of("label out of range", &[("0.jpg", "(photo)"), ("0.cls", "5")], Refused)
            .with(", classes = ['a', 'b']"),
        of("label far out of range", &[("0.jpg", "(photo)"), ("0.cls", "99999999")], Refused),
        of("class that is not declared", &[("0.jpg", "(photo)"), ("0.cls", "dogs")], Refused)
            .with(", classes = ['cat', 'dog']"),
        of("JSON without the key", &[("0.jpg", "(photo)"), ("0.json", "{\"class\": 1}")], Refused).with(json),
        of("JSON that ends early", &[("0.jpg", "(photo)"), ("0.json", "{\"label\": ")], Refused).with(json),
        of("JSON with a list", &[("0.jpg", "(photo)"), ("0.json", "{\"label\": [1, 2]}")], Refused)
            .with(json),
        of("no JSON", &[("0.jpg", "(photo)"), ("0.cls", "1")], Refused).with(json),
        of("two images", &[("0.jpg", "(photo)"), ("0.png", "(photo)"), ("0.cls", "1")], Refused),
        of("no image", &[("0.cls", "1")], Refused),
        of(
            "folders and files without a dot",
            &[("a/0.jpg", "(photo)"), ("a/0.cls", "1"), ("README", "x")],
            Read,
        ),
        case("pattern without an end", "x-000.tar", &sound, Refused).with(", shards = 'x-{000..001'"),
        case("pattern without a range", "x-000.tar", &sound, Refused).with(", shards = 'x-{000}.tar'"),
        case("shard that is not there", "x-000.tar", &sound, Refused).with(", shards = 'x-{000..001}.tar'"),
        case("no shard", "x-000.tar", "(gone)", Refused),
        case("compressed shard", "x-000.tar.gz", &sound, Refused).with(", shards = 'x-000.tar.gz'"),
    ];
    compare("webdataset", "", &[], &[("x-000.tar", &sound)], cases);
}
