use std::io::Write as _;

use proptest::prelude::*;

use super::*;

/// A folder with the same files as folder, ZIP (stored and deflated) and tar.
fn trees() -> (tempfile::TempDir, Vec<PathBuf>) {
    let place = tempfile::tempdir().unwrap();
    let files =
        [("b/2.txt", "two".repeat(100)), ("a.txt", "one".to_owned()), ("b/c/é.txt", "three".to_owned())];
    let mut zip = zip::ZipWriter::new(std::fs::File::create(place.path().join("tree.ZIP")).unwrap());
    let mut tar = tar::Builder::new(std::fs::File::create(place.path().join("tree.tar")).unwrap());
    for (name, text) in &files {
        let path = place.path().join("tree").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let method = match text.len() > 100 {
            true => zip::CompressionMethod::Deflated,
            false => zip::CompressionMethod::Stored,
        };
        zip.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        tar.append_path_with_name(&path, format!("./{name}")).unwrap();
    }
    zip.start_file("__MACOSX/._a.txt", zip::write::SimpleFileOptions::default()).unwrap();
    zip.add_directory("empty/", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    tar.finish().unwrap();
    let roots = ["tree", "tree.ZIP", "tree.tar"].map(|name| place.path().join(name)).to_vec();
    (place, roots)
}

#[test]
fn archives_are_read_as_folders() {
    let (_place, roots) = trees();
    for root in roots {
        assert_eq!(below(&root, None).unwrap(), ["a.txt", "b/2.txt", "b/c/é.txt"], "{root:?}");
        assert_eq!(below(&root.join("b"), None).unwrap(), ["2.txt", "c/é.txt"]);
        assert_eq!(below(&root, Some(&root.join("b"))).unwrap(), ["a.txt"]);
        assert_eq!(read(&root.join("b/2.txt")).unwrap(), "two".repeat(100).as_bytes());
        assert_eq!(read(&root.join("b/c/e\u{301}.txt")).unwrap(), b"three");
        assert_eq!(read(&root.join("b/3.txt")).unwrap_err().kind(), io::ErrorKind::NotFound);
        let beside = root.join("b/../../tree/a.txt");
        assert_eq!(read(&beside).unwrap(), b"one");
        let there = ["a.txt", "b", "b/c/é.txt", "none"].map(|name| is_file(&root.join(name)));
        assert_eq!(there, [true, false, true, false]);
        assert!(is_folder(&root) && is_folder(&root.join("b/c")) && !is_folder(&root.join("b/2.txt")));
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        assert!(stamp(&root.join("a.txt"), later).is_some());
    }
}

#[test]
fn damaged_and_compressed_archives_are_errors_that_name_them() {
    let (place, roots) = trees();
    for root in &roots[1..] {
        let bytes = std::fs::read(root).unwrap();
        std::fs::write(root, &bytes[..300]).unwrap();
        let error = below(root, None).unwrap_err().to_string();
        assert!(error.contains("is not a whole"), "{error}");
        assert!(!is_file(&root.join("a.txt")));
    }
    let compressed = place.path().join("tree.tar.gz");
    std::fs::write(&compressed, b"x").unwrap();
    let error = read(&compressed.join("a.txt")).unwrap_err().to_string();
    assert!(error.contains("compressed as a whole"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_an_archive_or_an_error(cut in 0usize..20_000, at in 0usize..20_000, value: u8) {
        let (_place, roots) = trees();
        for root in &roots[1..] {
            let mut bytes = std::fs::read(root).unwrap();
            bytes.truncate(cut);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            std::fs::write(root, &bytes).unwrap();
            for name in below(root, None).unwrap_or_default() {
                let _ = read(&root.join(name));
            }
        }
    }
}
