//! The readers on tiny layouts: what they read, and errors that name file and line.

use std::path::Path;
use std::time::{Duration, SystemTime};

use camlab::data::{Dataset, digest, open};
use camlab::raster::PixelBox;

use crate::dataset::{error, fixture, opened, spec};

/// A folder of copies of a sound 16x12 image under `images`, and of text files.
pub fn layout(images: &[&str], lists: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for name in images {
        std::fs::copy(fixture("images/rgb.jpg"), place(name)).unwrap();
    }
    for (name, text) in lists {
        std::fs::write(place(name), text).unwrap();
    }
    folder
}

pub fn at(kind: &str, root: &Path, more: &str) -> String {
    format!("{{ {kind} = {{ root = '{}'{more} }} }}", root.display())
}

/// The error of opening a layout, without the folder's path.
pub fn said(kind: &str, folder: &tempfile::TempDir, more: &str) -> String {
    error(&at(kind, folder.path(), more)).replace(&format!("{}/", folder.path().display()), "")
}

pub fn ids(dataset: &dyn Dataset) -> Vec<&str> {
    (0..dataset.len()).map(|i| dataset.id(i)).collect()
}

pub fn labels(dataset: &dyn Dataset) -> Vec<usize> {
    (0..dataset.len()).map(|i| dataset.label(i)).collect()
}

#[test]
fn root_is_required_and_may_name_a_variable() {
    for kind in ["folder", "wsol-metadata", "tiny-imagenet", "imagenet-cls-loc", "places365"] {
        for toml in [format!("'{kind}'"), format!("{{ {kind} = {{}} }}")] {
            assert!(
                spec(&toml).unwrap_err().diagnostics[0].message.contains("missing field `root`"),
                "{toml}"
            );
        }
        let empty = spec(&format!("{{ {kind} = {{ root = '' }} }}")).unwrap_err();
        assert_eq!(empty.diagnostics[0].message, "a path must not be empty; name a folder or a file");
        assert_eq!(
            error(&format!("{{ {kind} = {{ root = '${{env:CAMLAB_NOT_SET}}/x' }} }}")),
            "in path `${env:CAMLAB_NOT_SET}/x`: environment variable CAMLAB_NOT_SET is not set; set it or \
             write the path out"
        );
    }
    let absent = error("{ folder = { root = '/nowhere/at/all' } }");
    assert!(absent.starts_with("/nowhere/at/all: cannot be read: "), "{absent}");
}

// ---------------------------------------------------------------- wsol-metadata

const IDS: &str = "p/a.jpg\np/b.jpg\n";
const LABELS: &str = "p/b.jpg,0\np/a.jpg,1\n";
const SIZES: &str = "p/a.jpg,500,375\np/b.jpg,333,500\n";
const BOXES: &str = "p/a.jpg,20,175,111,292\np/b.jpg,0,0,332,499\np/a.jpg,372,189,499,224\n";

fn wsol(changed: &[(&str, &str)]) -> tempfile::TempDir {
    let mut lists = vec![
        ("image_ids.txt", IDS),
        ("class_labels.txt", LABELS),
        ("image_sizes.txt", SIZES),
        ("localization.txt", BOXES),
    ];
    for &(name, text) in changed {
        lists.retain(|(kept, _)| *kept != name);
        lists.push((name, text));
    }
    layout(&["p/a.jpg", "p/b.jpg"], &lists)
}

#[test]
fn wsol_metadata_is_read() {
    let folder = wsol(&[("synset_words.txt", "n1 crane, bird\nn2 crane\nn3 tench, Tinca tinca\n")]);
    let dataset = opened(&at("wsol-metadata", folder.path(), "")).unwrap();
    assert_eq!(ids(&*dataset), ["p/a.jpg", "p/b.jpg"]);
    assert_eq!(labels(&*dataset), [1, 0]);
    assert_eq!(dataset.classes(), ["crane (n1)", "crane (n2)", "tench"]);
    let truth = dataset.truth(0).unwrap();
    assert_eq!(truth.size, (500, 375));
    assert_eq!(truth.boxes, [PixelBox::new(20, 175, 111, 292), PixelBox::new(372, 189, 499, 224)]);
    assert_eq!(truth.mask, None);
    assert!(dataset.has_boxes() && !dataset.has_masks());
    assert_eq!((dataset.photo(1).unwrap().height, dataset.photo(1).unwrap().width), (12, 16));
}

#[test]
fn wsol_metadata_may_lie_apart_from_its_images_and_have_other_names() {
    let lists = layout(&[], &[("ids.csv", "a.jpg\n"), ("class_labels.txt", "a.jpg,2\n")]);
    let images = layout(&["a.jpg"], &[]);
    let more = format!(", image-ids = 'ids.csv', images = '{}'", images.path().display());
    let dataset = opened(&at("wsol-metadata", lists.path(), &more)).unwrap();
    assert_eq!(dataset.classes(), ["0", "1", "2"]);
    assert!(!dataset.has_boxes() && dataset.photo(0).is_ok());
    assert_eq!(dataset.truth(0).unwrap().size, (16, 12));
}

#[test]
fn wsol_metadata_errors_name_file_and_line() {
    let cases = [
        (
            "class_labels.txt",
            "p/a.jpg,1\np/c.jpg,0\n",
            "class_labels.txt:2: `p/c.jpg` is not in image_ids.txt",
        ),
        (
            "class_labels.txt",
            "p/a.jpg,1\n",
            "class_labels.txt: has no label for `p/b.jpg`; add a row or remove the image from `image-ids`",
        ),
        (
            "class_labels.txt",
            "p/a.jpg,one\n",
            "class_labels.txt:1: field 2 (label) is `one`, not a whole number from 0 on, or too large",
        ),
        ("class_labels.txt", "p/a.jpg\n", "class_labels.txt:1: 1 field, expected `id,label`"),
        ("image_ids.txt", "p/a.jpg\n\np/a.jpg\n", "image_ids.txt: lists `p/a.jpg` twice"),
        ("image_ids.txt", "", "image_ids.txt: lists no image"),
        ("image_sizes.txt", "p/a.jpg,0,5\n", "image_sizes.txt:1: size 0x5 has no pixels"),
        (
            "localization.txt",
            "p/a.jpg,1,2,3,4\np/b.jpg,9,2,3,4\n",
            "localization.txt:2: box 9,2,3,4 is not x0,y0,x1,y1 with x0 <= x1 and y0 <= y1; are these x,y,width,height?",
        ),
        (
            "localization.txt",
            "p/a.jpg,1,2,3,4\n",
            "localization.txt: has no localization for `p/b.jpg`; add a row or remove the image from `image-ids`",
        ),
        (
            "localization.txt",
            "p/a.jpg,1,2,3\n",
            "localization.txt:1: 4 fields, expected `id,x0,y0,x1,y1` or `id,mask,ignored`",
        ),
        (
            "localization.txt",
            "p/a.jpg,1,2,3,4x\n",
            "localization.txt:1: field 5 (y1) is `4x`, not a pixel coordinate",
        ),
        ("synset_words.txt", "n1 a\n", "synset_words.txt: names 1 classes, but the labels go up to 1"),
    ];
    for (name, text, expected) in cases {
        assert_eq!(said("wsol-metadata", &wsol(&[(name, text)]), ""), expected);
    }
    let masks = wsol(&[("localization.txt", "p/a.jpg,m.png,\n")]);
    assert!(said("wsol-metadata", &masks, "").starts_with("localization.txt:1: the mask m.png"));
    std::fs::remove_file(masks.path().join("image_ids.txt")).unwrap();
    let missing = said("wsol-metadata", &masks, "");
    assert!(missing.starts_with("image_ids.txt: cannot be read: No such file"), "{missing}");
}

// ---------------------------------------------------------------- tiny-imagenet

fn tiny(changed: &[(&str, &str)]) -> tempfile::TempDir {
    let mut lists = vec![
        ("wnids.txt", "n2\nn1\n"),
        ("words.txt", "n0\tunused\nn1\tgoldfish, Carassius auratus\nn2\tking penguin\n"),
        ("train/n1/n1_boxes.txt", "n1_0.JPEG\t0\t1\t9\t8\n"),
        ("train/n2/n2_boxes.txt", "n2_0.JPEG\t1\t1\t2\t2\nn2_1.JPEG\t3\t3\t4\t4\n"),
        ("val/val_annotations.txt", "val_0.JPEG\tn1\t0\t0\t15\t11\n"),
    ];
    for &(name, text) in changed {
        lists.retain(|(kept, _)| *kept != name);
        lists.push((name, text));
    }
    let images = [
        "train/n1/images/n1_0.JPEG",
        "train/n2/images/n2_0.JPEG",
        "train/n2/images/n2_1.JPEG",
        "val/images/val_0.JPEG",
    ];
    layout(&images, &lists)
}

#[test]
fn tiny_imagenet_is_read() {
    let folder = tiny(&[]);
    let train = opened(&at("tiny-imagenet", folder.path(), "")).unwrap();
    assert_eq!(train.classes(), ["king penguin", "goldfish"]);
    assert_eq!(labels(&*train), [0, 0, 1]);
    assert_eq!(train.id(2), "train/n1/images/n1_0.JPEG");
    assert_eq!(train.truth(2).unwrap().boxes, [PixelBox::new(0, 1, 9, 8)]);
    assert_eq!(train.truth(2).unwrap().size, (16, 12));
    let val = opened(&at("tiny-imagenet", folder.path(), ", split = 'val'")).unwrap();
    assert_eq!((labels(&*val), ids(&*val)), (vec![1], vec!["val/images/val_0.JPEG"]));
}

#[test]
fn tiny_imagenet_errors_name_file_and_line() {
    let cases = [
        (
            "val/val_annotations.txt",
            "val_0.JPEG\tn9\t0\t0\t1\t1\n",
            "val/val_annotations.txt:1: class `n9` is not in wnids.txt",
        ),
        (
            "val/val_annotations.txt",
            "val_0.JPEG\tn1\t0\t0\n",
            "val/val_annotations.txt:1: 4 fields, expected `name<tab>wnid<tab>x0<tab>y0<tab>x1<tab>y1`",
        ),
        (
            "val/val_annotations.txt",
            "val_1.JPEG\tn1\t0\t0\t1\t1\n",
            "val/images/val_0.JPEG: is not listed; add a row with its label and box, or remove the image",
        ),
        ("wnids.txt", "n1\nn1\n", "wnids.txt:2: class `n1` is listed twice"),
    ];
    for (name, text, expected) in cases {
        assert_eq!(said("tiny-imagenet", &tiny(&[(name, text)]), ", split = 'val'"), expected);
    }
    assert_eq!(
        said("tiny-imagenet", &tiny(&[]), ", split = 'test'"),
        "dataset option `split`: `test` has no labels in this layout; choose `train` or `val`"
    );
}

// ---------------------------------------------------------------- folder

#[test]
fn folders_are_classes_in_sorted_or_given_order() {
    let images = ["dog/2.jpg", "cat/b/3.JPG", "dog/1.jpeg", "cat/.hidden.jpg"];
    let folder = layout(&images, &[("cat/notes.txt", "not an image")]);
    let dataset = opened(&at("folder", folder.path(), "")).unwrap();
    assert_eq!(ids(&*dataset), ["cat/b/3.JPG", "dog/1.jpeg", "dog/2.jpg"]);
    assert_eq!((dataset.classes().join(" "), labels(&*dataset)), ("cat dog".into(), vec![0, 1, 1]));
    let given = opened(&at("folder", folder.path(), ", classes = ['dog', 'cow', 'cat']")).unwrap();
    assert_eq!((given.classes().len(), labels(&*given)), (3, vec![2, 0, 0]));
    assert!(!given.has_boxes() && !given.has_masks());
}

#[test]
fn flat_folders_take_labels_and_boxes_from_lists() {
    let labels_csv = "image,label\nb.jpg,dog\na.jpg,\"cat, small\"\n";
    let boxes = "a.jpg,1,2,3,4,\"cat, small\"\nb.jpg,0,0,15,11,dog\nb.jpg,5,5,6,6,\"cat, small\"\n";
    let folder = layout(&["a.jpg", "b.jpg"], &[("labels.csv", labels_csv), ("boxes.csv", boxes)]);
    let more = ", labels = 'labels.csv', boxes = 'boxes.csv'";
    let dataset = opened(&at("folder", folder.path(), more)).unwrap();
    assert_eq!((dataset.classes().join("|"), labels(&*dataset)), ("cat, small|dog".into(), vec![0, 1]));
    // The box of another class than the image's does not count.
    assert_eq!(dataset.truth(1).unwrap().boxes, [PixelBox::new(0, 0, 15, 11)]);
}

#[test]
fn folder_errors_name_file_and_line() {
    let folder = |lists: &[(&str, &str)]| layout(&["cat/a.jpg", "dog/b.jpg"], lists);
    let boxes = |text: &str| said("folder", &folder(&[("boxes.csv", text)]), ", boxes = 'boxes.csv'");
    assert_eq!(
        boxes("image,x0,y0,x1,y1\ncat/a.jpg,0,0,1,1\ndog/c.jpg,0,0,1,1\n"),
        "boxes.csv:3: there is no image `dog/c.jpg` under `root`, did you mean `dog/b.jpg`?"
    );
    assert_eq!(
        boxes("cat/a.jpg,0,0,1,1,catt\n"),
        "boxes.csv:1: unknown class `catt`, did you mean `cat`? known: `cat`, `dog`"
    );
    assert_eq!(
        boxes("cat/a.jpg,0,0,1,1\n"),
        "boxes.csv: has no box of its class for `dog/b.jpg`; add a row or remove the image"
    );
    assert_eq!(boxes("cat/a.jpg,0,0\n"), "boxes.csv:1: 3 fields, expected `image,x0,y0,x1,y1[,label]`");
    let listed = |text: &str| said("folder", &folder(&[("l.csv", text)]), ", labels = 'l.csv'");
    assert_eq!(
        listed("cat/a.jpg,cat\n"),
        "l.csv: has no label for `dog/b.jpg`; add a row or remove the image"
    );
    assert_eq!(
        listed("cat/a.jpg,cat\ncat/a.jpg,cat\n"),
        "l.csv:2: `cat/a.jpg` is listed twice; remove one row"
    );
    assert_eq!(listed("cat/a.jpg,\n"), "l.csv:1: field 2 (label) is missing");
    assert_eq!(
        said("folder", &folder(&[]), ", classes = ['cat', 'dogs']"),
        "dog/b.jpg: unknown class `dog`, did you mean `dogs`? known: `cat`, `dogs`"
    );
    assert_eq!(
        said("folder", &folder(&[]), ", classes = ['cat', 'dog', 'cat']"),
        "dataset option `classes`: `cat` is listed twice; remove one"
    );
    assert_eq!(
        said("folder", &layout(&["cat/a.jpg", "b.jpg"], &[]), ""),
        "b.jpg: is not in a class folder; move it into one, or set `labels = \"labels.csv\"`"
    );
    let empty = said("folder", &layout(&[], &[("readme.txt", "")]), "");
    assert!(empty.ends_with("holds no image (.jpg, .jpeg or .png); check `root`"), "{empty}");
}

// ---------------------------------------------------------------- digest

#[test]
fn the_digest_is_of_the_content_not_of_place_or_time() {
    let of =
        |folder: &tempfile::TempDir| digest(&spec(&at("wsol-metadata", folder.path(), "")).unwrap()).unwrap();
    let (first, second) = (wsol(&[]), wsol(&[("localization.txt", &format!("\n{BOXES}\n"))]));
    assert_eq!(of(&first), of(&second));
    assert_eq!(of(&first).len(), 64);
    let changes = [
        ("localization.txt", BOXES.replace("20,175", "21,175")),
        ("class_labels.txt", LABELS.replace("a.jpg,1", "a.jpg,0")),
        ("image_sizes.txt", SIZES.replace("500,375", "500,376")),
        ("image_ids.txt", "p/b.jpg\np/a.jpg\n".into()),
        ("synset_words.txt", "n0 a\nn1 b\n".into()),
    ];
    for (name, text) in &changes {
        assert_ne!(of(&first), of(&wsol(&[(name, text)])), "{name}");
    }
    std::fs::copy(fixture("images/rgb.png"), second.path().join("p/b.jpg")).unwrap();
    assert_ne!(of(&first), of(&second));
    // A file that is not there is loading's concern, which may skip it.
    std::fs::remove_file(second.path().join("p/b.jpg")).unwrap();
    assert_ne!(of(&first), of(&second));
    assert!(open(&spec(&at("wsol-metadata", second.path(), "")).unwrap()).unwrap().photo(1).is_err());
}

/// Where the stamp is the same, nobody reads the photographs again.
#[cfg(unix)]
#[test]
fn the_stamp_changes_whenever_the_digest_does() {
    let later = SystemTime::now() + Duration::from_secs(3600);
    let folder = wsol(&[]);
    let look = || {
        let set = opened(&at("wsol-metadata", folder.path(), "")).unwrap();
        (set.stamp(later), set.examine().unwrap().digest)
    };
    let (stamp, digest) = look();
    assert!(stamp.is_some());
    assert_eq!(look(), (stamp.clone(), digest.clone()));
    let set = opened(&at("wsol-metadata", folder.path(), "")).unwrap();
    assert_eq!(set.stamp(SystemTime::now()), None, "just written");

    std::fs::write(folder.path().join("localization.txt"), BOXES.replace("20,175", "21,175")).unwrap();
    let (other, changed) = look();
    assert!(other != stamp && changed != digest);

    std::fs::copy(fixture("images/rgb.png"), folder.path().join("p/b.jpg")).unwrap();
    let (third, again) = look();
    assert!(third != other && again != changed);

    std::fs::remove_file(folder.path().join("p/b.jpg")).unwrap();
    assert_eq!(look().0, None, "a file that is not there has no stamp");
}
