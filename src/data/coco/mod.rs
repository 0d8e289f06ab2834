//! COCO's layout: one JSON file of images, categories and annotations beside the images.

mod json;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::examined::Counted;
use super::image_error::MAX_PIXELS;
use super::listed::Listed;
use super::mask_source::MaskSource;
use super::objects::{AnnotatedImage, ImageObject, ObjectBox, ignore_boxes_without_mask, rows};
use super::{Dataset, DeclaredReading, LabelRows, Reader, edges, files, polygon, run_length, text};
use crate::path::{DataPath, InnerPath};
use json::{Counts, Instance, Instances, Key, Segmentation};

/// Location of the annotations and images, and the treatment of crowds.
///
/// Classes are the categories in the order of their ids, which may have gaps. Boxes are the pixels that `x, y, width, height`
/// touches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Coco {
    /// The folder of the data set.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// The file of images, annotations and categories, such as `annotations/instances_val2017.json`, relative to `root`.
    pub annotations: InnerPath,
    /// The folder that file names are relative to. If omitted: the first that exists of `NAME` and `images/NAME` for
    /// annotations `instances_NAME.json`, and `images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<InnerPath>,
    /// Rows of images that show several classes.
    #[serde(default)]
    pub labels: LabelRows,
    /// Treatment of annotations that mark a crowd of objects.
    #[serde(default)]
    pub crowds: CrowdObjects,
    /// `false`: polygons and run lengths are passed over, which saves memory, and images have boxes only.
    #[serde(default = "yes")]
    pub masks: bool,
}

fn yes() -> bool {
    true
}

impl Default for Coco {
    fn default() -> Self {
        Self {
            root: DataPath::default(),
            annotations: InnerPath::new("annotations/instances_val2017.json"),
            images: None,
            labels: LabelRows::default(),
            crowds: CrowdObjects::default(),
            masks: true,
        }
    }
}

/// Treatment of annotations that mark a crowd of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CrowdObjects {
    /// They are no objects, and metrics over pixels ignore their region, as COCO's evaluation does.
    #[default]
    Ignore,
    /// They are objects like others.
    Keep,
}

impl Reader for Coco {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the annotations.
fn open(options: &Coco, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let path = options.annotations.resolve(&root)?;
    let folder = images_folder(options, &root, &path)?;
    let Instances { images, annotations, categories } =
        json::parse(&path, &text::read(&path)?, options.masks)?;
    let wrong = |problem: String| DatasetError::file(&path, problem);
    if images.is_empty() {
        return Err(wrong("lists no image".to_owned()));
    }
    let mut names = BTreeMap::new();
    for (place, category) in categories.into_iter().enumerate() {
        if let Some(other) = names.insert(category.id, category.name.clone()) {
            let name = category.name;
            let id = category.id;
            return Err(wrong(format!("categories[{place}]: id {id} is both `{other}` and `{name}`")));
        }
    }
    let ids: HashMap<i64, usize> = names.keys().enumerate().map(|(label, id)| (*id, label)).collect();
    let classes = unique(names);
    let mut listed = Vec::with_capacity(images.len());
    let (mut numbers, mut files) = (HashMap::new(), HashSet::new());
    for (place, image) in images.into_iter().enumerate() {
        let at = |problem: String| wrong(format!("images[{place}]: {problem}"));
        if let Some(other) = numbers.insert(image.id.clone(), place) {
            return Err(at(format!("id {} is that of images[{other}], too", image.id)));
        }
        // Windows writes its own separators.
        let name = image.file_name.replace('\\', "/");
        if name.trim().is_empty() {
            return Err(at("`file_name` is empty".to_owned()));
        }
        if !files.insert(name.clone()) {
            return Err(at(format!("the file `{name}` is listed twice")));
        }
        let in_range = |width: usize, height: usize| {
            width > 0 && height > 0 && width.saturating_mul(height) <= MAX_PIXELS
        };
        let size = match (image.width, image.height) {
            (Some(width), Some(height)) if in_range(width, height) => Some((width, height)),
            (Some(width), Some(height)) if width.saturating_mul(height) > MAX_PIXELS => {
                let most = MAX_PIXELS / 1_000_000;
                return Err(at(format!("size {width}x{height} is more than {most} million pixels")));
            }
            (None, None) => None,
            (Some(width), Some(height)) => return Err(at(format!("size {width}x{height} has no pixels"))),
            _ => return Err(at("has only one of `width` and `height`".to_owned())),
        };
        listed.push(AnnotatedImage { name, file: None, size, objects: Vec::new() });
    }
    let [mut crowds, mut flat, mut thin] = [(); 3].map(|()| Counted::default());
    let mut known: HashSet<Key> = HashSet::new();
    for (place, annotation) in annotations.into_iter().enumerate() {
        let id = annotation.id.as_ref().map_or(String::new(), |id| format!(" (id {id})"));
        let at = |problem: String| wrong(format!("annotations[{place}]{id}: {problem}"));
        if let Some(id) = annotation.id.clone().filter(|id| known.contains(id)) {
            return Err(at(format!("the id {id} is used twice")));
        }
        known.extend(annotation.id.clone());
        let image = numbers.get(&annotation.image_id).and_then(|number| listed.get_mut(*number));
        let image =
            image.ok_or_else(|| at(format!("image_id {} is not in `images`", annotation.image_id)))?;
        let class = ids.get(&annotation.category_id);
        let class = *class
            .ok_or_else(|| at(format!("category_id {} is not in `categories`", annotation.category_id)))?;
        let crowd = annotation.iscrowd.0 && options.crowds == CrowdObjects::Ignore;
        crowds.add(usize::from(crowd), &image.name);
        let Some(extent) = extent(&annotation).map_err(&at)? else {
            flat.add(1, &image.name);
            continue;
        };
        let mask = match annotation.segmentation.0 {
            Some(shape) => shape_mask(shape, image.size).map_err(&at)?,
            None => ShapeMask::default(),
        };
        thin.add(mask.thin, &image.name);
        image.objects.push(ImageObject {
            class,
            bounds: ObjectBox::Pixels(edges::from_extent(extent, edges::NEAR)),
            area: extent[2] * extent[3],
            mask: mask.source,
            ignored: crowd,
        });
    }
    let unmasked = if options.masks { ignore_boxes_without_mask(&mut listed) } else { None };
    let found = rows(listed, &classes, options.labels);
    if found.records.is_empty() {
        let told: Vec<String> = found.remarks.iter().map(ToString::to_string).collect();
        return Err(wrong(format!("no image is left ({})", told.join("; "))));
    }
    let lists = [
        crowds.remark("crowd is no object", "crowds are no objects"),
        flat.remark(
            "object with a box of no width or height left out",
            "objects with a box of no width or height left out",
        ),
        thin.remark(
            "polygon of fewer than three corners left out",
            "polygons of fewer than three corners left out",
        ),
    ];
    Ok(Listed {
        reading,
        remarks: found.remarks.into_iter().chain(lists.into_iter().flatten()).chain(unmasked).collect(),
        images: folder,
        classes,
        records: found.records,
        ignore_value: None,
        has_boxes: true,
        has_masks: options.masks && found.has_masks,
    })
}

fn images_folder(options: &Coco, root: &Path, annotations: &Path) -> Result<PathBuf, DatasetError> {
    if let Some(images) = &options.images {
        let folder = images.resolve(root)?;
        let missing = || DatasetError::option("images", format!("there is no folder {}", folder.display()));
        return if files::is_folder(&folder) { Ok(folder) } else { Err(missing()) };
    }
    let stem = annotations.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = stem.split_once('_').map_or(stem, |(_, name)| name);
    let all = [root.join(name), root.join("images").join(name), root.join("images")];
    all.iter().find(|folder| files::is_folder(folder)).cloned().ok_or_else(|| {
        let [first, second, third] = all.map(|folder| folder.display().to_string());
        let problem =
            format!("none of {first}, {second} and {third} exists; set `images` to the folder of the images");
        DatasetError::option("images", problem)
    })
}

/// Names of the categories by id; those that share one are told apart by their id.
fn unique(names: BTreeMap<i64, String>) -> Vec<String> {
    let mut count: HashMap<String, usize> = HashMap::new();
    names.values().for_each(|name| *count.entry(name.clone()).or_default() += 1);
    let named = |(id, name): (i64, String)| match count.get(&name) {
        Some(2..) => format!("{name} ({id})"),
        _ => name,
    };
    names.into_iter().map(named).collect()
}

/// Left, top, width and height; `None` without a width or height.
fn extent(annotation: &Instance) -> Result<Option<[f64; 4]>, String> {
    let Ok(extent) = <[f64; 4]>::try_from(annotation.bbox.clone()) else {
        let found = annotation.bbox.len();
        return Err(format!("`bbox` has {found} numbers; it must be [x, y, width, height]"));
    };
    let [_, _, width, height] = extent;
    if let Some(value) = extent.iter().find(|value| value.abs() > f64::from(i32::MAX / 4)) {
        return Err(format!("`bbox` holds {value}, which is no pixel coordinate"));
    }
    if width < 0.0 || height < 0.0 {
        return Err(format!("`bbox` is {width} wide and {height} high; it must be [x, y, width, height]"));
    }
    Ok((width > 0.0 && height > 0.0).then_some(extent))
}

/// Mask of a shape, and the number of its polygons that are none.
#[derive(Debug, Default)]
struct ShapeMask {
    source: Option<MaskSource>,
    thin: usize,
}

fn shape_mask(shape: Segmentation, image: Option<(usize, usize)>) -> Result<ShapeMask, String> {
    match shape {
        Segmentation::Polygons(mut polygons) => {
            for polygon in &polygons {
                if polygon.len() % 2 == 1 {
                    return Err(format!("a polygon has {} numbers; x and y must be in pairs", polygon.len()));
                }
                if let Some(far) = polygon.iter().find(|value| value.abs() > polygon::FARTHEST) {
                    return Err(format!("a polygon has the coordinate {far}, which is no pixel"));
                }
            }
            let all = polygons.len();
            polygons.retain(|polygon| polygon.len() >= 6);
            let thin = all - polygons.len();
            Ok(ShapeMask { source: (!polygons.is_empty()).then_some(MaskSource::Polygons(polygons)), thin })
        }
        Segmentation::Runs { size: [height, width], counts } => {
            if let Some((w, h)) = image.filter(|image| *image != (width, height)) {
                return Err(format!(
                    "the run lengths are of {width}x{height} pixels, but the image has {w}x{h}"
                ));
            }
            let counts = match counts {
                Counts::Plain(counts) => counts,
                Counts::Compressed(text) => run_length::decompressed(&text)?,
            };
            run_length::check(&counts, (width, height))?;
            Ok(ShapeMask { source: Some(MaskSource::Runs { counts, height }), thin: 0 })
        }
    }
}
