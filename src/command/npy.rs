use std::path::Path;

use anyhow::Context as _;
use camlab::base::file;
use npyz::WriterBuilder as _;

/// Writes row-major `data` of the given shape as an NPY file of `f32`.
pub fn write_npy(path: &Path, shape: &[usize], data: &[f32]) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    let shape: Vec<u64> = shape.iter().map(|side| *side as u64).collect();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd()?;
    writer.extend(data.iter().copied())?;
    writer.finish()?;
    replace(path, &bytes)
}

/// Reads shape and row-major values of an NPY file of `f32`.
pub fn read_npy(path: &Path) -> anyhow::Result<(Vec<usize>, Vec<f32>)> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let wrong = || format!("{} is not an NPY file of little-endian f32 in C order", path.display());
    let file = npyz::NpyFile::new(std::io::BufReader::new(file)).with_context(wrong)?;
    anyhow::ensure!(file.order() == npyz::Order::C, wrong());
    let shape = file.shape().iter().map(|side| *side as usize).collect();
    let data = file.data::<f32>().with_context(wrong)?.collect::<Result<_, _>>().with_context(wrong)?;
    Ok((shape, data))
}

/// Writes a file atomically: it appears completely or not.
pub fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    file::replace(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
