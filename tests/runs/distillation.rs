//! A student that is interrupted while it learns from its teachers ends with the same bits.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::experiment::Experiment;
use rand::RngExt as _;

fn taught() -> Experiment {
    Experiment::tiny()
        .and("\n[[fusion]]\nname = \"student\"\nmethod = { distill = { stage = [{ name = \"all\", epochs = 40 }] } }\n")
        .argument("--set")
        .argument("training.checkpoint-every={ steps = 1 }")
}

/// The weights of the student, once there is one.
fn student(experiment: &Experiment) -> Option<Vec<u8>> {
    let folder = std::fs::read_dir(experiment.path(".camlab/store/fuse")).ok()?;
    let mut finished = folder.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    std::fs::read(finished.next()?.path().join("network.safetensors")).ok()
}

#[test]
fn kills_while_it_learns_change_no_bit_of_a_student() {
    let whole = taught();
    whole.run().success();
    let wanted = student(&whole).expect("a student");
    let killed = taught();
    let mut random = camlab::base::random::stream(3, "kills");
    let (mut kills, mut resumed) = (0, 0);
    while student(&killed).is_none() && kills < 12 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_camlab"))
            .args(["run", "tiny.toml", "--set", "training.checkpoint-every={ steps = 1 }"])
            .current_dir(killed.path(""))
            .env_remove("CAMLAB_STORE")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(150..600)));
        // SIGKILL: nothing is told, nothing can be cleared up.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let states = walkdir::WalkDir::new(killed.path(".camlab/store/fuse"));
        resumed +=
            usize::from(states.into_iter().flatten().any(|entry| entry.file_name() == "state.safetensors"));
    }
    killed.run().success();
    assert!(student(&killed).expect("a student") == wanted, "differs after {kills} kills");
    assert!(resumed > 0, "none of {kills} kills fell into the student's training");
}
