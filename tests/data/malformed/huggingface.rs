use super::{Read, Refused, case, compare};
use crate::dataset::fixture;

#[test]
fn huggingface() {
    let plain = std::fs::read(fixture("datasets/huggingface/plain.parquet")).unwrap();
    let shard = std::fs::read(fixture("datasets/huggingface/data/train-00000-of-00002.parquet")).unwrap();
    let damaged: Vec<u8> = shard
        .iter()
        .enumerate()
        .map(|(i, byte)| if (200..1200).contains(&i) { !byte } else { *byte })
        .collect();
    let file = "train.parquet";
    let cases = vec![
        case("file that ends early", file, &shard[..5000], Refused),
        case("empty file", file, "", Refused),
        case("no Parquet", file, "image,label\n", Refused),
        case("damaged pages", file, damaged, Refused),
        case("column of labels that is not known", file, &plain, Refused),
        case("column of labels by its name", file, &plain, Read).with(", label = 'kind'"),
        case("column that is not there", file, &shard, Refused).with(", label = 'class'"),
        case("column of images that is not there", file, &shard, Refused).with(", image = 'picture'"),
        case("labels as images", file, &shard, Refused).with(", image = 'label'"),
        case("fewer classes than labels", file, &shard, Refused).with(", classes = ['cat', 'dog']"),
        case("split that is not there", file, &shard, Refused).with(", split = 'test'"),
        case("shards of other columns", "other.parquet", &plain, Refused),
        case("no shard", file, "(gone)", Refused),
    ];
    compare("huggingface", "", &[], &[(file, &shard)], cases);
}
