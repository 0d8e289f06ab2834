//! Any bytes as an ONNX file.
#![no_main]

mod largest;

use std::path::Path;

use camlab_onnx::{ImportOptions, OnnxModel, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    largest::bounded(bytes, || {
        let Ok(model) = OnnxModel::decode(bytes.to_vec(), Path::new("/nowhere/net.onnx")) else { return };
        let _ = model.contents();
        for size in [None, Some([32, 24])] {
            let options = ImportOptions { size, colour: size.is_some(), ..ImportOptions::default() };
            let _ = import(&model, &options);
        }
    });
});
