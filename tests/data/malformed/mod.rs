//! Malformed annotation files of every reader: each is an error that names the file and the remedy, or is read with the remarks that a
//! report tells. The snapshots hold all texts, for a person to read.

mod coco;
mod cub;
mod folder;
mod huggingface;
mod imagenet;
mod places;
mod tiny_imagenet;
mod voc;
mod webdataset;
mod wsol;
mod yolo;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use crate::dataset::{fixture, opened};

/// Files of a layout: name and content.
type Files<'a> = &'a [(&'a str, &'a [u8])];

/// Declared outcome of a case.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    /// The set is not opened, or examining it fails.
    Refused,
    /// The set is read; remarks may tell what was left out.
    Read,
}

use Outcome::{Read, Refused};

/// One malformed layout.
struct Case<'a> {
    name: &'a str,
    /// Files that replace those of the sound layout.
    changed: Vec<(&'a str, Cow<'a, [u8]>)>,
    options: &'a str,
    outcome: Outcome,
}

/// A case with one changed file.
fn case<'a>(name: &'a str, file: &'a str, content: impl AsRef<[u8]>, outcome: Outcome) -> Case<'a> {
    let changed = vec![(file, Cow::Owned(content.as_ref().to_vec()))];
    Case { name, changed, options: "", outcome }
}

impl<'a> Case<'a> {
    fn with(mut self, options: &'a str) -> Self {
        self.options = options;
        self
    }

    fn and(mut self, file: &'a str, content: impl AsRef<[u8]>) -> Self {
        self.changed.push((file, Cow::Owned(content.as_ref().to_vec())));
        self
    }
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// A PNG of one grey value.
fn grey(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::GrayImage::from_pixel(width, height, image::Luma([1]));
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Opens a sound layout of 16x12 photographs with the changes of each case, and compares all texts with a snapshot.
fn compare(reader: &str, options: &str, images: &[&str], sound: Files<'_>, cases: Vec<Case<'_>>) {
    let mut told = String::new();
    let first = Case { name: "sound", changed: Vec::new(), options: "", outcome: Read };
    for case in std::iter::once(first).chain(cases) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        let photo = std::fs::read(fixture("images/rgb.jpg")).unwrap();
        images.iter().for_each(|name| write(name, &photo));
        sound.iter().for_each(|(name, bytes)| write(name, bytes));
        for (name, bytes) in &case.changed {
            match bytes.as_ref() {
                b"(gone)" => std::fs::remove_file(folder.path().join(name)).unwrap(),
                bytes => write(name, bytes),
            }
        }
        let (outcome, text) = outcome(reader, folder.path(), &format!("{options}{}", case.options));
        assert!(outcome == case.outcome, "{reader}, {}: {text}", case.name);
        writeln!(told, "{}\n    {text}", case.name).unwrap();
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("malformed-{reader}"), told));
}

fn outcome(reader: &str, root: &Path, options: &str) -> (Outcome, String) {
    let toml = format!("{{ {reader} = {{ root = '{}'{options} }} }}", root.display());
    let plain = |text: String| {
        text.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), "ROOT")
    };
    let set = match opened(&toml) {
        Ok(set) => set,
        Err(error) => return (Refused, plain(error.to_string())),
    };
    let remarks = match set.examine() {
        Ok(examined) => examined.remarks,
        Err(error) => return (Refused, plain(error.to_string())),
    };
    let mut text = format!("read: {} images", set.len());
    for index in 0..set.len() {
        let truth = set.truth(index).map_err(|error| plain(error.to_string()));
        match truth {
            Ok(truth) => {
                let boxes: Vec<String> =
                    truth.boxes.iter().map(|b| format!("{},{},{},{}", b.x0, b.y0, b.x1, b.y1)).collect();
                write!(text, "; {} {} {}", set.id(index), set.classes()[set.label(index)], boxes.join(" "))
                    .unwrap();
                if let Some(mask) = truth.mask {
                    let count = |value| mask.data.iter().filter(|v| **v == value).count();
                    write!(text, " mask {} ignored {}", count(1), count(255)).unwrap();
                }
            }
            Err(error) => return (Refused, error),
        }
    }
    for remark in remarks {
        write!(text, "\n    {remark}").unwrap();
    }
    (Read, plain(text))
}
