//! Images with maps and ground truth, and what metrics measure on them.
#![allow(dead_code, reason = "each test binary uses a part")]

use camlab_parts::metric::{
    Estimator, ImageColumns, Measured, MeasuredImage, Measurement, Metric, MetricSpec, measuring,
};
use camlab_raster::{Map, Mask, PixelBox};

/// An image as a measurement sees it.
#[derive(Debug, Clone)]
pub struct Scene {
    pub id: String,
    pub map: Map,
    pub boxes: Vec<PixelBox>,
    pub mask: Mask,
    pub target: usize,
    pub probability: Option<f32>,
    pub pixels: Vec<f32>,
    pub again: Vec<Map>,
    pub seed: u64,
}

impl Scene {
    /// A map without pixels, ground truth and maps of changed images.
    pub fn of(map: Map) -> Self {
        let mask = Mask::from_boxes(map.height, map.width, &[]);
        let (id, boxes, pixels, again) = ("one".to_owned(), Vec::new(), Vec::new(), Vec::new());
        Self { id, map, boxes, mask, target: 0, probability: None, pixels, again, seed: 7 }
    }

    /// With boxes, and the mask of their pixels.
    pub fn with_boxes(self, boxes: &[PixelBox]) -> Self {
        let mask = Mask::from_boxes(self.map.height, self.map.width, boxes);
        Self { boxes: boxes.to_vec(), mask, ..self }
    }

    pub fn seen(&self) -> MeasuredImage<'_> {
        MeasuredImage {
            id: &self.id,
            map: &self.map,
            boxes: &self.boxes,
            mask: &self.mask,
            label: self.target,
            target: self.target,
            probability: self.probability,
            pixels: &self.pixels,
            again: &self.again,
            seed: self.seed,
        }
    }
}

/// The measurement of a metric that has one.
pub fn measurement(metric: &dyn Metric) -> &dyn Measurement {
    metric.measurement().expect("a measurement")
}

/// The values of a metric without passes.
pub fn measured(metric: &dyn Metric, scene: &Scene) -> Vec<Measured> {
    measurement(metric).measure(&scene.seen())
}

/// The first of them, a number.
#[track_caller]
pub fn first(values: &[Measured]) -> Option<f64> {
    match values.first() {
        Some(Measured::Number(value)) => *value,
        other => panic!("{other:?} is no number"),
    }
}

/// A list among the values.
#[track_caller]
pub fn curve(values: &[Measured], at: usize) -> &[f32] {
    match values.get(at) {
        Some(Measured::List(list)) => list,
        other => panic!("{other:?} is no list"),
    }
}

/// Adds the values of one image to the columns of a metric, as a stage does.
pub fn push(rows: &mut ImageColumns, metric: &dyn Metric, values: Vec<Measured>) {
    let mut values = values.into_iter();
    for column in measurement(metric).columns() {
        let value = values.next();
        if column.list {
            let list = match value {
                Some(Measured::List(list)) => list,
                _ => Vec::new(),
            };
            rows.lists.entry(column.name).or_default().push(list);
        } else {
            let number = match value {
                Some(Measured::Number(number)) => number,
                _ => None,
            };
            rows.quantities.entry(column.name).or_default().push(number);
        }
    }
}

/// Measures without passes what `specs` read, on every scene.
pub fn columns(specs: &[MetricSpec], scenes: &[Scene]) -> ImageColumns {
    let mut rows = ImageColumns::default();
    for spec in measuring(specs) {
        let metric = spec.metric();
        scenes.iter().for_each(|scene| push(&mut rows, metric, measured(metric, scene)));
    }
    rows
}

/// The values of a metric when every image counts once.
pub fn values(metric: &dyn Metric, rows: &ImageColumns) -> Vec<Option<f64>> {
    estimator(metric, rows).values(&vec![1; rows.len()])
}

/// The first of them.
pub fn value(metric: &dyn Metric, rows: &ImageColumns) -> Option<f64> {
    values(metric, rows)[0]
}

/// The estimator, once it was checked that its lists are as long as that of the measures.
pub fn estimator(metric: &dyn Metric, rows: &ImageColumns) -> Box<dyn Estimator> {
    let (measures, estimator) = (metric.measures().len(), metric.estimator(rows));
    assert_eq!(estimator.values(&vec![1; rows.len()]).len(), measures);
    assert_eq!(estimator.counts().len(), measures);
    assert!([0, measures].contains(&estimator.images().len()));
    estimator
}
