//! The points of a sweep.

use std::path::Path;

use camlab::{plan, run};

/// Configurations of the whole experiment with a sweep, and warnings.
fn swept(sweep: &str) -> (Vec<String>, Vec<String>) {
    let base = std::fs::canonicalize("fixtures/invalid/bases/whole.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("swept.toml");
    std::fs::write(&path, format!("extends = '{}'\n{sweep}", base.display())).unwrap();
    told(&path)
}

fn told(path: &Path) -> (Vec<String>, Vec<String>) {
    let document = run::open(path).unwrap();
    let found = plan::expand(&document).unwrap_or_else(|invalid| panic!("{invalid}"));
    let mut names: Vec<String> = found.cells.iter().map(plan::Cell::configuration).collect();
    names.dedup();
    (names, found.warnings.iter().map(|warning| warning.message.clone()).collect())
}

fn configurations(sweep: &str) -> Vec<String> {
    let (names, warnings) = swept(sweep);
    assert!(warnings.is_empty(), "{warnings:?}");
    names
}

#[test]
fn axes_multiply_and_zipped_axes_advance_together() {
    let product = configurations("[sweep]\n'training.lr' = [0.2, 0.3]\n'training.batch' = [8, 4]");
    assert_eq!(
        product,
        ["lr = 0.2, batch = 8", "lr = 0.2, batch = 4", "lr = 0.3, batch = 8", "lr = 0.3, batch = 4"]
    );
    let zipped = configurations(
        "[sweep]\nzip = [['training.lr', 'training.batch']]\n'training.lr' = [0.2, 0.3]\n'training.batch' = [8, 4]\n\
         'training.epochs' = [5, 6]",
    );
    assert_eq!(
        zipped,
        [
            "lr = 0.2, batch = 8, epochs = 5",
            "lr = 0.2, batch = 8, epochs = 6",
            "lr = 0.3, batch = 4, epochs = 5",
            "lr = 0.3, batch = 4, epochs = 6"
        ]
    );
}

#[test]
fn points_are_left_out_and_added() {
    let found = configurations(
        "[sweep]\n'training.lr' = [0.2, 0.3]\n'training.batch' = [8, 4]\n\
         exclude = [{ 'training.lr' = 0.20, 'training.batch' = [4, 2] }, { training = { lr = 0.3, batch = 8 } }]\n\
         include = [{ 'training.lr' = 0.9 }, { training = { lr = 0.8, epochs = 1 } }]",
    );
    assert_eq!(found, ["lr = 0.2, batch = 8", "lr = 0.3, batch = 4", "lr = 0.9", "lr = 0.8, epochs = 1"]);
    assert_eq!(configurations("[sweep]\ninclude = [{ 'training.lr' = 0.9 }]"), ["lr = 0.9"]);
}

#[test]
fn items_with_options_and_lists_are_values_of_points_and_conditions() {
    let adam = "{ adam = { eps = 1e-7 } }";
    let found = configurations(&format!(
        "maps = [{{ methods = ['grad-cam'], layers = ['layer3'] }}]\n[sweep]\n'training.optimiser' = ['sgd', {adam}]\n'maps.layers' = [['layer2'], ['layer1']]\n\
         exclude = [{{ 'training.optimiser' = {adam}, 'maps.layers' = ['layer1'] }}]\n\
         include = [{{ 'training.optimiser' = {{ adamw = {{ eps = 1e-6 }} }}, training = {{ epochs = 3 }} }}]"
    ));
    let wanted = [
        "optimiser = sgd, layers = [\"layer2\"]",
        "optimiser = sgd, layers = [\"layer1\"]",
        "optimiser = adam, layers = [\"layer2\"]",
        "optimiser = adamw, epochs = 3",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_conditional_axis_applies_where_its_condition_holds() {
    // The axis stands before the one that decides it.
    let found = configurations(
        "[sweep]\n'training.momentum' = { values = [0.8, 0.7], when = { 'training.optimiser' = 'sgd' } }\n\
         'training.optimiser' = ['sgd', { adam = { eps = 1e-7 } }, 'adamw']",
    );
    let sgd = ["optimiser = sgd, momentum = 0.8", "optimiser = sgd, momentum = 0.7"];
    assert_eq!(found, [sgd[0], sgd[1], "optimiser = adam", "optimiser = adamw"]);
    let by_item = configurations(
        "[sweep]\n'training.optimiser' = [{ adam = { eps = 1e-7 } }, 'sgd']\n\
         'training.lr' = { values = [0.2, 0.3], when = { 'training.optimiser' = ['adam', 'adamw'] } }",
    );
    assert_eq!(by_item.len(), 3);
}

#[test]
fn blocks_are_joined_and_equal_points_are_one() {
    let (found, warnings) = swept(
        "[[sweep]]\n'training.lr' = [0.2, 0.3]\n[[sweep]]\n'training.lr' = [0.3, 0.30, 3e-1, 0.1]\n'training.batch' = [16, 8]",
    );
    // The file's own batch is 16, so that lr = 0.3 with it is the second point of the first block.
    let wanted =
        ["lr = 0.2", "lr = 0.3", "lr = 0.3, batch = 8", "lr = 0.1, batch = 16", "lr = 0.1, batch = 8"];
    assert_eq!(found, wanted);
    assert!(!warnings.is_empty() && warnings[0].contains("runs once"), "{warnings:?}");
}

#[test]
fn spellings_of_one_value_are_one_point_and_never_seeds() {
    for (key, values) in [
        ("training.lr", "[1, 1.0, 10e-1]"),
        ("training.optimiser", "['adam', { adam = {} }]"),
        ("backbone.resnet.depths", "[[1, 1, 1], [1, 1, 1,]]"),
        ("training.momentum", "[0.9, 0.90]"),
    ] {
        let (found, warnings) = swept(&format!("[sweep]\n'{key}' = {values}"));
        assert_eq!((found.len(), warnings.is_empty()), (1, false), "{key}");
    }
}

#[test]
fn a_reference_follows_the_swept_key() {
    let (found, _) = swept("data = { batch = '${training.batch}' }\n[sweep]\n'training.batch' = [8, 4]");
    assert_eq!(found, ["batch = 8", "batch = 4"]);
}

#[test]
fn a_limit_can_be_raised() {
    let values: Vec<String> = (1..=101).map(|lr| format!("{}", f64::from(lr) / 1000.0)).collect();
    let values = values.join(", ");
    let sweep = format!(
        "[sweep]\n'training.lr' = [{values}]\n'training.weight-decay' = [{values}]\nmax-cells = 20000"
    );
    assert_eq!(configurations(&sweep).len(), 101 * 101);
}

/// The sweeps that went wrong before, as they are kept outside the project.
#[test]
fn known_faults_of_sweeps_are_mended() {
    let Some(shared) = std::env::var_os("CAMLAB_SHARED") else {
        eprintln!("skipped: CAMLAB_SHARED is not set");
        return;
    };
    let folder = Path::new(&shared).join("faults/sweep");
    for name in ["dup-claim.toml", "sweep-dup.toml"] {
        let (found, warnings) = told(&folder.join(name));
        assert_eq!((found.len(), warnings.is_empty()), (1, false), "{name}");
    }
    let refused = |name: &str, set: &[&str]| {
        let mut document = run::open(&folder.join(name)).unwrap();
        set.iter().for_each(|argument| document.set(argument).unwrap());
        plan::cells(&document).unwrap_err().render(false)
    };
    assert!(refused("sweep-name.toml", &[]).contains("`name` cannot be swept"));
    let overlap = refused("sweep-overlap.toml", &[]);
    assert!(
        overlap.contains("`training.lr` and `training` are both swept") && overlap.contains("the other one")
    );
    let set = refused("sweep-set.toml", &["training.lr=0.7"]);
    assert!(set.contains("--set:1:1") && set.contains("swept here"), "{set}");
}

#[test]
fn configurations_have_different_names() {
    let found = configurations(
        "[[sweep]]\n'init.kaiming.scheme' = ['orthogonal']\n[[sweep]]\n'init.xavier.scheme' = ['orthogonal']\n\
         [[sweep]]\n'training.lr' = [0.2]",
    );
    let orthogonal = |init: &str| format!("init.{init}.scheme = \"orthogonal\"");
    assert_eq!(found, [orthogonal("kaiming"), orthogonal("xavier"), "lr = 0.2".into()]);
}

#[test]
fn a_point_after_a_broken_one_is_checked_with_its_own_network() {
    let base = std::fs::canonicalize("fixtures/invalid/bases/whole.toml").unwrap();
    let text = format!(
        "extends = '{}'\nmaps = [{{ methods = ['grad-cam'], layers = ['layer3'] }}]\n\
         [sweep]\nbackbone = [{{ resnet = {{ depths = [1, 1, 1], widths = [8, 8, 8], stem = 'small-stride-2' }} }}, 'vgg16']\n\
         include = [{{ 'maps.layers' = ['layer2'] }}]",
        base.display()
    );
    let document = run::open_text(Path::new("swept.toml"), text).unwrap();
    let told = plan::cells(&document).unwrap_err().render(false);
    assert!(told.contains("(in cell c01)") && !told.contains("(in cell c02)"), "{told}");
}

#[test]
fn conditions_follow_references_and_spellings() {
    let found = configurations(
        "training = { schedule = { step = { every = '${training.epochs}', gamma = 0.5 } } }\n[sweep]\n\
         'training.momentum' = { values = [0.8, 0.7], when = { 'training.schedule.step.every' = 5, 'init.0.train' = true } }\n\
         'training.epochs' = [5, 7]\n'init.kaiming.train' = [true]",
    );
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn validation_images_that_nothing_reads_are_told() {
    let val = "[data]\nval = { of = 'test', fraction = 0.2 }\n";
    // They choose the thresholds of the maps, unless the file says otherwise.
    let (_, warnings) = swept(val);
    assert!(warnings.is_empty(), "{warnings:?}");
    let val = format!("{val}[evaluation]\nthresholds = []\n");
    let (_, warnings) = swept(&val);
    assert!(warnings.len() == 1 && warnings[0].contains("nothing is chosen by the images"), "{warnings:?}");
    let (_, warnings) = swept(&format!("{val}[training]\nvalidation = {{}}"));
    assert!(warnings.is_empty(), "{warnings:?}");
}
