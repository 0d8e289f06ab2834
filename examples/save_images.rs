//! The test images of an experiment as PNG files, for programs that make maps of them:
//! `cargo run --release --example save_images -- experiments/external-maps.toml images`.

use std::path::PathBuf;

use anyhow::Context as _;
use camlab::raster::encode;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: save_images FILE.toml FOLDER";
    let file = PathBuf::from(arguments.next().context(usage)?);
    let folder = PathBuf::from(arguments.next().context(usage)?);
    let document = camlab::run::open(&file)?;
    let cells = camlab::plan::cells(&document)?;
    let data = &cells.first().context("the experiment has no cell")?.experiment.data;
    let set = camlab::data::open(&data.test)?;
    for index in 0..set.len() {
        let photo = set.photo_as(index, data.on_bad_image)?;
        let path = folder.join(format!("{}.png", set.id(index)));
        let parent = path.parent().context("a folder")?;
        std::fs::create_dir_all(parent)?;
        std::fs::write(&path, encode::png(&photo)?)?;
    }
    println!("{} images in {}", set.len(), folder.display());
    Ok(())
}
