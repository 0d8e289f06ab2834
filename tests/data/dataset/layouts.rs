//! The miniatures of `fixtures/datasets`, in the layouts of public data sets, as other programs read them.

use camlab::data::{Dataset, DatasetError};
use camlab::raster::{Mask, PixelBox};
use serde::Deserialize;

use crate::dataset::{fixture, opened};

/// One row of a set as `make.py` expects it.
#[derive(Debug, Deserialize)]
struct Expected {
    image: String,
    class: Class,
    boxes: Vec<[i32; 4]>,
    #[serde(default)]
    labels: Vec<usize>,
    #[serde(default)]
    mask: String,
    #[serde(default)]
    by_class: String,
    #[serde(default)]
    by_object: String,
    #[serde(default)]
    train: bool,
    #[serde(default)]
    resized: Vec<[i32; 4]>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Class {
    Label(usize),
    Name(String),
}

impl Expected {
    fn boxes(&self) -> Vec<PixelBox> {
        pixel_boxes(&self.boxes)
    }
}

fn pixel_boxes(boxes: &[[i32; 4]]) -> Vec<PixelBox> {
    boxes.iter().map(|[x0, y0, x1, y1]| PixelBox::new(*x0, *y0, *x1, *y1)).collect()
}

fn golden<T: serde::de::DeserializeOwned>(layout: &str) -> T {
    let text = std::fs::read_to_string(fixture(&format!("datasets/{layout}/expected.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{layout}: {error}"))
}

/// Pixels of runs such as `012 i3 15`: a symbol and a count.
fn pixels(runs: &str) -> Vec<u8> {
    let value = |symbol: &str| if symbol == "i" { 255 } else { symbol.parse().unwrap() };
    let run = |run: &str| vec![value(&run[..1]); run[1..].parse().unwrap()];
    runs.split(' ').flat_map(run).collect()
}

fn read(kind: &str, folder: &str, more: &str) -> Box<dyn Dataset> {
    let root = fixture(&format!("datasets/{folder}"));
    let toml = format!("{{ {kind} = {{ root = '{}'{more} }} }}", root.display());
    opened(&toml).unwrap_or_else(|error| panic!("{error}"))
}

fn remarks(dataset: &dyn Dataset) -> Result<Vec<String>, DatasetError> {
    Ok(dataset.examine()?.remarks.iter().map(ToString::to_string).collect())
}

fn ids(dataset: &dyn Dataset) -> Vec<&str> {
    (0..dataset.len()).map(|index| dataset.id(index)).collect()
}

// ------------------------------------------------------------------------------------------------- VOC

#[derive(Deserialize)]
struct Voc {
    difficult: usize,
    rows: Vec<Expected>,
}

#[test]
fn voc_is_read_as_its_development_kit_documents() {
    let golden: Voc = golden("voc");
    for masks in ["class", "object"] {
        let more = format!(", set = 'segmentation', split = 'trainval', masks = '{masks}'");
        let set = read("voc", "voc", &more);
        assert_eq!((set.len(), set.classes().len()), (golden.rows.len(), 20));
        assert!(set.has_boxes() && set.has_masks());
        for (index, row) in golden.rows.iter().enumerate() {
            let Class::Name(class) = &row.class else { panic!("a name") };
            assert_eq!(&set.classes()[set.label(index)], class);
            let id = if row.labels.len() > 1 { format!("{}#{class}", row.image) } else { row.image.clone() };
            assert_eq!((set.id(index), set.labels(index)), (id.as_str(), row.labels.clone()));
            let truth = set.truth(index).unwrap();
            assert_eq!((truth.size, &truth.boxes), ((40, 30), &row.boxes()), "{id}");
            let expected = pixels(if masks == "class" { &row.by_class } else { &row.by_object });
            assert_eq!(truth.mask.unwrap().data, expected, "{id} by {masks}");
            assert!(set.photo(index).is_ok());
        }
        // Rows of one image have its number, and the set tells what it left out.
        assert_eq!(set.image(0), set.image(1));
        assert_ne!(set.image(1), set.image(2));
        let told = remarks(&*set).unwrap();
        assert_eq!(golden.difficult, 2);
        assert_eq!(
            told,
            [
                "1 image without objects left out, such as `2009_000015`",
                "2 difficult objects left out, such as `2008_000008`"
            ]
        );
    }
}

#[test]
fn voc_has_other_rows_by_options() {
    let all = read("voc", "voc/VOCdevkit/VOC2012", ", difficult = 'keep'");
    assert!(!all.has_masks());
    assert_eq!(
        ids(&*all),
        ["2007_000027#dog", "2007_000027#person", "2008_000002", "2008_000008", "2009_000015"]
    );
    assert_eq!(all.truth(3).unwrap().boxes.len(), 2);
    let only = read("voc", "voc", ", labels = 'only'");
    assert_eq!(ids(&*only), ["2008_000002", "2008_000008"]);
    assert_eq!(remarks(&*only).unwrap()[1], "1 image of several classes left out, such as `2007_000027`");
    let largest = read("voc", "voc", ", labels = 'largest'");
    assert_eq!(ids(&*largest), ["2007_000027", "2008_000002", "2008_000008"]);
    assert_eq!(largest.classes()[largest.label(0)], "person");
    assert_eq!(largest.labels(0), [14], "the image has one label then");
    let from_zero = read("voc", "voc", ", first-pixel = 0, labels = 'largest'");
    assert_eq!(from_zero.truth(1).unwrap().boxes, [PixelBox::new(1, 1, 40, 30)]);
}

// ------------------------------------------------------------------------------------------------ COCO

#[derive(Deserialize)]
struct Coco {
    classes: Vec<String>,
    rows: Vec<Expected>,
    integer_boxes: Vec<[f64; 4]>,
    box_ious: Vec<Vec<f64>>,
    polygons: Vec<DrawnPolygon>,
    mask_ious: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct DrawnPolygon {
    polygon: Vec<f64>,
    mask: String,
    counts: String,
}

const MINI: &str = ", annotations = 'annotations/instances_mini.json'";

#[test]
fn coco_is_read_as_pycocotools_does() {
    let golden: Coco = golden("coco");
    let set = read("coco", "coco", MINI);
    assert_eq!(set.classes(), golden.classes);
    assert_eq!(set.len(), golden.rows.len());
    assert!(set.has_boxes() && set.has_masks());
    for (index, row) in golden.rows.iter().enumerate() {
        let Class::Label(class) = row.class else { panic!("a label") };
        let truth = set.truth(index).unwrap();
        assert_eq!((set.label(index), set.labels(index)), (class, row.labels.clone()));
        assert!(set.id(index).starts_with(&row.image));
        assert_eq!(truth.boxes, row.boxes(), "{}", set.id(index));
        assert_eq!(truth.mask.unwrap().data, pixels(&row.mask), "{}", set.id(index));
        assert!(set.photo(index).is_ok());
    }
    assert_eq!(
        remarks(&*set).unwrap(),
        [
            "2 images without objects left out, such as `000000000285.jpg`",
            "2 crowds are no objects, such as `000000000724.jpg`",
            "1 object with a box of no width or height left out, such as `000000000632.jpg`"
        ]
    );
    let crowds = read("coco", "coco", &format!("{MINI}, crowds = 'keep', masks = false"));
    assert_eq!(crowds.len(), set.len() + 1);
    assert!(!crowds.has_masks() && crowds.truth(0).unwrap().mask.is_none());
    assert_ne!(set.examine().unwrap().digest, crowds.examine().unwrap().digest);
}

#[test]
fn overlaps_are_those_of_pycocotools() {
    let golden: Coco = golden("coco");
    let inclusive =
        |[x, y, w, h]: [f64; 4]| PixelBox::new(x as i32, y as i32, (x + w) as i32 - 1, (y + h) as i32 - 1);
    let boxes: Vec<PixelBox> = golden.integer_boxes.into_iter().map(inclusive).collect();
    for (a, row) in boxes.iter().zip(&golden.box_ious) {
        for (b, expected) in boxes.iter().zip(row) {
            assert!((a.iou(*b) - expected).abs() < 1e-12);
        }
    }
    let masks: Vec<Vec<u8>> = golden.polygons.iter().map(|drawn| pixels(&drawn.mask)).collect();
    for (a, row) in masks[..8].iter().zip(&golden.mask_ious) {
        for (b, expected) in masks[8..16].iter().zip(row) {
            let count = |rule: fn(bool, bool) -> bool| {
                a.iter().zip(b).filter(|(a, b)| rule(**a == 1, **b == 1)).count() as f64
            };
            let (both, any) = (count(|a, b| a && b), count(|a, b| a || b));
            let iou = if any > 0.0 { both / any } else { 0.0 };
            assert!((iou - expected).abs() < 1e-12, "{iou} {expected}");
        }
    }
}

/// A set of one image of 40x30 with the given shape.
fn with_shape(shape: &str) -> (tempfile::TempDir, Mask) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("images")).unwrap();
    std::fs::copy(fixture("datasets/coco/mini/000000000139.jpg"), folder.path().join("images/a.jpg"))
        .unwrap();
    let json = format!(
        "{{\"images\":[{{\"id\":\"a\",\"file_name\":\"a.jpg\",\"width\":40,\"height\":30}}],\"categories\":[{{\"id\":1,\
         \"name\":\"x\"}}],\"annotations\":[{{\"image_id\":\"a\",\"category_id\":1,\"bbox\":[1,1,2,2],\"segmentation\":{shape}}}]}}"
    );
    std::fs::write(folder.path().join("instances_x.json"), json).unwrap();
    let root = folder.path().display();
    let set = opened(&format!("{{ coco = {{ root = '{root}', annotations = 'instances_x.json' }} }}"))
        .unwrap_or_else(|error| panic!("{error}"));
    let mask = set.truth(0).unwrap().mask.unwrap();
    (folder, mask)
}

#[test]
fn polygons_and_run_lengths_have_the_pixels_of_pycocotools() {
    let golden: Coco = golden("coco");
    assert_eq!(golden.polygons.len(), 40);
    for DrawnPolygon { polygon, mask, counts } in &golden.polygons {
        let expected = pixels(mask);
        let (_folder, drawn) = with_shape(&format!("[{polygon:?}]"));
        assert_eq!(drawn.data, expected, "{polygon:?}");
        let counts = counts.replace('\\', "\\\\");
        let (_folder, decoded) = with_shape(&format!("{{\"size\":[30,40],\"counts\":\"{counts}\"}}"));
        assert_eq!(decoded.data, expected, "{counts}");
    }
}

// ------------------------------------------------------------------------------- CUB and wsolevaluation

#[test]
fn cub_is_read_in_its_own_layout_and_by_wsolevaluations_lists() {
    let golden: Vec<Expected> = golden("cub");
    for (split, train) in [("train", true), ("test", false)] {
        let own = read("cub", "cub", &format!(", split = '{split}'"));
        let images = fixture("datasets/cub/CUB_200_2011/images");
        let more = format!(", images = '{}'", images.display());
        let lists = read("wsol-metadata", &format!("cub/metadata/CUB/{split}"), &more);
        let rows: Vec<&Expected> = golden.iter().filter(|row| row.train == train).collect();
        assert_eq!((own.len(), lists.len()), (rows.len(), rows.len()));
        assert_eq!(own.classes()[0], "Black footed Albatross");
        assert!(own.has_masks() && own.has_boxes());
        for (index, row) in rows.iter().enumerate() {
            let Class::Label(class) = row.class else { panic!("a label") };
            for set in [&own, &lists] {
                assert_eq!((set.id(index), set.label(index)), (row.image.as_str(), class));
                assert_eq!(set.photo(index).unwrap().width, 40);
            }
            let truth = own.truth(index).unwrap();
            assert_eq!(truth.boxes, row.boxes());
            assert_eq!(truth.at(224, 224).boxes, pixel_boxes(&row.resized));
            assert_eq!(truth.mask.unwrap().data, pixels(&row.mask));
            if !train {
                let listed = lists.truth(index).unwrap();
                assert_eq!((listed.size, listed.boxes), (truth.size, truth.boxes));
            }
        }
        assert_eq!(remarks(&*own).unwrap(), [""; 0]);
    }
    let any = read("cub", "cub", ", object-from = 1");
    let half = read("cub", "cub", "");
    let count =
        |set: &dyn Dataset| set.truth(0).unwrap().mask.unwrap().data.iter().filter(|v| **v == 1).count();
    assert!(count(&*any) > count(&*half));
    assert_ne!(any.examine().unwrap().digest, half.examine().unwrap().digest);
}

#[derive(Deserialize)]
struct OpenImage {
    split: String,
    image: String,
    class: usize,
    mask: String,
}

#[test]
fn openimages_masks_are_those_of_wsolevaluation() {
    let golden: Vec<OpenImage> = golden("openimages");
    for split in ["val", "test"] {
        let place = |name: &str| fixture(&format!("datasets/openimages/{name}"));
        let more =
            format!(", images = '{}', masks = '{}'", place("images").display(), place("masks").display());
        let set = read("wsol-metadata", &format!("openimages/metadata/OpenImages/{split}"), &more);
        let rows: Vec<&OpenImage> = golden.iter().filter(|row| row.split == split).collect();
        assert_eq!(set.len(), rows.len());
        assert!(set.has_masks() && !set.has_boxes());
        for (index, row) in rows.iter().enumerate() {
            assert_eq!((set.id(index), set.label(index)), (row.image.as_str(), row.class));
            let mask = set.truth(index).unwrap().at(224, 224).mask.unwrap();
            assert_eq!(mask.data, pixels(&row.mask), "{}", row.image);
        }
    }
}

// ------------------------------------------------------------------------------- YOLO and WebDataset

#[derive(Deserialize)]
struct Yolo {
    empty: Vec<String>,
    rows: Vec<YoloObject>,
}

#[derive(Deserialize)]
struct YoloObject {
    image: String,
    class: usize,
    #[serde(rename = "box")]
    corners: [i32; 4],
}

#[test]
fn yolo_boxes_are_the_pixels_that_were_annotated() {
    let golden: Yolo = golden("yolo");
    let mut found = Vec::new();
    for split in ["train", "val"] {
        let set = read("yolo", "yolo", &format!(", split = '{split}'"));
        assert_eq!(set.classes(), ["bird", "car", "dog"]);
        assert!(set.has_boxes() && !set.has_masks());
        for index in 0..set.len() {
            let image = set.id(index).split('#').next().unwrap().to_owned();
            let boxes = set.truth(index).unwrap().boxes;
            found.extend(boxes.into_iter().map(|found| (image.clone(), set.label(index), found)));
            assert!(set.photo(index).is_ok());
        }
        if split == "train" {
            let told = format!(
                "{} images without objects left out, such as `{}`",
                golden.empty.len(),
                golden.empty[0]
            );
            assert_eq!(remarks(&*set).unwrap(), [told]);
        }
    }
    let mut expected: Vec<_> = golden
        .rows
        .iter()
        .map(|row| (row.image.clone(), row.class, pixel_boxes(&[row.corners])[0]))
        .collect();
    // Rows of an image are in the order of their classes.
    expected.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    assert_eq!(found, expected);
}

#[derive(Deserialize)]
struct Sample {
    name: String,
    class: usize,
}

fn samples() -> Vec<Sample> {
    golden("huggingface")
}

#[test]
fn webdataset_shards_are_read_in_any_order() {
    let golden = samples();
    let by_name = ", label-key = 'label', shards = 'train-{000..001}.tar'";
    for (more, classes) in [("", ["0", "1", "2"]), (by_name, ["cat", "dog", "person"])] {
        let set = read("webdataset", "webdataset", more);
        assert_eq!((set.len(), set.classes()), (golden.len(), &classes.map(str::to_owned)[..]));
        for index in (0..set.len()).rev() {
            let id = format!("train-{:03}/{}", index / 4, golden[index].name);
            assert_eq!((set.id(index), set.label(index)), (id.as_str(), golden[index].class));
            assert_eq!(set.photo(index).unwrap().width, 40);
        }
    }
    let inner = read("webdataset", "webdataset", ", label-key = 'meta.class'");
    assert_eq!(
        (0..8).map(|i| inner.label(i)).collect::<Vec<_>>(),
        (0..8).map(|i| golden[i].class).collect::<Vec<_>>()
    );
    let one = read("webdataset", "webdataset/train-001.tar", "");
    assert_eq!((one.len(), one.id(0)), (4, "train-001/0004"));
}

// ------------------------------------------------------------------------------------------ Hugging Face

#[test]
fn hugging_faces_shards_are_read_in_any_order() {
    let golden = samples();
    let set = read("huggingface", "huggingface", ", split = 'train'");
    let tar = read("webdataset", "webdataset", "");
    assert_eq!(set.classes(), ["cat", "dog", "person"]);
    assert_eq!(set.len(), golden.len());
    for index in (0..set.len()).rev() {
        let id = format!("data/train-{:05}-of-00002/{}", index / 4, index % 4);
        assert_eq!((set.id(index), set.label(index)), (id.as_str(), golden[index].class));
        assert_eq!(set.photo(index).unwrap(), tar.photo(index).unwrap());
        assert_eq!(set.content(index).unwrap(), tar.content(index).unwrap());
    }
    assert_eq!(remarks(&*set).unwrap(), [""; 0]);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    assert!(set.stamp(later).is_some() && set.files().len() == 2);
    // Bytes without a struct, and names as labels.
    let plain = read("huggingface", "huggingface/plain.parquet", ", label = 'kind'");
    assert_eq!((plain.len(), plain.classes()), (4, &["cat", "dog", "person"].map(str::to_owned)[..]));
    for (index, sample) in golden.iter().take(4).enumerate() {
        assert_eq!(plain.label(index), sample.class);
        assert_eq!(plain.photo(index).unwrap(), tar.photo(index).unwrap());
    }
}

// -------------------------------------------------------------------------------------------- archives

#[test]
fn a_tar_gives_the_batches_of_its_folder() {
    use camlab::data::{Batches, InputSize, InputSpec, Loading};
    let source = fixture("datasets/coco/mini");
    let place = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(std::fs::File::create(place.path().join("photos.tar")).unwrap());
    let mut names: Vec<_> = std::fs::read_dir(&source).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    // The order inside the archive is another one.
    for (number, path) in names.iter().enumerate().rev() {
        let name = format!("{}/{}", ["a", "b"][number % 2], path.file_name().unwrap().to_str().unwrap());
        std::fs::create_dir_all(place.path().join("photos").join(&name[..1])).unwrap();
        std::fs::copy(path, place.path().join("photos").join(&name)).unwrap();
        tar.append_path_with_name(path, &name).unwrap();
    }
    tar.finish().unwrap();
    let batches = |root: &str, order: Vec<usize>| {
        let root = place.path().join(root);
        let set = opened(&format!("{{ folder = {{ root = '{}' }} }}", root.display())).unwrap();
        let told: Vec<_> = (0..set.len()).map(|i| (set.id(i).to_owned(), set.label(i))).collect();
        let digest = set.examine().unwrap().digest;
        let input = InputSpec {
            size: InputSize::square(24),
            normalise: Default::default(),
            filter: Default::default(),
        };
        let loaded: Vec<_> =
            Batches::new(set.into(), order, Loading::new(input, 2)).map(Result::unwrap).collect();
        (told, digest, loaded)
    };
    for order in [vec![0, 1, 2, 3, 4, 5], vec![5, 2, 0, 4, 1, 3]] {
        assert_eq!(batches("photos", order.clone()), batches("photos.tar", order));
    }
}
