//! Loading photographs from a tar, against the same files in a folder: images per second and their ratio, in turns.
//!
//! `CAMLAB_SHARED=... cargo bench --bench archives` packs the photographs of `data/tiny-imagenet-10`; without the variable, those
//! of the miniatures in `fixtures/datasets`, many times over.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use camlab::config::FromToml;
use camlab::data::{Batches, Dataset, DatasetSpec, InputSize, InputSpec, Loading, OnBadImage, open};

/// Photographs that are packed.
const COUNT: usize = 5000;
const ROUNDS: usize = 5;

fn main() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (folder, tar) = (place.path().join("photographs"), place.path().join("photographs.tar"));
    let count = pack(&folder, &tar);
    let [folder, tar] = [folder, tar].map(|root| {
        let spec = DatasetSpec::from_toml(&format!("{{ folder = {{ root = '{}' }} }}", root.display()));
        let set: Arc<dyn Dataset> = open(&spec.expect("valid TOML")).expect("the folder is there").into();
        set
    });
    let same = |index: usize| folder.id(index) == tar.id(index) && folder.label(index) == tar.label(index);
    assert!(folder.len() == tar.len() && (0..folder.len()).all(same), "both hold the same photographs");
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let [folder, tar] = [&folder, &tar].map(|set| count as f64 / seconds(set));
        println!(
            "round {round}: folder {folder:.0} images/s, tar {tar:.0} images/s, ratio {:.3}",
            tar / folder
        );
        ratios.push(tar / folder);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.3}", ratios[ROUNDS / 2]);
}

/// Decodes all images in a shuffled order.
fn seconds(set: &Arc<dyn Dataset>) -> f64 {
    // A step that is coprime to the count visits every image.
    let step = (0..).map(|more| 1009 + more).find(|step| gcd(*step, set.len()) == 1).unwrap_or(1);
    let order = (0..set.len()).map(|place| place * step % set.len()).collect();
    let input =
        InputSpec { size: InputSize::square(64), normalise: Default::default(), filter: Default::default() };
    let loading = Loading { on_bad_image: OnBadImage::Convert, ..Loading::new(input, 50) };
    let start = Instant::now();
    let loaded: usize = Batches::new(Arc::clone(set), order, loading)
        .map(|batch| batch.expect("the photographs are sound").indices.len())
        .sum();
    assert_eq!(loaded, set.len());
    start.elapsed().as_secs_f64()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Copies photographs into class folders and into a tar.
fn pack(folder: &Path, tar: &Path) -> usize {
    let shared =
        std::env::var_os("CAMLAB_SHARED").map(|shared| Path::new(&shared).join("data/tiny-imagenet-10"));
    let source = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/datasets"));
    let is_photo = |path: &PathBuf| {
        path.extension()
            .is_some_and(|end| ["jpg", "jpeg"].contains(&end.to_string_lossy().to_lowercase().as_str()))
    };
    let mut photos: Vec<PathBuf> = walkdir::WalkDir::new(source)
        .into_iter()
        .flatten()
        .map(|entry| entry.into_path())
        .filter(is_photo)
        .collect();
    photos.sort();
    let mut archive = tar::Builder::new(std::fs::File::create(tar).expect("the folder can be written"));
    for number in 0..COUNT {
        let name = format!("{:02}/{number:05}.jpg", number % 10);
        let path = folder.join(&name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).expect("the folder can be written");
        std::fs::copy(&photos[number % photos.len()], &path).expect("the folder can be written");
        archive.append_path_with_name(&path, &name).expect("the folder can be written");
    }
    archive.finish().expect("the folder can be written");
    COUNT
}
