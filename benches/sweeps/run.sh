#!/bin/sh
# Sweeps of camlab beside Hydra's multirun, and the overhead of stages, cells and workers. Options go to measure.py.
# SWEEPS_VENV: virtual environment of Hydra (default: target/sweeps-venv). PYTHON: interpreter that creates it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=${SWEEPS_VENV:-$root/target/sweeps-venv}
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -c 'import hydra' 2>/dev/null || "$venv/bin/python" -m pip install --quiet 'hydra-core==1.3.2'
case " $* " in
*" --help "* | *" --camlab "*) ;;
*) (cd "$root" && cargo build --release --quiet) ;;
esac
exec "$venv/bin/python" "$here/measure.py" "$@"
