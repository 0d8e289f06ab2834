//! Weights named by URL and sums, as a person meets them at the command line.

use camlab::nn::Network;
use camlab::nn::checkpoint::encode;
use camlab::parts::init::InitSpec;

use crate::experiment::{Experiment, stderr, stdout};
use crate::support::backbone;
use crate::weights::download::sum;
use crate::weights::server::{Answer, Server};

/// Weights of the experiment's backbone.
fn weights() -> Vec<u8> {
    let toml =
        "{ resnet = { stem = \"small-stride-2\", block = \"basic\", depths = [1, 1], widths = [8, 16] } }";
    let mut network = Network::new(backbone(toml).build(3).expect("a buildable backbone"));
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, 1).expect("an initialisation");
    encode(&network).expect("bytes")
}

fn experiment(scheme: &str) -> Experiment {
    let text = format!(
        "name = \"tiny\"\n\
         [backbone.resnet]\nstem = \"small-stride-2\"\nblock = \"basic\"\ndepths = [1, 1]\nwidths = [8, 16]\n\
         [data]\ntest = {{ synthetic = {{ split = \"test\", images = 8, size = 32, classes = 3 }} }}\n\
         input = {{ size = 32, normalise = \"imagenet\" }}\n\
         [[init]]\nname = \"net\"\nscheme = {{ pretrained = {scheme} }}\n\
         [[maps]]\nmethods = [\"cam\"]\nlayers = [\"layer2\"]\n[evaluation]\nbootstrap = 20\n"
    );
    Experiment::with(&text).argument("--cache").argument("cache")
}

fn by_url(server: &Server, sha256: &str) -> String {
    format!("{{ checkpoint = \"{}\", sha256 = \"{sha256}\" }}", server.url("net.safetensors"))
}

#[test]
fn a_plan_downloads_nothing_and_a_run_once() {
    let weights = weights();
    let server = Server::new(weights.clone(), &[Answer::Well]);
    let experiment = experiment(&by_url(&server, &sum(&weights)));
    let plan = stdout(&experiment.camlab("plan", &[]).success());
    assert!(plan.contains("1 to download, not in the cache\n  http://127.0.0.1:"), "{plan}");
    assert!(server.asked().is_empty(), "a plan opens no connection");
    let run = experiment.run().success();
    assert!(stderr(&run).contains("download net.safetensors"), "{}", stderr(&run));
    assert_eq!(server.asked().len(), 1);
    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));
    let planned = stdout(&experiment.camlab("plan", &[]).success());
    assert!(!planned.contains("to download") && planned.contains(" 0 to run"), "{planned}");
    // A checkpoint counts by its content, wherever it lies.
    std::fs::write(experiment.path("net.pth"), &weights).expect("a file");
    let text = std::fs::read_to_string(experiment.path("tiny.toml")).expect("the experiment");
    let text = text.replace(&by_url(&server, &sum(&weights)), "{ checkpoint = \"net.pth\" }");
    std::fs::write(experiment.path("tiny.toml"), text).expect("the experiment");
    let planned = stdout(&experiment.camlab("plan", &[]).success());
    assert!(planned.contains(" 0 to run"), "{planned}");
}

#[test]
fn weights_of_another_sum_are_not_used() {
    let server = Server::new(weights(), &[Answer::Well, Answer::Well]);
    let wanted = "5".repeat(64);
    let experiment = experiment(&by_url(&server, &wanted));
    for _ in 0..2 {
        let run = experiment.run().failure();
        let said = stderr(&run);
        assert!(said.contains(&sum(&weights())) && said.contains(&wanted), "{said}");
        assert!(!experiment.report().exists());
    }
    assert_eq!(server.asked().len(), 2, "nothing was kept");
}

#[test]
fn a_file_of_another_sum_is_not_used() {
    let wanted = "a".repeat(64);
    let experiment = experiment(&format!("{{ checkpoint = \"net.safetensors\", sha256 = \"{wanted}\" }}"));
    std::fs::write(experiment.path("net.safetensors"), weights()).expect("a file");
    for command in ["plan", "run"] {
        let said = stderr(&experiment.camlab(command, &[]).failure());
        assert!(said.contains(&sum(&weights())) && said.contains(&wanted), "{said}");
        assert!(said.contains("set checkpoint to the right file, or correct sha256"), "{said}");
    }
}

#[test]
fn a_damaged_file_in_the_cache_is_found_out() {
    let weights = weights();
    let server = Server::new(weights.clone(), &[Answer::Well]);
    let experiment = experiment(&by_url(&server, &sum(&weights)));
    experiment.run().success();
    let folder = std::fs::read_dir(experiment.path("cache/checkpoints")).expect("a cache");
    for entry in folder {
        std::fs::write(entry.expect("an entry").path(), "damaged").expect("a written file");
    }
    let said = stderr(&experiment.run().failure());
    assert!(said.contains("delete the file to download it anew"), "{said}");
}
