//! CAM methods against identities that hold for any network ending in ReLU, global average pooling and a linear
//! layer: there every gradient is `w_k / (h w)`, constant over the map (Selvaraju et al. 2017, appendix A).

use camlab::parts::cam::{
    Baseline, BaselineInput, Cam, CamOptions, CamSpec, CenterGaussian, ElementWise, Features, GradCam,
    GradCamPlusPlus, HiResCam, LayerCam, RandomMap, Reading, XGradCam,
};
use camlab::raster::Rgb;
use proptest::prelude::*;

const CHANNELS: usize = 5;

fn features<'a>(
    activations: &'a [f32],
    gradients: &'a [f32],
    classifier: &'a [f32],
    side: usize,
) -> Features<'a> {
    Features {
        activations,
        gradients,
        classifier,
        weights: &[],
        image: [side; 2],
        channels: CHANNELS,
        height: side,
        width: side,
    }
}

fn close(a: &[f32], b: &[f32]) -> bool {
    let scale = b.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() <= 1e-4 * scale)
}

proptest! {
    #[test]
    fn behind_global_pooling_grad_cam_is_cam_over_the_pixels(
        side in 1usize..6,
        seed in proptest::collection::vec(0f32..2.0, CHANNELS * 36),
        weights in proptest::collection::vec(-1f32..1.0, CHANNELS),
    ) {
        let pixels = side * side;
        let activations = &seed[..CHANNELS * pixels];
        let gradients: Vec<f32> = (0..pixels).flat_map(|_| weights.iter().map(|w| w / pixels as f32)).collect();
        let features = features(activations, &gradients, &weights, side);
        let cam: Vec<f32> = CamOptions { relu: true, ..Default::default() }.map(features).data.iter().map(|v| v / pixels as f32).collect();
        prop_assert!(close(&GradCam::default().map(features).data, &cam));
        let raw: Vec<f32> = CamOptions::default().map(features).data.iter().map(|v| v / pixels as f32).collect();
        let unclipped = GradCam { relu: false };
        prop_assert!(close(&unclipped.map(features).data, &raw));
        let (hires, xgrad) = (HiResCam { relu: false }, XGradCam { relu: false });
        prop_assert!(close(&hires.map(features).data, &raw));
        prop_assert!(close(&xgrad.map(features).data, &raw));
        // LayerCAM keeps the channels whose weight is positive.
        let positive: Vec<f32> = weights.iter().map(|w| w.max(0.0)).collect();
        let kept = Features { classifier: &positive, ..features };
        let kept: Vec<f32> = CamOptions::default().map(kept).data.iter().map(|v| v / pixels as f32).collect();
        let layer_cam = LayerCam::default().map(features).data;
        prop_assert!(close(&layer_cam, &kept));
        prop_assert!(close(&ElementWise::default().map(features).data, &layer_cam));
        // Grad-CAM++'s weights are (h w) ReLU(g) / (2 + g sum A); scaled alphas leave (h w) ReLU(g) / (h w).
        let plus_plus: Vec<f32> = (0..CHANNELS).map(|k| {
            let sum: f32 = activations.iter().skip(k).step_by(CHANNELS).sum();
            let g = weights[k] / pixels as f32;
            pixels as f32 * g.max(0.0) / (2.0 + g * sum)
        }).collect();
        let plus_plus = CamOptions::default().map(Features { classifier: &plus_plus, ..features });
        prop_assert!(close(&GradCamPlusPlus::default().map(features).data, &plus_plus.data));
        let authors = GradCamPlusPlus { reading: Reading::Authors, relu: true };
        prop_assert!(close(&authors.map(features).data, &kept));
    }

    #[test]
    fn the_centre_gaussian_is_symmetric_and_falls_off_as_its_sigma_says(side in 2usize..40, sigma in 0.1f32..1.0) {
        let canvas = BaselineInput { height: side, width: side, seed: 0, image: "any", photo: None };
        let map = CenterGaussian { sigma }.map(canvas);
        for y in 0..side {
            for x in 0..side {
                prop_assert_eq!(map.data[y * side + x], map.data[x * side + y]);
                prop_assert_eq!(map.data[y * side + x], map.data[(side - 1 - y) * side + side - 1 - x]);
            }
        }
        // One row from the middle row of an odd side: exp(-1 / (2 (sigma side)^2)).
        if side % 2 == 1 {
            let (m, s) = (side / 2, f64::from(sigma) * side as f64);
            let wanted = (-0.5 / (s * s)).exp();
            let found = f64::from(map.data[(m - 1) * side + m] / map.data[m * side + m]);
            prop_assert!((found - wanted).abs() < 1e-4);
        }
    }
}

/// LayerCAM by hand: two channels of 1x2, gradients of both signs (Jiang et al. 2021, equation 3).
#[test]
fn layer_cam_by_hand() {
    let (a, g) = ([1.0, 3.0, 2.0, 4.0], [0.5, -2.0, -1.0, 0.25]);
    let features = Features {
        activations: &a,
        gradients: &g,
        classifier: &[],
        weights: &[],
        image: [1, 2],
        channels: 2,
        height: 1,
        width: 2,
    };
    assert_eq!(LayerCam::default().map(features).data, [0.5, 1.0]);
}

#[test]
fn random_maps_depend_on_seed_and_image_alone() {
    let draw = |seed, image| {
        RandomMap::default().map(BaselineInput { height: 8, width: 8, seed, image, photo: None }).data
    };
    assert_eq!(draw(1, "a"), draw(1, "a"));
    assert_ne!(draw(1, "a"), draw(1, "b"));
    assert_ne!(draw(1, "a"), draw(2, "a"));
    assert!(draw(3, "c").iter().all(|v| (0.0..1.0).contains(v)));
}

#[test]
fn saliency_is_computed_from_the_image() {
    let data = (0..12 * 10 * 3).map(|at| (at * at % 251) as u8).collect();
    let photo = Rgb { height: 12, width: 10, data };
    let canvas = BaselineInput { height: 12, width: 10, seed: 0, image: "any", photo: Some(&photo) };
    let blind = BaselineInput { photo: None, ..canvas };
    for spec in ["spectral-residual", "fine-grained-saliency"] {
        let spec: CamSpec = serde_json::from_str(&format!("\"{spec}\"")).unwrap();
        let saliency = spec.baseline().unwrap();
        assert!(saliency.needs_photo() && !saliency.is_seeded());
        let map = saliency.map(canvas);
        assert_eq!((map.height, map.width), (12, 10));
        assert!(map.data.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(map.data.iter().any(|value| *value > 0.0));
        assert!(saliency.map(blind).data.iter().all(|value| *value == 0.0));
    }
    assert!(!RandomMap::default().needs_photo() && !CenterGaussian::default().needs_photo());
}
