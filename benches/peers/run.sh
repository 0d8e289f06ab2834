#!/bin/sh
# Compares camlab with PyTorch, ONNX Runtime, OpenVINO, pytorch-grad-cam, torchcam and OpenCV: one table of ratios.
# Options are passed to compare.py: --quick, --rows, --rounds, --threads, --shared, --out (`run.sh --help`).
# PEERS_VENV: virtual environment of the peers (default: target/peers-venv). PYTHON: interpreter that creates it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=${PEERS_VENV:-$root/target/peers-venv}
python=$venv/bin/python
peers='import cv2, onnx, onnxruntime, openvino, PIL, pytorch_grad_cam, safetensors, torch, torchcam, torchvision'
if [ ! -x "$python" ]; then
    "${PYTHON:-python3}" -m venv "$venv"
fi
if ! "$python" -c "$peers" 2>/dev/null; then
    "$python" -m pip install --quiet --requirement "$here/requirements.txt"
fi
case " $* " in
*" --help "* | *" --render "*) ;;
*) (cd "$root" && cargo build --release --quiet) ;;
esac
exec "$python" "$here/compare.py" "$@"
