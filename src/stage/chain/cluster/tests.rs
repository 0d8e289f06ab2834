use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::map_file::{MapRow, MapWriter};
use camlab_data::{
    Dataset, DatasetError, Examined, GroundTruth, ImageError, InputSize, InputSpec, OnBadImage,
    PixelNormalisation, ResampleFilter,
};
use camlab_explain::ClassPrediction;
use camlab_parts::cluster::{KMeans, LabelPropagation, SeededKMeans};
use camlab_parts::polynomial::Polynomial;
use camlab_raster::{Flag, Map, Rgb};

/// A data set of two classes without files. Nothing of it may be read but labels, and those only if there are any.
struct ClusteredSet {
    classes: Vec<String>,
    images: usize,
    labels: Vec<usize>,
}

impl ClusteredSet {
    fn of(images: usize, labels: &[usize]) -> Arc<dyn Dataset> {
        Arc::new(Self { classes: vec!["a".into(), "b".into()], images, labels: labels.to_vec() })
    }
}

impl Dataset for ClusteredSet {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn len(&self) -> usize {
        self.images
    }

    fn id(&self, _: usize) -> &str {
        "image"
    }

    fn label(&self, index: usize) -> usize {
        *self.labels.get(index).expect("no label of a test image is read")
    }

    fn photo_as(&self, _: usize, _: OnBadImage) -> Result<Rgb, ImageError> {
        panic!("no image is read")
    }

    fn truth(&self, _: usize) -> Result<GroundTruth, DatasetError> {
        panic!("no box or mask is read")
    }

    fn has_masks(&self) -> bool {
        false
    }

    fn has_boxes(&self) -> bool {
        false
    }

    fn examine(&self) -> Result<Examined, DatasetError> {
        Ok(Examined { digest: String::new(), remarks: Vec::new() })
    }
}

/// An artefact with some maps of 2 x 2 pixels.
fn maps(folder: &Path, maps: &[[f32; 4]]) -> MapReader {
    let mut writer = MapWriter::create(folder).unwrap();
    for (index, map) in maps.iter().enumerate() {
        let prediction = ClassPrediction::new(&[1.0, 0.0], 0, &[0], camlab_nn::ClassProbabilities::Softmax);
        let row = MapRow {
            index,
            target: 0,
            prediction: Some(prediction),
            flag: Flag::None,
            refined_probability: None,
        };
        writer.push(&Map::new(2, 2, map.to_vec()), &row).unwrap();
    }
    writer.finish().unwrap();
    MapReader::open(folder).unwrap()
}

/// One pixel of each class and two of the background in each of three test images.
const TEST: [[[f32; 4]; 3]; 2] = [
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]],
    [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
];
/// Classes of the test images' pixels, 2 for the background.
const TRUE: [u32; 12] = [0, 1, 2, 2, 1, 2, 0, 2, 2, 0, 2, 1];

/// The channels of two labelled images, and their class maps.
const KNOWN: [[[f32; 4]; 2]; 2] =
    [[[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]];
const KNOWN_MAPS: [[f32; 4]; 2] = [[0.9, 0.4, 0.3, 0.1], [0.8, 0.5, 0.2, 0.0]];

fn work(cluster: ClusterSpec, memory: u64) -> Cluster {
    let input = InputSpec {
        size: InputSize::square(2),
        normalise: PixelNormalisation::default(),
        filter: ResampleFilter::default(),
    };
    let images =
        TestImages { input, on_bad_image: OnBadImage::default(), sample: None, range: None, drawn: None };
    let polynomial = Polynomial { degree: 1, ..Polynomial::default() };
    let channels = StackedChannels { images: images.clone(), batch: 1, polynomial, activations: None };
    let labelled = cluster.labelled().map(|_| images);
    Cluster { channels, cluster, memory: Budget(memory), seed: 0, labelled }
}

/// The pool of a clustering and its clusters.
fn clustered(work: &Cluster) -> anyhow::Result<(Pool, Found)> {
    let folder = tempfile::tempdir().unwrap();
    let reader = |name: &str, own: &[[f32; 4]]| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        maps(&place, own)
    };
    let channels = &work.channels;
    let mut test = Stacks::of_maps(
        ClusteredSet::of(3, &[]),
        channels,
        vec![reader("a", &TEST[0]), reader("b", &TEST[1])],
        Vec::new(),
    )?;
    let own = vec![reader("known-a", &KNOWN[0]), reader("known-b", &KNOWN[1])];
    let mut known = LabelledImages {
        stacks: Stacks::of_maps(ClusteredSet::of(2, &[0, 1]), channels, own, Vec::new())?,
        maps: reader("known-maps", &KNOWN_MAPS),
    };
    let labelled = work.labelled.is_some().then_some(&mut known);
    let pool = work.pool(&mut test, labelled, &mut || Ok(()))?;
    let input = ClusterInput { points: &pool.points, seeds: &pool.known, seed: work.seed };
    let found = work.cluster.find(input, pool.reduce.clone())?;
    Ok((pool, found))
}

/// One object pixel and one of the background in every labelled image.
fn options() -> Labelled {
    Labelled { object: 0.25, background: 0.25, ..Labelled::default() }
}

fn seeded() -> ClusterSpec {
    ClusterSpec::SeededKMeans(SeededKMeans { k: 3, labelled: options(), ..SeededKMeans::default() })
}

#[test]
fn labelled_pixels_of_other_images_name_the_clusters_of_the_test_images() {
    let spread = LabelPropagation { labelled: options(), neighbours: 2, ..LabelPropagation::default() };
    for cluster in [seeded(), ClusterSpec::LabelPropagation(spread)] {
        let (pool, found) = clustered(&work(cluster, 1000)).unwrap();
        assert_eq!((pool.test, pool.points.count()), (12, 16));
        // Object and background of the first labelled image, then of the second.
        assert_eq!(pool.known[12..], [Some(0), Some(2), Some(1), Some(2)]);
        assert!(pool.known[..12].iter().all(Option::is_none), "no test pixel has a known label");
        assert_eq!(found.clusters.labels, [Some(0), Some(1), Some(2)]);
        assert_eq!(found.labels[..12], TRUE);
    }
}

#[test]
fn statistics_count_the_pixels_of_test_images() {
    let (pool, found) = clustered(&work(seeded(), 1000)).unwrap();
    let rows = rows(&found, &pool.points, pool.test, &["a".into(), "b".into()]);
    let label = |row: &ClusterRow| row.label.clone().unwrap();
    assert_eq!(rows.iter().map(label).collect::<Vec<_>>(), ["a", "b", BACKGROUND]);
    assert_eq!(rows.iter().map(|row| row.pixels).collect::<Vec<_>>(), [3, 3, 6]);
    assert_eq!(rows.iter().map(|row| row.share).collect::<Vec<_>>(), [0.25, 0.25, 0.5]);
    assert_eq!(summary(&seeded(), &found, &pool, 2).pixels, 12);
}

#[test]
fn the_budget_covers_labelled_pixels_too() {
    // 16 vectors of 2 numbers.
    assert!(clustered(&work(seeded(), 128)).is_ok());
    let told = clustered(&work(seeded(), 127)).err().unwrap().to_string();
    assert!(told.contains("16 pixel vectors of 2 numbers"), "{told}");
    let plain = ClusterSpec::KMeans(KMeans { k: 3, ..KMeans::default() });
    assert!(clustered(&work(plain, 96)).is_ok());
}
