"""Can others read the tables of a sweep? pandas, polars and DuckDB see the same numbers, types and gaps.

R has no reader of Parquet where these tests run. That its packages can read the files follows from what these use:
what nanoparquet, the narrower of the two, documents to read (nanoparquet.r-lib.org: types, compression, encodings).
"""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulation.sweep import grid, sweep

ABOUT = {"ticks": 4, "settings": {"agents": 12}, "executor": "serial", "replicates": 2, "keep": ["series", "agents"]}


def measured(record):
    if record.parameters.cost == 1.0 and record.seed % 2:
        raise ArithmeticError("odd")
    return {"ties": int(record.series["ties"].iloc[-1]), "share": 0.1, "word": "ä", "yes": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a sweep with a distribution, a gap, failed runs and all tables."""
    folder = tmp_path_factory.mktemp("swept")
    design = grid(cost=[0.0, 0.5, 1.0], generosity=[("beta", 2, 5), 0.5], capacity=[None, 20])
    with pytest.warns(UserWarning, match="capacity: varying it changed no number"):
        swept = sweep(design, out=folder, measure=measured, **ABOUT)
    assert 0 < swept.failures < len(swept.runs)
    return folder


def test_pandas(folder):
    runs = pd.read_parquet(folder / "runs.parquet")
    assert runs["run"].tolist() == list(range(24))
    well = runs[runs["status"] == "ok"]
    assert set(runs["generosity"]) == {"beta(2, 5)", "0.5"}
    assert well["share"].eq(0.1).all() and well["word"].eq("ä").all() and well["yes"].all()
    assert runs["capacity"].isna().sum() == 12
    series = pd.read_parquet(folder / "series.parquet")
    assert series.groupby("run").size().to_dict() == dict.fromkeys(well["run"].tolist(), 4)


@pytest.mark.parametrize("table", ["runs", "series", "agents"])
def test_polars(folder, table):
    polars = pytest.importorskip("polars", reason="pip install polars, or connectors[dev]")
    theirs, ours = polars.read_parquet(folder / f"{table}.parquet"), pq.read_table(folder / f"{table}.parquet")
    assert theirs.to_dict(as_series=False) == ours.to_pydict()
    if table == "runs":
        assert (theirs["run"].dtype, theirs["yes"].dtype) == (polars.Int64, polars.Boolean)


@pytest.mark.parametrize("table", ["runs", "series", "agents"])
def test_duckdb(folder, table):
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb, or connectors[dev]")
    ours = pq.read_table(folder / f"{table}.parquet").to_pydict()
    with duckdb.connect() as base:
        theirs = base.execute("select * from read_parquet(?)", [str(folder / f"{table}.parquet")])
        assert [column[0] for column in theirs.description] == list(ours)
        assert theirs.fetchall() == list(zip(*ours.values(), strict=True))
        if table == "series":
            sums = base.execute("select sum(s.read) from read_parquet(?) s join read_parquet(?) r using (run) "
                                "where r.cost = 0.5", [str(folder / f"{name}.parquet") for name in ("series", "runs")])
            chosen = [run for run in pq.read_table(folder / "runs.parquet").to_pylist() if run["cost"] == 0.5]
            known = {run["run"] for run in chosen}
            pairs = zip(ours["read"], ours["run"], strict=True)
            assert sums.fetchone()[0] == sum(read for read, run in pairs if run in known)


TYPES_FOR_R = {("BOOLEAN", "NONE"), ("INT32", "NONE"), ("INT32", "INT"), ("INT64", "NONE"), ("FLOAT", "NONE"),
               ("DOUBLE", "NONE"), ("BYTE_ARRAY", "STRING")}  # fmt: skip


def what_r_cannot_read(path):
    """Return what in a Parquet file is beyond nanoparquet: nested, unsigned or other types, codecs, encodings."""
    file = pq.ParquetFile(path)
    found = []
    for at in range(len(file.schema)):
        column = file.schema.column(at)
        kind = column.physical_type, column.logical_type.type
        signed = kind != ("INT32", "INT") or "isSigned=true" in str(column.logical_type)
        if kind not in TYPES_FOR_R or not signed or column.max_repetition_level or "." in column.path:
            found.append((column.path, *kind))
        for group in range(file.num_row_groups):
            chunk = file.metadata.row_group(group).column(at)
            if chunk.compression not in ("ZSTD", "GZIP", "SNAPPY", "UNCOMPRESSED"):
                found.append((column.path, chunk.compression))
            found += [(column.path, each) for each in set(chunk.encodings) - {"PLAIN", "RLE", "RLE_DICTIONARY"}]
    return found


@pytest.mark.parametrize("table", ["runs", "series", "agents"])
def test_r(folder, table):
    assert what_r_cannot_read(folder / f"{table}.parquet") == []


def test_what_r_could_not_read_is_noticed(tmp_path):
    odd = pa.table({"a": pa.array([[1], [2]]), "b": pa.array([1, 2], pa.uint32()), "c": pa.array([None, None])})
    pq.write_table(odd, tmp_path / "odd.parquet", compression="brotli", column_encoding="PLAIN", use_dictionary=False)
    found = what_r_cannot_read(tmp_path / "odd.parquet")
    assert {each[0] for each in found} == {"a.list.element", "b", "c"} and ("b", "BROTLI") in found
