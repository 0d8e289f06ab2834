//! Pickles and PyTorch files put together byte by byte.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Joins pieces of a pickle.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// `BINUNICODE`.
pub fn text(text: &str) -> Vec<u8> {
    join(&[b"X", &(text.len() as u32).to_le_bytes(), text.as_bytes()])
}

/// `LONG1` of eight bytes.
pub fn int(value: i64) -> Vec<u8> {
    join(&[&[0x8a, 8], &value.to_le_bytes()])
}

/// A tuple of whole numbers.
pub fn ints(values: &[i64]) -> Vec<u8> {
    join(&[b"(", &values.iter().flat_map(|value| int(*value)).collect::<Vec<u8>>(), b"t"])
}

/// `GLOBAL`.
pub fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// A call: `REDUCE` of what is named, with one text.
pub fn call(module: &str, name: &str, argument: &str) -> Vec<u8> {
    join(&[&global(module, name), b"(", &text(argument), b"tR"])
}

/// A storage by its persistent id.
pub fn storage(class: &str, key: &str, count: i64) -> Vec<u8> {
    let class = global("torch", class);
    join(&[b"(", &text("storage"), &class, &text(key), &text("cpu"), &int(count), b"tQ"])
}

/// A tensor over a storage.
pub fn tensor(storage: &[u8], offset: i64, shape: &[i64], stride: &[i64]) -> Vec<u8> {
    let rebuild = global("torch._utils", "_rebuild_tensor_v2");
    let hooks = join(&[&global("collections", "OrderedDict"), b")R"]);
    join(&[&rebuild, b"(", storage, &int(offset), &ints(shape), &ints(stride), &[0x89], &hooks, b"tR"])
}

/// Four floats under the key `0`.
pub fn four() -> Vec<u8> {
    tensor(&storage("FloatStorage", "0", 4), 0, &[4], &[1])
}

/// A dictionary.
pub fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = entries.iter().flat_map(|(key, value)| join(&[&text(key), value])).collect();
    join(&[b"}(", &items, b"u"])
}

/// A whole pickle: protocol 2, the value, `STOP`.
pub fn pickle(value: &[u8]) -> Vec<u8> {
    join(&[&[0x80, 2], value, b"."])
}

/// A state with one good tensor and another entry.
pub fn beside(value: Vec<u8>) -> Vec<u8> {
    pickle(&dict(&[("weight", four()), ("other", value)]))
}

const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The parts of a legacy file.
pub struct Legacy {
    pub magic: Vec<u8>,
    pub protocol: Vec<u8>,
    pub system: Vec<u8>,
    pub object: Vec<u8>,
    pub keys: Vec<u8>,
    pub data: Vec<u8>,
}

impl Legacy {
    /// A good file around an object; one storage `0` of four floats.
    pub fn new(object: Vec<u8>) -> Self {
        let floats: Vec<u8> = [1f32, 2.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        Self {
            magic: pickle(&join(&[&[0x8a, 10], &MAGIC])),
            protocol: pickle(&int(1001)),
            system: pickle(&dict(&[("protocol_version", int(1001)), ("little_endian", vec![0x88])])),
            object,
            keys: pickle(&join(&[b"](", &text("0"), b"e"])),
            data: join(&[&4i64.to_le_bytes(), &floats]),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        join(&[&self.magic, &self.protocol, &self.system, &self.object, &self.keys, &self.data])
    }
}

/// A zip of entries; `deflated` compresses them.
pub fn zip(entries: &[(&str, &[u8])], deflated: bool) -> Vec<u8> {
    let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options).expect("an entry");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("a zip").into_inner()
}

/// A good zip around an object.
pub fn zipped(object: &[u8]) -> Vec<u8> {
    let floats: Vec<u8> = [1f32, 2.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    zip(
        &[
            ("archive/data.pkl", object),
            ("archive/byteorder", b"little"),
            ("archive/data/0", &floats),
            ("archive/version", b"3\n"),
        ],
        false,
    )
}
