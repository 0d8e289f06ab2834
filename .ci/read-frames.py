"""Opens every frame of the reports given, with Polars and with pandas, and plots a sweep as docs/frames-in-python.md
does. Needs polars, pandas, pyarrow and matplotlib. Usage: read-frames.py REPORT ..."""

import re
import sys
from pathlib import Path

import pandas
import polars
import pyarrow
import pyarrow.parquet

for folder in map(Path, sys.argv[1:]):
    files = sorted(folder.glob("*.parquet"))
    assert files, f"{folder} has no frame"
    for file in files:
        ours, theirs = polars.read_parquet(file), pandas.read_parquet(file)
        assert list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs), file
        opened = pyarrow.parquet.ParquetFile(file)
        metadata = opened.metadata.metadata
        assert metadata[b"camlab.schema"] == b"1" and len(metadata[b"camlab.blake3"]) == 64, file
        for group in range(opened.metadata.num_row_groups):
            rows = opened.metadata.row_group(group)
            encodings = {rows.column(at).path_in_schema: rows.column(at).encodings for at in range(rows.num_columns)}
            for name in ("cell", "network", "method", "metric", "contrast"):
                plain = name in encodings and "RLE_DICTIONARY" not in encodings[name] and rows.num_rows > 1
                assert not plain, f"{file}: {name} is not dictionary-encoded: {encodings[name]}"
    print(f"{folder}: {len(files)} frames opened by polars {polars.__version__} and pandas {pandas.__version__}")

page = Path(__file__).parent.parent / "docs/frames-in-python.md"
five = re.search(r"## A sweep in five lines.*?```python\n(.*?)```", page.read_text(), re.S).group(1)
assert len(five.strip().splitlines()) == 5
exec(compile(five, str(page), "exec"))
assert Path("sweep.png").stat().st_size > 5000
print("a sweep plotted in five lines")
