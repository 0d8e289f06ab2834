# What people do here. `just` is a convenience: every recipe is a command you can type.

camlab := "cargo run --release --quiet --"

# list the recipes
default:
    @just --list --unsorted

# run an experiment and write its report
run FILE *ARGS:
    {{camlab}} run {{FILE}} {{ARGS}}

# show what would run, what is cached, and why the rest has to run
plan FILE *ARGS:
    {{camlab}} plan {{FILE}} {{ARGS}}

# check every shipped experiment
check:
    {{camlab}} check experiments/*.toml

# rebuild a report from its Parquet files
report NAME:
    {{camlab}} report {{NAME}}

# everything that must hold, in seconds each
test *ARGS:
    cargo test --release {{ARGS}}

# what CI runs
ci:
    bash .ci/run

# speed, against peers or limits measured in the same run
bench *ARGS:
    cargo bench {{ARGS}}

# camlab beside PyTorch, ONNX Runtime, OpenVINO, pytorch-grad-cam, torchcam and OpenCV
bench-peers *ARGS:
    benches/peers/run.sh {{ARGS}}

# sweeps beside Hydra's multirun, and the overhead of cells, stages and workers
bench-sweeps *ARGS:
    benches/sweeps/run.sh {{ARGS}}

# follow the latest run, or one by its name or experiment
tail *ARGS:
    {{camlab}} tail {{ARGS}}

# make the pictures of docs/ anew
docs:
    {{camlab}} run experiments/comparison.toml
    cp reports/comparison/figures/contrasts.svg reports/comparison/figures/contrast-maps.svg reports/comparison/figures/between.svg docs/pictures/
    {{camlab}} run docs/chain.toml
    cp reports/docs-chain/figures/chain-corrections.svg docs/pictures/
    cp reports/docs-chain/figures/chain-clusters-article-kaiming.svg docs/pictures/chain-clusters.svg
    cp reports/docs-chain/figures/chain-sub-maps-article-kaiming.svg docs/pictures/chain-sub-maps.svg
    {{camlab}} run docs/metrics.toml
    {{camlab}} maps docs/metrics.toml --out target/docs-metrics
    python docs/pictures/metrics.py reports/docs-metrics target/docs-metrics docs/pictures # matplotlib, numpy, pandas, pillow, pyarrow
    {{camlab}} run docs/calibration.toml
    cp reports/docs-calibration/figures/reliability.svg docs/pictures/reliability-few-images.svg
    {{camlab}} run docs/calibration.toml --set data.train.synthetic.images=1200 --set training.epochs=8
    cp reports/docs-calibration/figures/reliability.svg docs/pictures/reliability-many-images.svg

# fuzz the reader of experiment files, its references, `--set`, filter expressions, map files, ONNX files and checkpoints, ten minutes each (needs cargo-fuzz; dfdx does not build on
# nightly compilers, so that a stable one is asked for the unstable flags)
fuzz SECONDS="600":
    for target in reader interpolation overrides expression; do \
        RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none $target tests/fuzz/corpus/$target fixtures/invalid -- -max_total_time={{SECONDS}} -dict=tests/fuzz/toml.dict || exit 1; \
    done
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none map-files tests/fuzz/corpus/map-files fixtures/golden/map-files -- -max_total_time={{SECONDS}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none onnx tests/fuzz/corpus/onnx fixtures/golden/onnx -- -max_total_time={{SECONDS}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none checkpoint tests/fuzz/corpus/checkpoint fixtures/golden/torch-files fixtures/golden/checkpoints -- -max_total_time={{SECONDS}}
