//! Files of images in a folder.

use std::path::Path;

use camlab_mapfile::{
    FilePattern, FoundMaps, MapFolder, MapFolderError, MapFormat, NameSample, PatternImage,
};

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"").unwrap();
    }
    folder
}

fn find(root: &Path, pattern: &str, ids: &[&str]) -> Result<FoundMaps, MapFolderError> {
    let pattern = FilePattern::new(pattern).unwrap();
    let image = |(i, id)| PatternImage { id, class: ["tench", "hen"][i % 2], class_index: i % 2 };
    MapFolder::open(root, MapFormat::Npy)?.find(&pattern, ids.iter().copied().enumerate().map(image))
}

fn names(sample: &NameSample) -> Vec<&str> {
    sample.first.iter().map(String::as_str).collect()
}

/// The layout of wsolevaluation's `--scoremap_root`: `os.path.join(root, image_id + ".npy")`.
#[test]
fn files_of_the_usual_layout_are_found() {
    let ids = ["val2/0/995.jpeg", "val2/1/995.jpeg", "val2/1/7.jpeg"];
    let folder = folder(&[
        "val2/0/995.jpeg.npy",
        "val2/1/995.jpeg.npy",
        "val2/9/8.jpeg.npy",
        "log.txt",
        ".x/y.npy",
        "._a.npy",
    ]);
    let found = find(folder.path(), FilePattern::usual(MapFormat::Npy).as_str(), &ids).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found.path(0).unwrap(), folder.path().join("val2/0/995.jpeg.npy"));
    assert_eq!(found.path(1).unwrap(), folder.path().join("val2/1/995.jpeg.npy"));
    assert_eq!((found.path(2), found.path(3)), (None, None));
    assert_eq!((found.missing.count, names(&found.missing)), (1, vec!["val2/1/7.jpeg"]));
    assert_eq!((found.surplus.count, names(&found.surplus)), (1, vec!["val2/9/8.jpeg.npy"]));
    let files: Vec<_> = found.files().map(|(name, path)| (name.to_owned(), path)).collect();
    assert_eq!(files[1], ("val2/1/995.jpeg.npy".to_owned(), folder.path().join("val2/1/995.jpeg.npy")));
    assert_eq!(files.len(), 2);
}

#[test]
fn other_layouts_are_found() {
    let files = folder(&["tench/a.npy", "hen/b.npy", "0_a.NPY", "1_b.NPY", "x/a.npy", "x/b.npy"]);
    let ids = ["x/a.jpg", "x/b.jpg"];
    for pattern in ["{class}/{stem}.npy", "{class-index}_{stem}.NPY", "{path}.npy"] {
        let found = find(files.path(), pattern, &ids).unwrap();
        assert_eq!((found.missing.count, found.surplus.count), (0, 4), "{pattern}");
    }
}

#[test]
fn two_images_with_one_file_are_an_error_that_names_both() {
    let files = folder(&["a.npy"]);
    let message = find(files.path(), "{stem}.npy", &["x/a.jpg", "y/a.jpg"]).unwrap_err().to_string();
    for part in ["`x/a.jpg` and `y/a.jpg`", "a.npy", "pattern = \"{stem}.npy\"", "{path}"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(find(files.path(), "{stem}.npy", &["x/b.jpg", "y/b.jpg"]).unwrap().missing.count, 2);
}

#[test]
fn five_names_stand_for_all() {
    let many: Vec<String> = (0..12).map(|i| format!("{i:02}.npy")).collect();
    let files = folder(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let found = find(files.path(), "{stem}.npy", &["a", "b", "c", "d", "e", "f"]).unwrap();
    assert_eq!((found.missing.count, names(&found.missing)), (6, vec!["a", "b", "c", "d", "e"]));
    assert_eq!(found.surplus.count, 12);
    assert_eq!(found.surplus.to_string(), "`00.npy`, `01.npy`, `02.npy`, `03.npy`, `04.npy` and 7 more");
}

#[test]
fn composed_and_decomposed_names_match_unless_both_exist() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let ids = |stem: &str| [format!("{stem}.jpg")];
    for (stored, asked) in [(composed, decomposed), (decomposed, composed)] {
        let files = folder(&[&format!("{stored}.npy")]);
        let found = find(files.path(), "{stem}.npy", &[&ids(asked)[0]]).unwrap();
        assert_eq!(found.path(0).unwrap(), files.path().join(format!("{stored}.npy")));
        assert_eq!(found.surplus.count, 0);
    }
    let files = folder(&[&format!("{composed}.npy"), &format!("{decomposed}.npy")]);
    let found = find(files.path(), "{stem}.npy", &[&ids(decomposed)[0], &ids(composed)[0]]).unwrap();
    assert_eq!(found.path(0).unwrap(), files.path().join(format!("{decomposed}.npy")));
    assert_eq!(found.path(1).unwrap(), files.path().join(format!("{composed}.npy")));
}

#[test]
fn ids_do_not_lead_out_of_the_folder() {
    let files = folder(&["maps/a.npy", "b.npy"]);
    let found = find(&files.path().join("maps"), "{id}.npy", &["../b", "/b", "a"]).unwrap();
    assert_eq!((found.missing.count, found.surplus.count), (2, 0));
}

#[test]
fn a_folder_that_is_none_names_the_key() {
    let files = folder(&["a.npy"]);
    for root in [files.path().join("none"), files.path().join("a.npy")] {
        let message = MapFolder::open(&root, MapFormat::Npy).unwrap_err().to_string();
        assert!(message.contains("check `root`"), "{message}");
    }
    let empty = MapFolder::open(files.path(), MapFormat::Png).unwrap();
    assert!(empty.is_empty());
    assert_eq!(MapFolder::open(files.path(), MapFormat::Npy).unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_are_errors() {
    let (files, elsewhere) = (folder(&["a.npy"]), folder(&["b.npy"]));
    std::os::unix::fs::symlink(elsewhere.path(), files.path().join("linked")).unwrap();
    assert_eq!(find(files.path(), "linked/{stem}.npy", &["b.jpg"]).unwrap().missing.count, 0);
    std::os::unix::fs::symlink(files.path(), files.path().join("circle")).unwrap();
    assert!(matches!(MapFolder::open(files.path(), MapFormat::Npy), Err(MapFolderError::Unreadable { .. })));
}
