"""wsolevaluation's box evaluator on a folder of score maps, beside camlab's evaluation of the same maps.

    judge_maps.py --wsolevaluation CHECKOUT --metadata FOLDER --maps FOLDER --report FOLDER --method NAME [--layer NAME]

CHECKOUT is a clone of clovaai/wsolevaluation; --metadata has image_ids.txt, image_sizes.txt and localization.txt; --maps
has IMAGE_ID.npy files (its --scoremap_root), such as `camlab maps` writes; --report is the folder of camlab's report.
Every threshold of both contour rules is compared, hit by hit. Needs numpy, opencv, torch, polars.
"""

import argparse
import sys
from pathlib import Path

import numpy as np


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("wsolevaluation", "metadata", "maps", "report", "method"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--layer", default="-")
    options = parser.parse_args()

    # Its code uses an alias that NumPy 1.24 removed.
    np.float = float
    sys.path.insert(0, options.wsolevaluation)
    import evaluation
    from data_loaders import configure_metadata

    import polars as pl

    metadata = configure_metadata(options.metadata)
    levels = np.arange(0, 1, 0.001)
    worst = 0
    for rule, column in ((False, "iou_largest"), (True, "iou_any")):
        evaluator = evaluation.BoxEvaluator(
            metadata=metadata,
            dataset_name="ILSVRC",
            split="test",
            cam_threshold_list=list(levels),
            iou_threshold_list=[30, 50, 70],
            mask_root="",
            multi_contour_eval=rule,
        )
        scaled = 0
        for image_id in evaluator.image_ids:
            scoremap = np.load(Path(options.maps) / f"{image_id}.npy").astype(np.float64)
            scaled += int(scoremap.max() != 1.0)
            evaluator.accumulate(scoremap, image_id)
        images = pl.read_parquet(Path(options.report) / "images.parquet", columns=["method", "layer", "contrast", column])
        images = images.filter(
            (pl.col("method") == options.method) & (pl.col("layer") == options.layer) & (pl.col("contrast") == "none")
        )
        ours = np.stack([np.array(row, dtype=np.float32) for row in images[column].to_list()])
        assert len(ours) == evaluator.cnt, (len(ours), evaluator.cnt)
        for delta in (30, 50, 70):
            hits = (ours >= np.float32(delta / 100)).sum(axis=0)
            # A map whose highest value is 1 has 255 thresholds; the reference goes through them in steps of 0.001.
            expected = evaluator.num_correct[delta].astype(int)
            found = hits[(levels * 255).astype(int)]
            differ = int(np.abs(expected - found).max())
            worst = max(worst, differ)
            print(
                f"{column:12} IoU {delta}: best {expected.max()} and {found.max()} of {evaluator.cnt} images, "
                f"largest difference at a threshold {differ}"
            )
        if scaled:
            print(f"{scaled} maps do not reach 1: the reference's thresholds are shares of each map's own maximum")
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
