//! Insertion and deletion.

use camlab_parts::metric::{Canvas, Deletion, ImageColumns, Insertion, Metric};
use camlab_raster::Map;

use crate::network::{engine, passed, scenes, versions};
use crate::support::golden::{doubles, golden, list, near, number};
use crate::support::scene::{Scene, curve, first, push, value};

/// Curves and areas on torchcam's default canvas, and on that of RISE's code. torchcam computes in f32, and so do the
/// passes here.
#[test]
fn curves_are_torchcams() {
    let golden = golden();
    let scenes = scenes(&golden);
    let engine = engine(&golden, [scenes[0].map.height, scenes[0].map.width]);
    for (name, canvas) in [("zero", Canvas::Mean), ("rise", Canvas::Blur)] {
        for steps in [20, 7] {
            let metrics: [(&str, Box<dyn Metric>); 2] = [
                ("insertion", Box::new(Insertion { steps, canvas })),
                ("deletion", Box::new(Deletion { steps, canvas })),
            ];
            for (kind, metric) in metrics {
                let mut rows = ImageColumns::default();
                let mut sum = 0.0;
                for (scene, wanted) in scenes.iter().zip(list(&golden["torchcam"])) {
                    let wanted = &wanted[format!("{name}-{steps}")];
                    let values = passed(metric.as_ref(), scene, &engine);
                    let known = doubles(&wanted[kind]);
                    assert_eq!(curve(&values, 1).len(), known.len());
                    for (found, wanted) in curve(&values, 1).iter().zip(known) {
                        near(f64::from(*found), wanted, 1e-6);
                    }
                    let area = number(&wanted[format!("{kind}_auc")]);
                    near(first(&values).expect("an area"), area, 1e-6);
                    push(&mut rows, metric.as_ref(), values);
                    sum += area;
                }
                near(value(metric.as_ref(), &rows).expect("a mean"), 100.0 * sum / 3.0, 1e-4);
            }
        }
    }
}

/// Shown and hidden pixels add up to the picture and the canvas, and the highest pixels come first.
#[test]
fn one_version_shows_what_the_other_hides() {
    let golden = golden();
    let scene = scenes(&golden).remove(2);
    for canvas in [Canvas::Mean, Canvas::Blur] {
        let shown = versions(&Insertion { steps: 6, canvas }, &scene);
        let hidden = versions(&Deletion { steps: 6, canvas }, &scene);
        assert_eq!((shown.len(), hidden.len()), (7, 7));
        let empty = &shown[0];
        assert_eq!((&hidden[0], &shown[6], &hidden[6]), (&scene.pixels, &scene.pixels, empty));
        let mut order: Vec<usize> = (0..scene.map.data.len()).collect();
        order.sort_by(|a, b| scene.map.data[*b].total_cmp(&scene.map.data[*a]));
        for step in 0..7 {
            for (rank, pixel) in order.iter().enumerate() {
                let high = rank < step * 28;
                for place in 3 * pixel..3 * pixel + 3 {
                    let (picture, canvas) = (scene.pixels[place], empty[place]);
                    assert_eq!(shown[step][place], if high { picture } else { canvas });
                    assert_eq!(hidden[step][place], if high { canvas } else { picture });
                }
            }
        }
    }
}

/// More steps than pixels: every pixel is a step of its own.
#[test]
fn steps_beyond_the_pixels_are_left_out() {
    let map = Map::new(2, 2, vec![0.0, 1.0, 0.5, 0.25]);
    let scene = Scene { pixels: vec![1.0; 12], ..Scene::of(map) };
    assert_eq!(versions(&Deletion { steps: 50, canvas: Canvas::Mean }, &scene).len(), 5);
    assert_eq!(versions(&Insertion { steps: 1, canvas: Canvas::Mean }, &scene).len(), 2);
}
