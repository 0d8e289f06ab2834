//! Files that extend others and values that refer to others, compared with the same experiment written out.

use std::path::Path;
use std::sync::Arc;

use camlab::config::{Document, Experiment};
use camlab::data::DatasetSpec;
use camlab::{plan, run};

/// A folder of files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn experiment_of(document: &Document) -> Arc<Experiment> {
    let cells = plan::cells(document).unwrap_or_else(|invalid| panic!("{invalid}"));
    Arc::clone(&cells[0].experiment)
}

fn read(folder: &tempfile::TempDir, name: &str) -> Arc<Experiment> {
    let document = run::open(&folder.path().join(name)).unwrap_or_else(|error| panic!("{error}"));
    experiment_of(&document)
}

fn written(text: &str) -> Arc<Experiment> {
    experiment_of(&Document::parse(Path::new("written.toml"), text).unwrap())
}

const BASE: &str = r#"
name = "base"
seeds = [0, 1]
backbone = { resnet = { stem = "small-stride-2", depths = [1, 1, 1], widths = [8, 16, 32] } }
data = { train = { synthetic = { split = "train", images = 60, noise = 3 } }, test = { synthetic = { split = "test" } }, input = { size = 64 } }
init = [{ name = "a", scheme = "kaiming-normal" }, { name = "b", scheme = "xavier-uniform", train = false }]
training = { epochs = 3, lr = 0.1, schedule = { step = { every = 5, gamma = 0.5 } }, stage = [{ name = "one", epochs = 1 }, { name = "two", epochs = 2 }] }
maps = [{ methods = ["cam", "grad-cam"], layers = ["layer3"] }]
"#;

#[test]
fn tables_merge_named_tables_by_name_and_everything_else_is_replaced() {
    let folder = folder(&[
        ("base.toml", BASE),
        (
            "own.toml",
            r#"
            extends = "base.toml"
            name = "own"
            seeds = [7]
            backbone = { resnet = { widths = [16, 16, 16] } }
            [data]
            train = { synthetic = { images = 90 } }
            test = { folder = { root = "photographs" } }
            batch = 4
            [[init]]
            name = "b"
            train = true
            [[init]]
            name = "c"
            scheme = "orthogonal"
            [training]
            lr = 0.2
            schedule = "cosine"
            [[training.stage]]
            name = "two"
            bn = "frozen"
            [[maps]]
            methods = ["layer-cam"]
            layers = ["layer2"]
            "#,
        ),
    ]);
    let photographs = folder.path().join("photographs").display().to_string();
    let whole = written(&format!(
        r#"
        name = "own"
        seeds = [7]
        backbone = {{ resnet = {{ stem = "small-stride-2", depths = [1, 1, 1], widths = [16, 16, 16] }} }}
        data = {{ train = {{ synthetic = {{ split = "train", images = 90, noise = 3 }} }}, test = {{ folder = {{ root = "{photographs}" }} }}, input = {{ size = 64 }}, batch = 4 }}
        init = [{{ name = "a", scheme = "kaiming-normal" }}, {{ name = "b", scheme = "xavier-uniform", train = true }}, {{ name = "c", scheme = "orthogonal" }}]
        training = {{ epochs = 3, lr = 0.2, schedule = "cosine", stage = [{{ name = "one", epochs = 1 }}, {{ name = "two", epochs = 2, bn = "frozen" }}] }}
        maps = [{{ methods = ["layer-cam"], layers = ["layer2"] }}]
        "#
    ));
    assert_eq!(read(&folder, "own.toml"), whole);
}

#[test]
fn what_is_removed_is_replaced_by_what_is_written() {
    let folder = folder(&[
        ("base.toml", BASE),
        (
            "own.toml",
            r#"
            extends = ["base.toml"]
            remove = ["init.a", "training.stage", "maps.0.methods.cam", "data.train.synthetic.noise"]
            "#,
        ),
    ]);
    let whole = written(
        r#"
        name = "base"
        seeds = [0, 1]
        backbone = { resnet = { stem = "small-stride-2", depths = [1, 1, 1], widths = [8, 16, 32] } }
        data = { train = { synthetic = { split = "train", images = 60 } }, test = { synthetic = { split = "test" } }, input = { size = 64 } }
        init = [{ name = "b", scheme = "xavier-uniform", train = false }]
        maps = [{ methods = ["grad-cam"], layers = ["layer3"] }]
        training = { epochs = 3, lr = 0.1, schedule = { step = { every = 5, gamma = 0.5 } } }
        "#
        .replace("train = false }]", "train = true }]")
        .as_str(),
    );
    let mut own = Experiment::clone(&read_with(&folder, "own.toml", "init.b.train=true"));
    own.name = "base".into();
    assert_eq!(own, *whole);
}

fn read_with(folder: &tempfile::TempDir, name: &str, set: &str) -> Arc<Experiment> {
    let mut document = run::open(&folder.path().join(name)).unwrap();
    document.set(set).unwrap();
    experiment_of(&document)
}

#[test]
fn later_files_override_earlier_ones_and_the_file_itself_all() {
    let folder = folder(&[
        ("base.toml", BASE),
        ("one.toml", "training = { lr = 0.3, batch = 8 }"),
        ("deep/two.toml", "extends = '../one.toml'\ntraining = { lr = 0.4, epochs = 5 }"),
        ("own.toml", "extends = ['base.toml', 'one.toml', 'deep/two.toml']\ntraining = { epochs = 6 }"),
    ]);
    let training = read(&folder, "own.toml").training.clone().unwrap();
    assert_eq!((training.lr, training.batch, training.epochs), (0.4, 8, 6));
}

#[test]
fn relative_paths_start_from_the_file_that_holds_them() {
    let folder = folder(&[
        ("base.toml", BASE),
        ("data/photographs.toml", "data = { test = { folder = { root = 'birds', boxes = 'boxes.csv' } } }"),
        ("own.toml", "extends = ['base.toml', 'data/photographs.toml']"),
    ]);
    let root = |experiment: &Experiment| match &experiment.data.test {
        DatasetSpec::Folder(folder) => (folder.root.to_string(), folder.boxes.clone().unwrap()),
        other => panic!("{other:?}"),
    };
    let (found, boxes) = root(&read(&folder, "own.toml"));
    assert_eq!(Path::new(&found), folder.path().join("data/birds"));
    assert_eq!(boxes.resolve(Path::new("/birds")).unwrap(), Path::new("/birds/boxes.csv"));
    // A reference to a path means the same place.
    let text = "extends = ['base.toml', 'data/photographs.toml']\n\
                data = { train = { folder = { root = '${data.test.folder.root}' } } }";
    std::fs::write(folder.path().join("referring.toml"), text).unwrap();
    match &read(&folder, "referring.toml").data.train {
        Some(DatasetSpec::Folder(own)) => {
            assert_eq!(Path::new(own.root.as_str()), folder.path().join("data/birds"));
        }
        other => panic!("{other:?}"),
    }
    // On the command line there is no file, so that a path starts from the working directory.
    let (found, _) = root(&read_with(&folder, "own.toml", "data.test.folder.root=other"));
    assert_eq!(found, "other");
    for absolute in ["~/birds", "/birds", "${env:BIRDS}/birds"] {
        let (found, _) =
            root(&read_with(&folder, "own.toml", &format!("data.test.folder.root='{absolute}'")));
        assert_eq!(found, absolute);
    }
}

#[test]
fn references_take_the_value_of_another_key() {
    let folder = folder(&[
        ("base.toml", BASE),
        (
            "own.toml",
            r#"
            extends = "base.toml"
            name = "${init.b.name}-${training.epochs}-${training.lr}"
            question = "Is $${x} with ${name} ${data.train.synthetic.noise}?"
            [data]
            batch = "${training.epochs}"
            [training]
            epochs = "${training.stage.two.epochs}"
            schedule = { step = { every = "${training.epochs}", gamma = "${training.lr}" } }
            [[maps]]
            methods = ["grad-cam"]
            layers = "${more.0.layers}"
            "#,
        ),
        ("more.toml", ""),
    ]);
    let path = folder.path().join("own.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("${more.0.layers}", "${agreement.0.layers}");
    std::fs::write(&path, text + "[[agreement]]\nreference = 'grad-cam'\nlayers = ['layer2', 'layer3']\n")
        .unwrap();
    let document = run::open(&path).unwrap();
    let found = plan::cells(&document);
    // `[[agreement]]` has no layers: the reference is followed before the schema is applied.
    let told = found.unwrap_err().to_string();
    assert!(told.contains("unknown field `layers`") && !told.contains("names no key"), "{told}");

    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.split("[[agreement]]").next().unwrap().replace("\"${agreement.0.layers}\"", "['layer2']");
    std::fs::write(&path, text).unwrap();
    let own = read(&folder, "own.toml");
    let training = own.training.clone().unwrap();
    assert_eq!((own.name.as_str(), own.data.batch, training.epochs), ("b-2-0.1", 2, 2));
    assert_eq!(own.question.as_deref(), Some("Is ${x} with b-2-0.1 3?"));
    assert_eq!(serde_json::json!(training.schedule)["step"]["every"], 2);
}

#[test]
fn files_and_references_that_multiply_end() {
    let mut files: Vec<(String, String)> = (0..40)
        .map(|n| (format!("d{n}.toml"), format!("extends = ['d{0}.toml', 'd{0}.toml']", n + 1)))
        .collect();
    files.push(("d40.toml".into(), BASE.into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    assert_eq!(read(&folder, "d0.toml").name, "base");
    for item in ["['${a.lN}', '${a.lN}']", "'${a.lN}${a.lN}'"] {
        let lists: String =
            (0..40).map(|n| format!("l{n} = {}\n", item.replace('N', &(n + 1).to_string()))).collect();
        let text = format!("question = '${{a.l0}}'\n{BASE}\n[a]\n{lists}l40 = 'x'\n");
        let document = Document::parse(Path::new("written.toml"), &text).unwrap();
        let told = plan::cells(&document).unwrap_err().to_string();
        assert!(told.contains("more than 1000000 values"), "{told}");
    }
}
