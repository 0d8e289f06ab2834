"""One point of a sweep, as Hydra's multirun starts it: `camlab run` with the values of the point."""

import subprocess
from pathlib import Path

import hydra
from omegaconf import DictConfig


@hydra.main(version_base=None, config_path=None, config_name="point")
def main(point: DictConfig) -> None:
    job = hydra.core.hydra_config.HydraConfig.get().job.num
    store = point.store if point.shared else f"{point.store}-{job}"
    sets = {
        "seeds": f"[{point.seed}]",
        "maps.0.methods": f'["{point.method}"]',
        "evaluation.metrics.box-acc.taus": f"[{point.tau}]",
        "chain.chain.cluster.k-means.k": str(point.k),
    }
    command = [point.camlab, "run", point.file, "--quiet", "--store", store, "--out", f"{point.out}/{job}", "--overwrite"]
    for key, value in sets.items():
        command += ["--set", f"{key}={value}"]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    from hydra.core.config_store import ConfigStore

    names = ["camlab", "file", "store", "out", "shared", "seed", "method", "tau", "k"]
    ConfigStore.instance().store(name="point", node={name: None for name in names})
    main()
