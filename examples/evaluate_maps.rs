//! MaxBoxAccV2 of maps that anybody made, against true boxes: `cargo run --release --example evaluate_maps`.

use camlab::parts::metric::{Bootstrap, BoxHits, ImageColumns, MaxBoxAccV2, MetricSpec, summarise};
use camlab::raster::boxes::Evaluator;
use camlab::raster::{Map, PixelBox, min_max};

/// A blob around a point, as a stand-in for a map of yours.
fn blob(size: usize, x: f32, y: f32, radius: f32) -> Map {
    let value = |at: usize| {
        let (dx, dy) = ((at % size) as f32 - x, (at / size) as f32 - y);
        (-(dx * dx + dy * dy) / (2.0 * radius * radius)).exp()
    };
    Map::new(size, size, (0..size * size).map(value).collect())
}

fn main() -> anyhow::Result<()> {
    let size = 64;
    let mut evaluator = Evaluator::new(size, size)?;
    let metrics = [MetricSpec::MaxBoxAccV2(MaxBoxAccV2::default())];
    let mut boxes = BoxHits::of(&metrics);
    for image in 0..40 {
        // The map's centre is off by up to 10 pixels.
        let off = (image % 11) as f32;
        let map = min_max(&blob(size, 30.0 + off, 30.0, 9.0));
        let iou = evaluator.sweep(&map)?.iou(&[PixelBox::new(16, 16, 44, 44)]);
        boxes.push(&iou.any, &iou.largest);
    }
    let bootstrap = Bootstrap { resamples: 1000, seed: 0, confidence: 0.95 };
    let columns = ImageColumns { boxes, ..ImageColumns::default() };
    for score in summarise(&metrics, &columns, bootstrap) {
        let (low, high) = score.ci_low.zip(score.ci_high).unwrap_or((f64::NAN, f64::NAN));
        println!(
            "{:<20} {:5.1} {} [{low:.1}, {high:.1}]",
            score.measure.name, score.value, score.measure.unit
        );
    }
    Ok(())
}
