//! Max-sensitivity.

use camlab_parts::metric::{Alteration, MaxSensitivity};
use camlab_raster::Map;

use crate::support::golden::{floats, golden, list, near, number, size};
use crate::support::scene::{Scene, first, measured, measurement};

/// Captum's saliency maps of three channels, one above the other in a map of one channel: the norm is over all values.
#[test]
fn changes_are_captums() {
    let captum = &golden()["captum"];
    let (height, width) = (3 * size(&captum["height"]), size(&captum["width"]));
    let map = |value| Map::new(height, width, floats(value));
    let again = list(&captum["sensitivity"]["perturbed"]).iter().map(map).collect();
    let scene = Scene { again, ..Scene::of(map(&captum["sensitivity"]["original"])) };
    let found = first(&measured(&MaxSensitivity::default(), &scene)).expect("a change");
    // Captum computes in f32.
    near(found, number(&captum["sensitivity"]["value"]), 1e-6);
}

#[test]
fn draws_and_radius_are_the_options() {
    let metric = MaxSensitivity { radius: 0.5, samples: 3 };
    let noise = Alteration::Noise { radius: 0.5, draws: 3 };
    assert_eq!(measurement(&metric).explained_again(), Some(noise));
    // |(0, 0.5)| / |(0.6, 0.8)| and |(0.6, 0.8)| / |(0.6, 0.8)|.
    let again = [[0.6, 0.3], [0.0, 0.0], [0.6, 0.8]].map(|data| Map::new(1, 2, data.to_vec()));
    let scene = Scene { again: again[..1].to_vec(), ..Scene::of(Map::new(1, 2, vec![0.6, 0.8])) };
    near(first(&measured(&metric, &scene)).expect("a change"), 0.5, 1e-6);
    let scene = Scene { again: again.to_vec(), ..scene };
    near(first(&measured(&metric, &scene)).expect("a change"), 1.0, 1e-6);
}
