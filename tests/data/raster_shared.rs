//! The centre-Gaussian baseline on 500 real photographs' boxes: published-protocol numbers made with OpenCV.

use camlab::config::FromToml;
use camlab::parts::metric::{Bootstrap, BoxHits, ImageColumns, MetricSpec, summarise};
use camlab::raster::boxes::Evaluator;
use camlab::raster::{Map, PixelBox, min_max_in_place};
use std::collections::BTreeMap;
use std::path::Path;

const SIDE: usize = 224;

fn records(path: &Path) -> Vec<(String, Vec<i32>)> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let record = |line: &str| {
        let (image, numbers) = line.split_once(',').unwrap();
        (image.to_owned(), numbers.split(',').map(|number| number.trim().parse().unwrap()).collect())
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(record).collect()
}

#[test]
fn centre_gaussian_scores_what_opencv_gave() {
    let Ok(shared) = std::env::var("CAMLAB_SHARED") else {
        println!("skipped: CAMLAB_SHARED is not set");
        return;
    };
    let folder = Path::new(&shared).join("data/ilsvrc-val500");
    // `image,width,height` and `image,x0,y0,x1,y1`, in the original photograph's pixels.
    let sizes: BTreeMap<_, _> = records(&folder.join("image_sizes.txt")).into_iter().collect();
    let mut truth: BTreeMap<String, Vec<PixelBox>> = BTreeMap::new();
    for (image, corners) in records(&folder.join("localization.txt")) {
        let size = &sizes[&image];
        let found = PixelBox::new(corners[0], corners[1], corners[2], corners[3]);
        let scaled = found.scaled((size[1] as usize, size[0] as usize), (SIDE, SIDE));
        truth.entry(image).or_default().push(scaled);
    }
    assert_eq!(truth.len(), 500);

    let centre = (SIDE as f32 - 1.0) / 2.0;
    let gaussian = |i: usize| {
        let (y, x) = ((i / SIDE) as f32 - centre, (i % SIDE) as f32 - centre);
        (-(x * x + y * y) / (2.0 * 56.0 * 56.0)).exp()
    };
    let mut map = Map::new(SIDE, SIDE, (0..SIDE * SIDE).map(gaussian).collect());
    min_max_in_place(&mut map);
    let mut evaluator = Evaluator::new(SIDE, SIDE).unwrap();
    let boxes = evaluator.sweep(&map).unwrap();
    let metrics = [MetricSpec::from_toml("'max-box-acc-v2'").unwrap()];
    let mut hits = BoxHits::of(&metrics);
    for truth in truth.values() {
        let iou = boxes.iou(truth);
        hits.push(&iou.any, &iou.largest);
    }
    let rows = ImageColumns { boxes: hits, ..ImageColumns::default() };
    let scores = summarise(&metrics, &rows, Bootstrap { resamples: 0, ..Bootstrap::default() });
    for (score, expected) in scores.iter().zip([63.93, 86.2, 64.6, 41.0]) {
        assert!(
            (score.value - expected).abs() < 0.05,
            "{}: {}, not {expected}",
            score.measure.name,
            score.value
        );
    }
}
