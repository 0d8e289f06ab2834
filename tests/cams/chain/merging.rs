use crate::support::small::{CLASSES, SIZE, images, network};
use camlab::engine::{Engine, EngineOptions, Precision, Variants};
use camlab::parts::cam::{MaskScaling, MemoryBudget};
use camlab::parts::merge::{
    Assign, Divided, DivisionState, Merge, Otherwise, SubMapJoin, SubMapScale, confidences,
};
use camlab::raster::{Interpolation, Map, min_max, resize};
use proptest::prelude::*;

const GRID: (usize, usize) = (5, 4);

/// Four hard sub-maps: two halves of the grid, one pixel that is the least, and none at all.
fn divided() -> Divided {
    let (height, width) = GRID;
    let map: Vec<f32> = (0..height * width).map(|at| ((at * 7) % 11) as f32 - 2.0).collect();
    let least = map.iter().position(|value| *value == -2.0).unwrap();
    let memberships = (0..height * width).flat_map(|at| {
        let own = if at == least { 2 } else { usize::from(at % width >= 2) };
        (0..4).map(move |cluster| f32::from(u8::from(cluster == own)))
    });
    Divided::new(&Map::new(height, width, map), &memberships.collect::<Vec<_>>(), 4)
}

/// The probabilities by a pass of its own for every sub-map.
fn one_by_one(divided: &Divided, engine: &Engine, image: &[f32]) -> Vec<Option<Vec<f64>>> {
    let [height, width] = SIZE;
    (0..divided.count)
        .map(|at| {
            (divided.states[at] == DivisionState::Present).then(|| {
                let mask = min_max(&resize(&divided.map(at), height, width, Interpolation::Bilinear));
                let masked: Vec<f32> = image
                    .chunks(3)
                    .zip(&mask.data)
                    .flat_map(|(pixel, mask)| pixel.iter().map(move |v| v * mask))
                    .collect();
                let images = camlab::nn::Images { pixels: masked.into(), count: 1, height, width };
                let logits = engine.forward(&images, &[]).unwrap().logits;
                let most = logits.iter().copied().fold(f32::MIN, f32::max);
                let all: Vec<f64> = logits.iter().map(|logit| f64::from(logit - most).exp()).collect();
                let total: f64 = all.iter().sum();
                all.iter().map(|value| value / total).collect()
            })
        })
        .collect()
}

fn engine() -> Engine {
    let options = EngineOptions { precision: Precision::F32, size: SIZE, batch: 8, keep: Vec::new() };
    Engine::freeze(&network(), options).unwrap()
}

#[test]
fn sub_maps_know_whether_there_is_anything_in_them() {
    let divided = divided();
    assert_eq!(
        divided.states,
        [DivisionState::Present, DivisionState::Present, DivisionState::Flat, DivisionState::Absent]
    );
    assert!((divided.shares.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    assert_eq!(divided.shares[2..], [0.0, 0.0]);
}

#[test]
fn confidences_are_those_of_passes_one_by_one_whatever_the_memory() {
    let (divided, engine, images) = (divided(), engine(), images(1));
    let wanted = one_by_one(&divided, &engine, &images.pixels);
    let variants = Variants::new(&engine, &images.pixels, SIZE).unwrap();
    let mut before = None;
    for memory in [MemoryBudget::Passes(1), MemoryBudget::Passes(3), MemoryBudget::default()] {
        let found = confidences(&divided, variants, MaskScaling::AfterUpsampling, memory).unwrap();
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found.is_some(), wanted.is_some());
            for (found, wanted) in found.iter().flatten().zip(wanted.iter().flatten()) {
                assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
            }
        }
        assert!(before.is_none_or(|before| before == found), "{memory}");
        before = Some(found);
    }
}

#[test]
fn a_merged_map_is_what_its_equation_says() {
    let (divided, engine, images) = (divided(), engine(), images(1));
    let variants = Variants::new(&engine, &images.pixels, SIZE).unwrap();
    let seen = confidences(&divided, variants, MaskScaling::default(), MemoryBudget::default()).unwrap();
    let class = |at: usize| {
        let all = seen[at].as_ref().unwrap();
        (0..CLASSES).max_by(|a, b| all[*a].total_cmp(&all[*b])).unwrap()
    };
    for target in 0..CLASSES {
        for join in [SubMapJoin::WeightedSum, SubMapJoin::Max, SubMapJoin::Union] {
            let merge = Merge { join, ..Merge::default() };
            let merged = merge.apply(&divided, &seen, target);
            assert_eq!(merged.assigned, [Some(class(0)), Some(class(1)), None, None]);
            let members: Vec<usize> = (0..2).filter(|at| class(*at) == target).collect();
            assert_eq!(merged.fell_back(), members.is_empty());
            let members = if members.is_empty() { vec![0, 1] } else { members };
            for (pixel, found) in merged.target.map.data.iter().enumerate() {
                let parts = members.iter().map(|at| {
                    let scaled = f64::from(min_max(&divided.map(*at)).data[pixel]);
                    match join {
                        SubMapJoin::Union => scaled,
                        _ => scaled * seen[*at].as_ref().unwrap()[target],
                    }
                });
                let wanted = match join {
                    SubMapJoin::WeightedSum => parts.sum::<f64>(),
                    _ => parts.fold(0.0, f64::max),
                };
                assert!((f64::from(*found) - wanted).abs() < 1e-6);
            }
        }
    }
}

/// A class map divided among clusters and joined again is the class map, if the sub-maps keep their proportions.
#[test]
fn sub_maps_of_one_scale_join_to_the_class_map() {
    let divided = divided();
    let seen = vec![Some(vec![1.0; CLASSES]); divided.count];
    let merge = Merge { assign: Assign::Target, scale: SubMapScale::Image, ..Merge::default() };
    let undivided: Vec<f32> =
        divided.energies.chunks_exact(divided.count).map(|row| row.iter().sum()).collect();
    let largest = divided.energies.iter().copied().fold(0.0, f32::max);
    let merged = merge.apply(&divided, &seen, 1);
    for (found, whole) in merged.target.map.data.iter().zip(&undivided) {
        assert!((found - whole / largest).abs() < 1e-6, "{found} {whole}");
    }
    let each = Merge { scale: SubMapScale::SubMap, ..merge }.apply(&divided, &seen, 1);
    assert!(each.target.map.data != merged.target.map.data);
}

#[test]
fn ranks_follow_confidence_and_every_rule_has_its_way() {
    let divided = divided();
    let seen = vec![Some(vec![0.2, 0.7, 0.1]), Some(vec![0.5, 0.3, 0.2]), None, None];
    let merge = Merge::default();
    let merged = merge.apply(&divided, &seen, 1);
    assert_eq!(merged.ranks, [Some(1), Some(2), None, None]);
    assert_eq!(merged.target.joined, [0]);
    let by_target = Merge { assign: Assign::Target, ..merge.clone() }.apply(&divided, &seen, 2);
    assert_eq!((by_target.assigned[0], by_target.ranks[0], by_target.fell_back()), (Some(2), Some(2), false));
    let alone = Merge { otherwise: Otherwise::Stack, ..merge.clone() }.apply(&divided, &seen, 2);
    assert!(alone.fell_back() && alone.target.joined.is_empty());
    let whole: f32 = divided.energies.iter().sum();
    assert!((alone.target.map.data.iter().sum::<f32>() - whole).abs() < 1e-3);
    assert!(merge.apply(&divided, &seen, 2).fell_back());
    let nothing = merge.apply(&divided, &[None, None, None, None], 0);
    assert!(nothing.fell_back() && nothing.target.map.data.iter().all(|value| *value == 0.0));
    assert_eq!((nothing.target.confidence, nothing.others.len()), (None, 0));
}

#[test]
fn every_class_with_a_sub_map_has_its_final_map() {
    let divided = divided();
    let seen = vec![Some(vec![0.2, 0.3, 0.5]), Some(vec![0.9, 0.1, 0.0]), None, None];
    let found = |target| {
        let merged = Merge::default().apply(&divided, &seen, target);
        let maps = merged.by_rank().into_iter();
        maps.map(|map| (map.class, map.rank, map.confidence, map.joined.clone())).collect::<Vec<_>>()
    };
    let (first, second) = ((0, Some(1), Some(0.9), vec![1]), (2, Some(2), Some(0.5), vec![0]));
    assert_eq!(found(0), [first.clone(), second.clone()]);
    assert_eq!(found(2), [first.clone(), second.clone()]);
    // The target class has none: it has no rank, and its map is made of all sub-maps.
    assert_eq!(found(1), [first, second, (1, None, Some(0.3), vec![0, 1])]);
    let maps = |target| Merge::default().apply(&divided, &seen, target);
    assert_eq!(maps(0).target.map, maps(1).others[0].map, "whatever the target is");
    // On a tie the lower class is first.
    let seen = vec![Some(vec![0.0, 0.4, 0.6]), Some(vec![0.6, 0.4, 0.0]), None, None];
    let merged = Merge::default().apply(&divided, &seen, 2);
    assert_eq!((merged.others[0].class, merged.others[0].rank, merged.target.rank), (0, Some(1), Some(2)));
    // By target, there is one class.
    let by_target = Merge { assign: Assign::Target, ..Merge::default() }.apply(&divided, &seen, 1);
    assert_eq!((by_target.others.len(), by_target.target.rank), (0, Some(1)));
}

proptest! {
    #[test]
    fn sub_maps_sum_to_the_class_map(
        map in prop::collection::vec(-4.0f32..4.0, 12),
        shares in prop::collection::vec(0.01f32..1.0, 36),
        hard: bool,
    ) {
        let memberships: Vec<f32> = shares.chunks(3).flat_map(|row| {
            let (total, most) = (row.iter().sum::<f32>(), row.iter().copied().fold(0.0, f32::max));
            let place = row.iter().position(|share| *share == most);
            row.iter().enumerate().map(|(at, share)| match hard {
                true => f32::from(u8::from(place == Some(at))),
                false => share / total,
            }).collect::<Vec<_>>()
        }).collect();
        let map = Map::new(3, 4, map);
        let least = map.data.iter().copied().fold(f32::INFINITY, f32::min);
        let divided = Divided::new(&map, &memberships, 3);
        prop_assert!(divided.energies.iter().all(|value| *value >= 0.0));
        for (row, value) in divided.energies.chunks(3).zip(&map.data) {
            prop_assert!((row.iter().sum::<f32>() - (value - least)).abs() < 1e-4);
        }
    }
}
