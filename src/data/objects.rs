//! Images with objects of several classes, as rows of one class each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::edges::RelativeBox;
use super::examined::{Counted, Remark};
use super::listed::Record;
use super::mask_source::MaskSource;
use camlab_raster::PixelBox;

/// Rows of an image that shows objects of several classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LabelRows {
    /// A row for each class, with boxes and masks of its objects. The id is `IMAGE#CLASS` where there are several.
    #[default]
    All,
    /// Images of one class; others are left out and counted.
    Only,
    /// One row: the class of the object with the largest box, which is then the image's only label.
    Largest,
}

/// An annotated image.
#[derive(Debug, Default)]
pub(super) struct AnnotatedImage {
    /// Name of the image, unique in the set.
    pub(super) name: String,
    /// File relative to the image folder; `None`: the name.
    pub(super) file: Option<String>,
    /// Width and height that the annotations refer to.
    pub(super) size: Option<(usize, usize)>,
    pub(super) objects: Vec<ImageObject>,
}

/// Box of an object.
#[derive(Debug, Clone, Copy)]
pub(super) enum ObjectBox {
    Pixels(PixelBox),
    Fractions(RelativeBox),
}

/// An object of an image.
#[derive(Debug)]
pub(super) struct ImageObject {
    pub(super) class: usize,
    pub(super) bounds: ObjectBox,
    /// Area of the box, in the same unit for all objects of an image.
    pub(super) area: f64,
    pub(super) mask: Option<MaskSource>,
    /// `true` for one that is no instance: its mask is a region that metrics ignore.
    pub(super) ignored: bool,
}

/// Rows of images of several classes.
#[derive(Debug)]
pub(super) struct ObjectRows {
    pub(super) records: Vec<Record>,
    pub(super) remarks: Vec<Remark>,
    /// `true` if every row has a mask.
    pub(super) has_masks: bool,
}

/// The rows of all images, in their order, classes ascending within an image. Images without an object are left out.
pub(super) fn rows(images: Vec<AnnotatedImage>, classes: &[String], rows: LabelRows) -> ObjectRows {
    let [mut empty, mut several, mut smaller] = [(); 3].map(|()| Counted::default());
    let mut records = Vec::new();
    for (number, image) in images.into_iter().enumerate() {
        let mut by_class: BTreeMap<usize, Vec<ImageObject>> = BTreeMap::new();
        let (regions, objects): (Vec<_>, Vec<_>) =
            image.objects.into_iter().partition(|object| object.ignored);
        let largest =
            objects.iter().reduce(|best, object| if object.area > best.area { object } else { best });
        let largest = largest.map(|object| object.class);
        for object in objects {
            by_class.entry(object.class).or_default().push(object);
        }
        match (by_class.len(), rows) {
            (0, _) => {
                empty.add(1, &image.name);
                continue;
            }
            (2.., LabelRows::Only) => {
                several.add(1, &image.name);
                continue;
            }
            (2.., LabelRows::Largest) => {
                smaller.add(1, &image.name);
                by_class.retain(|class, _| Some(*class) == largest);
            }
            _ => {}
        }
        let labels: Vec<usize> = by_class.keys().copied().collect();
        for (class, objects) in by_class {
            let ignored = regions.iter().filter(|region| region.class == class);
            let mut record = Record {
                id: image.name.clone(),
                file: image.file.clone(),
                label: class,
                image: Some(number),
                size: image.size,
                ignored: ignored.filter_map(|region| region.mask.clone()).collect(),
                ..Record::default()
            };
            if labels.len() > 1 {
                let name = classes.get(class).map_or("", String::as_str);
                record.id = format!("{}#{name}", image.name);
                record.file = record.file.or_else(|| Some(image.name.clone()));
                record.labels = labels.clone();
            }
            for object in objects {
                match object.bounds {
                    ObjectBox::Pixels(found) => record.boxes.push(found),
                    ObjectBox::Fractions(found) => record.fractions.push(found),
                }
                record.masks.extend(object.mask);
            }
            records.push(record);
        }
    }
    let has_masks = records.iter().all(|record: &Record| !record.masks.is_empty());
    let remarks = [
        empty.remark("image without objects left out", "images without objects left out"),
        several.remark("image of several classes left out", "images of several classes left out"),
        smaller.remark(
            "image of several classes, of which only that of the largest object counts",
            "images of several classes, of which only that of the largest object counts",
        ),
    ];
    ObjectRows { records, remarks: remarks.into_iter().flatten().collect(), has_masks }
}

/// Makes the boxes of objects without a mask regions that metrics ignore, if other objects of the set have masks.
pub(super) fn ignore_boxes_without_mask(images: &mut [AnnotatedImage]) -> Option<Remark> {
    let masked = |object: &ImageObject| object.mask.is_some();
    if !images.iter().any(|image| image.objects.iter().any(masked)) {
        return None;
    }
    let mut count = Counted::default();
    for image in images {
        let bare = image.objects.iter().filter(|object| !masked(object) && !object.ignored);
        let regions: Vec<ImageObject> = bare
            .map(|object| ImageObject { mask: Some(object.bounds.region()), ignored: true, ..*object })
            .collect();
        count.add(regions.len(), &image.name);
        image.objects.extend(regions);
    }
    count.remark(
        "object without a mask, whose box metrics over pixels ignore",
        "objects without a mask, whose boxes metrics over pixels ignore",
    )
}

impl ObjectBox {
    /// Its pixels as a mask.
    fn region(self) -> MaskSource {
        let rectangle = |[x0, y0, x1, y1]: [f64; 4]| vec![vec![x0, y0, x1, y0, x1, y1, x0, y1]];
        match self {
            Self::Pixels(PixelBox { x0, y0, x1, y1 }) => {
                let edges = [x0, y0, x1 + 1, y1 + 1].map(|edge| f64::from(edge.clamp(-100_000, 100_000)));
                MaskSource::Polygons(rectangle(edges))
            }
            Self::Fractions(RelativeBox([x, y, width, height])) => {
                MaskSource::RelativePolygons(rectangle([x, y, x + width, y + height]))
            }
        }
    }
}
