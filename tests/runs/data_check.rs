//! `camlab data check` on small folders with every fault.

use std::path::Path;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

/// A picture with structure that depends on the seed.
fn picture(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |rate: u32| ((x * rate + y * (seed % 7 + 1) * 3) as f32 / 11.0).sin();
        let value = |rate: u32| (127.0 + 100.0 * wave(rate + seed % 5)) as u8;
        Rgb([value(1), value(2 + seed % 3), value(4)])
    })
}

/// A folder with sound pictures of two classes and one file of each fault.
fn faulty() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for class in ["cat", "dog"] {
        std::fs::create_dir(at(class)).unwrap();
    }
    for seed in 0..4 {
        picture(48, 40, seed * 13 + 1).save(at(&format!("cat/{seed}.png"))).unwrap();
    }
    let jpeg = |name: &str, seed: u32| picture(64, 48, seed).save(at(name)).unwrap();
    jpeg("dog/sound.jpg", 90);
    std::fs::copy(at("cat/1.png"), at("dog/copy-of-cat-1.png")).unwrap();
    std::fs::copy(at("dog/sound.jpg"), at("dog/named.png")).unwrap();
    GrayImage::from_fn(40, 40, |x, y| Luma([(x * 5 + y * y % 61) as u8])).save(at("dog/grey.png")).unwrap();
    RgbaImage::from_fn(40, 40, |x, y| Rgba([(x * 6) as u8, (y * 6) as u8, (x * y % 251) as u8, 9]))
        .save(at("dog/alpha.png"))
        .unwrap();
    DynamicImage::from(picture(40, 40, 70)).into_rgb16().save(at("dog/sixteen.png")).unwrap();
    RgbImage::from_pixel(30, 30, Rgb([7, 7, 7])).save(at("dog/flat.png")).unwrap();
    std::fs::write(at("dog/empty.jpg"), "").unwrap();
    std::fs::write(at("dog/text.jpg"), "not an image").unwrap();
    std::fs::write(at("dog/other.gif"), "GIF89a...").unwrap();
    let whole = std::fs::read(at("dog/sound.jpg")).unwrap();
    std::fs::write(at("dog/truncated.jpg"), &whole[..whole.len() / 2]).unwrap();
    // The orientation stands in a segment after the start of the image.
    let mut turned = whole[..2].to_vec();
    turned.extend([0xff, 0xe1, 0, 34]);
    turned.extend(b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    turned.extend(&whole[2..]);
    std::fs::write(at("dog/turned.jpg"), turned).unwrap();
    folder
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn check(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = assert_cmd::Command::cargo_bin("camlab").expect("the binary is built");
    let output = command.current_dir(folder).args(["data", "check"]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn every_fault_of_a_folder_is_told_once() {
    let folder = faulty();
    let said = check(folder.path(), &["."]);
    insta::assert_snapshot!("folder", said.out);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert_eq!(said.err, "error: the data check found 4 errors and 8 warnings\n");
}

#[test]
fn the_findings_do_not_depend_on_the_number_of_threads() {
    let folder = faulty();
    let lines = |threads: &str| check(folder.path(), &[".", "--json", "--threads", threads]);
    let (one, three) = (lines("1"), lines("3"));
    assert_eq!((one.code, &one.out), (Some(1), &three.out));
    let kinds: Vec<String> = one
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|value| value["kind"].as_str().expect("a kind").to_owned())
        .collect();
    for kind in [
        "empty",
        "not-an-image",
        "other-format",
        "truncated",
        "grey",
        "alpha",
        "sixteen-bit",
        "wrong-extension",
        "exif-turned",
        "flat",
        "duplicate",
        "duplicate-label",
        "near-duplicate",
    ] {
        assert!(kinds.iter().any(|found| found == kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn an_experiment_is_checked_split_by_split() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for split in ["train", "test"] {
        for class in ["cat", "dog"] {
            std::fs::create_dir_all(at(&format!("{split}/{class}"))).unwrap();
        }
    }
    let save = |name: &str, seed: u32| picture(60, 40, seed).save(at(name)).unwrap();
    save("train/cat/a.png", 3);
    save("train/dog/b.png", 33);
    save("test/cat/c.png", 61);
    save("test/dog/d.png", 99);
    std::fs::copy(at("train/cat/a.png"), at("test/cat/a.png")).unwrap();
    let rows = "cat/a.png,0,0,59,39\ncat/c.png,2,2,20,20\ncat/c.png,2,2,20,20\ncat/c.png,5,5,6,30\n\
                dog/d.png,50,10,80,30\ndog/d.png,70,10,80,30\n";
    std::fs::write(at("test/boxes.csv"), rows).unwrap();
    let experiment = |more: &str| {
        let text = format!(
            "name = 'mine'\nbackbone = 'resnet18'\n[data]\ntrain = {{ folder = {{ root = 'train' }} }}\n\
             test = {{ folder = {{ root = 'test', boxes = 'boxes.csv' }} }}\ninput = {{ size = 32 }}\n{more}\n\
             [[init]]\nname = 'a'\nscheme = 'kaiming-normal'\n[training]\nepochs = 1\nlr = 0.1\n\
             [[maps]]\nmethods = ['grad-cam']\nlayers = ['layer4']\n"
        );
        std::fs::write(at("mine.toml"), text).unwrap();
    };
    experiment("");
    let said = check(folder.path(), &["mine.toml", "--no-near", "--out", "found"]);
    insta::assert_snapshot!("experiment", said.out);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let html = std::fs::read_to_string(at("found/index.html")).unwrap();
    assert!(html.contains("duplicate-between-splits") && html.contains("jpeg;base64,"));
    let lines = std::fs::read_to_string(at("found/findings.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 6);
    let sheet = image::open(at("found/contact-sheet.png")).unwrap().into_rgb8();
    // Green of a true box.
    assert!(sheet.pixels().any(|pixel| *pixel == Rgb([0, 200, 83])));

    // What the experiment allows is no error; warnings are errors only if they are meant to be.
    std::fs::write(at("test/boxes.csv"), "cat/a.png,0,0,9,9\ncat/c.png,2,2,20,20\ndog/d.png,5,1,20,30\n")
        .unwrap();
    experiment("overlap = 'allow'");
    assert_eq!(check(folder.path(), &["mine.toml", "--no-near"]).code, Some(0));
    let strict = check(folder.path(), &["mine.toml", "--no-near", "--strict"]);
    assert_eq!((strict.code, strict.err.as_str()), (Some(1), "error: the data check found 1 warning\n"));
}

#[test]
fn what_cannot_be_opened_is_one_error_in_the_readers_words() {
    let folder = tempfile::tempdir().unwrap();
    let said = check(folder.path(), &["."]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("1 × unopened"), "{}", said.out);
    assert!(said.out.contains("holds no image (.jpg, .jpeg or .png); check `root`"), "{}", said.out);
    let absent = check(folder.path(), &["nowhere"]);
    assert_eq!(absent.code, Some(1));
    assert!(absent.err.contains("nowhere"), "{}", absent.err);
}

#[test]
fn photographs_in_no_class_folder_are_checked_without_classes() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..3 {
        picture(50, 40, 11 + 30 * seed).save(folder.path().join(format!("{seed}.jpg"))).unwrap();
    }
    let said = check(folder.path(), &[".", "--no-near"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.ends_with("\n3 images checked: nothing found.\n"), "{}", said.out);
}
