#!/bin/sh
# camlab's box evaluator beside wsolevaluation's OpenCV loop: ms per 224x224 map and the ratio.
# PYTHON names an interpreter with numpy and opencv-python-headless.
set -eu
cd "$(dirname "$0")/../.."
ours=$(cargo bench --bench boxes 2>/dev/null)
theirs=$("${PYTHON:-python3}" benches/peers/boxes.py)
printf '%s\n' "$ours"
printf '%s\n' "$theirs" | while read -r name milliseconds; do
    # divan's columns: fastest │ slowest │ median │ mean; the median's number and unit.
    median=$(printf '%s\n' "$ours" | grep "$name" | awk -F '│' '{ print $3 }')
    printf '%s %s %s\n' "$name" "$milliseconds" "$median" | awk '{
        ours = $3 * ($4 == "ms" ? 1 : $4 == "s" ? 1000 : $4 == "ns" ? 1e-6 : 1e-3)
        printf "%s: OpenCV %.2f ms, camlab %.3f ms, %.0f times as fast\n", $1, $2, ours, $2 / ours
    }'
done
