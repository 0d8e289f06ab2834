//! Checks the names in a PyTorch file before it is parsed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::known::is_known;
use super::walk;

/// The largest pickle of a zip, which may be compressed: the reader's own limit.
const LARGEST_PICKLE: u64 = pytorch_reader::MAX_PICKLE_SIZE;

/// Limit on the size of an unpacked pickle, in multiples of the file's size, and the least one.
const UNPACKED: u64 = 8;
const LEAST_UNPACKED: u64 = 1 << 20;

/// The magic number of the legacy format, `0x1950a86a20f9469cfc6c`, as written by pickle protocols from 2 on,
/// and by earlier ones.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const MAGIC_TEXT: &[u8] = b"119547037146038801333356";

/// Pickles of a legacy file: magic number, protocol, machine, object, storage keys.
const LEGACY_PICKLES: usize = 5;

/// Returns an error if a PyTorch file names anything that a checkpoint of weights does not need, or holds no
/// valid pickle.
pub(super) fn file(file: &mut File) -> Result<(), String> {
    let mut header = Vec::new();
    file.by_ref().take(512).read_to_end(&mut header).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    if header.get(257..262) == Some(b"ustar") {
        return Err(
            "it is a tar file, which PyTorch wrote before 0.1.10; load it there and save it again".into()
        );
    }
    if header.starts_with(b"PK") {
        let size = file.metadata().map_err(|error| error.to_string())?.len();
        return archive(file, size);
    }
    let magic = &header[..header.len().min(64)];
    let legacy = magic.windows(MAGIC.len()).any(|bytes| bytes == MAGIC)
        || magic.windows(MAGIC_TEXT.len()).any(|bytes| bytes == MAGIC_TEXT);
    let mut reader = BufReader::new(file);
    for _ in 0..if legacy { LEGACY_PICKLES } else { 1 } {
        pickle(&mut reader)?;
    }
    Ok(())
}

fn pickle(reader: &mut impl BufRead) -> Result<(), String> {
    walk::names(reader, &mut |module, name| match unsupported(module, name) {
        Some(reason) => Err(reason),
        None if is_known(module, name) => Ok(()),
        None => Err(format!(
            "it asks to load and call `{module}.{name}`, which no checkpoint of weights needs; nothing was executed. \
             If you trust the file, load it with PyTorch and save `model.state_dict()` alone"
        )),
    })
}

/// Words for what checkpoints may hold and no network of camlab has; `None` for any other name.
fn unsupported(module: &str, name: &str) -> Option<String> {
    let held = match (module, name) {
        ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor")
        | ("torch.serialization", "_get_layout") => ("a sparse tensor", "tensor.to_dense()"),
        ("torch", name) if name.starts_with("sparse_") => ("a sparse tensor", "tensor.to_dense()"),
        ("torch._utils", "_rebuild_qtensor") => ("a quantised tensor", "tensor.dequantize()"),
        ("torch._utils", "_rebuild_nested_tensor") => ("a nested tensor", "tensor.to_padded_tensor(0.0)"),
        ("torch", name) if name.starts_with("float8_") => ("a tensor of 8-bit floats", "tensor.float()"),
        ("torch", name) if name.starts_with("complex") || name.starts_with("Complex") => {
            ("a complex tensor", "torch.view_as_real(tensor)")
        }
        ("torch", name) if name.starts_with('q') => ("a quantised tensor", "tensor.dequantize()"),
        (module, _) if module.starts_with("__torch__") => return Some(TORCHSCRIPT.into()),
        _ => return None,
    };
    let (what, conversion) = held;
    Some(format!("it holds {what} (`{module}.{name}`), which is not supported; store `{conversion}` instead"))
}

const TORCHSCRIPT: &str = "it is a TorchScript module (`torch.jit.save`), a program beside its weights; load it with \
    `torch.jit.load`, and save `module.state_dict()` with `torch.save`, or export the network to ONNX";

/// Names of entries by which zip files of other programs are known, and words for them.
const OTHER_ARCHIVES: [(&str, &str); 5] = [
    ("constants.pkl", TORCHSCRIPT),
    (
        "serialized_exported_program.json",
        "it is an exported program (`torch.export.save`); save `module.state_dict()` with `torch.save`, or export the \
         network to ONNX",
    ),
    (
        "models/model.json",
        "it is an exported program (`torch.export.save`); save `module.state_dict()` with `torch.save`, or export the \
         network to ONNX",
    ),
    (
        "model.weights.h5",
        "it is a Keras model; export it to ONNX, and write backbone = { onnx = { file = \"...\" } }",
    ),
    (".npy", "it is an archive of NumPy arrays (`numpy.savez`); save them as safetensors"),
];

/// Bytes at the end of a zip file in which the names of its entries are looked for.
const TAIL: u64 = 1 << 16;

/// Words for a zip file that cannot be opened: another program's, if the names at its end say so.
fn unreadable(file: &mut File, size: u64, error: &zip::result::ZipError) -> String {
    let mut tail = Vec::new();
    let start = SeekFrom::Start(size.saturating_sub(TAIL));
    let read = file.seek(start).and_then(|_| file.take(TAIL).read_to_end(&mut tail));
    let holds = |name: &str| tail.windows(name.len()).any(|bytes| bytes == name.as_bytes());
    let other = OTHER_ARCHIVES.iter().find(|(name, _)| read.is_ok() && holds(name));
    match (other, error) {
        (Some((_, what)), _) => (*what).to_owned(),
        (None, zip::result::ZipError::InvalidArchive(_)) => {
            format!("{error}: the zip file is damaged or truncated")
        }
        (None, error) => error.to_string(),
    }
}

/// Checks a zip file of `size` bytes.
fn archive(file: &mut File, size: u64) -> Result<(), String> {
    let mut archive = match ZipArchive::new(BufReader::new(&mut *file)) {
        Ok(archive) => archive,
        Err(error) => return Err(unreadable(file, size, &error)),
    };
    if archive.has_duplicate_names() {
        return Err("its zip file has two entries of the same name".into());
    }
    let mut pickles = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(format!("its zip file has an entry `{name}` that points outside the archive"));
        }
        if let Some((_, what)) = OTHER_ARCHIVES.iter().find(|(end, _)| name.ends_with(end)) {
            return Err((*what).to_owned());
        }
        if name.ends_with("data.pkl") {
            pickles.push(index);
        }
    }
    if pickles.is_empty() {
        return Err("its zip file has no `data.pkl`, in which PyTorch writes the names of the tensors".into());
    }
    for index in pickles {
        let entry = archive.by_index(index).map_err(|error| error.to_string())?;
        // A compressed pickle of names is not much larger than the file; a bomb is.
        let most = size.saturating_mul(UNPACKED).clamp(LEAST_UNPACKED, LARGEST_PICKLE);
        let mut reader = BufReader::new(entry.take(most + 1));
        pickle(&mut reader)?;
        std::io::copy(&mut reader, &mut std::io::sink()).map_err(|error| error.to_string())?;
        if reader.into_inner().limit() == 0 {
            return Err(format!("its `data.pkl` unpacks to more than {most} bytes, the file having {size}"));
        }
    }
    Ok(())
}
