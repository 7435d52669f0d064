"""Parquet and Arrow files of three writers, and what is in them: test/golden/columnar/.

    python -m venv columnar && columnar/bin/pip install -r tools/golden/requirements-columnar.txt
    columnar/bin/python tools/golden/columnar.py

The files that we write are read with all three (node_modules/.bin on the PATH): written.json.

Of each family (the beginning of the name) all files hold the same table, which is in FAMILY.json. Integers of 64 bits are
texts there, as are the numbers that JSON does not have.
"""

import base64
import datetime
import decimal
import json
import math
import pathlib
import subprocess

import duckdb
import polars
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

FOLDER = pathlib.Path(__file__).parents[2] / "test" / "golden" / "columnar"
CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]


def yields_table(strings=pa.string(), numbers=pa.list_(pa.float64()), errors=None) -> pa.Table:
    """Numbers that 32 bits hold exactly, whole where they may be integers."""
    rows = [
        ("SR", "background", [50, 60, 70], [5.5, 6.25, 7.125]),
        ("SR", "signal", [5, 10, 15], [0.5, 1.0, 1.5]),
        ("CR", "background", [500, 400], [10.0, 12.5]),
        ("CR", "signal", [2, 1], None),
    ]
    columns = list(zip(*rows))
    return pa.table(
        {
            "channel": pa.array(columns[0], pa.string()).cast(strings),
            "sample": pa.array(columns[1], pa.string()).cast(strings),
            "yields": pa.array(columns[2], numbers),
            "stat_error": pa.array(columns[3], numbers if errors is None else errors),
            "comment": pa.array(["ignored"] * len(rows), pa.string()),
        }
    )


def write_yields() -> None:
    table = yields_table()

    def parquet(name: str, given: pa.Table = table, **options) -> None:
        pq.write_table(given, FOLDER / f"yields-pyarrow-{name}.parquet", **options)

    for codec in CODECS:
        parquet(codec, compression=codec)
    parquet("plain", use_dictionary=False, compression="none")
    parquet("page-v2", data_page_version="2.0")
    parquet("row-groups", row_group_size=1)
    parquet("checksums", write_page_checksum=True, compression="none")
    parquet("item", use_compliant_nested_type=False)
    parquet("dictionary", yields_table(pa.dictionary(pa.int8(), pa.string())))
    parquet("large", yields_table(pa.large_string(), pa.large_list(pa.float64())))
    parquet("int-lists", yields_table(numbers=pa.list_(pa.int32()), errors=pa.list_(pa.float32())))
    parquet("long-lists", yields_table(numbers=pa.list_(pa.int64()), errors=pa.list_(pa.float64())))
    parquet(
        "split",
        use_dictionary=False,
        column_encoding={"yields.list.element": "BYTE_STREAM_SPLIT"},
        compression="zstd",
    )
    required = pa.schema(
        [
            pa.field("channel", pa.string(), nullable=False),
            pa.field("sample", pa.string(), nullable=False),
            pa.field("yields", pa.list_(pa.field("array", pa.float64(), nullable=False)), nullable=False),
            pa.field("stat_error", pa.list_(pa.float64())),
        ]
    )
    parquet("required", table.drop(["comment"]).cast(required), use_compliant_nested_type=False)

    frame = polars.from_arrow(table)
    for codec in ["uncompressed", "snappy", "zstd", "lz4"]:
        frame.write_parquet(FOLDER / f"yields-polars-{codec}.parquet", compression=codec)
    frame.write_ipc(FOLDER / "yields-polars-zstd.arrow", compression="zstd")
    frame.write_ipc_stream(FOLDER / "yields-polars.arrows", compression="uncompressed")

    connection = duckdb.connect()
    connection.register("t", table)
    for codec in ["snappy", "zstd", "uncompressed", "lz4_raw"]:
        target = FOLDER / f"yields-duckdb-{codec}.parquet"
        connection.execute(f"COPY (SELECT * FROM t) TO '{target}' (FORMAT parquet, CODEC '{codec}')")
    target = FOLDER / "yields-duckdb-v2.parquet"
    connection.execute(
        f"COPY (SELECT * FROM t) TO '{target}' (FORMAT parquet, CODEC 'zstd', PARQUET_VERSION 'v2')"
    )

    for codec in [None, "lz4", "zstd"]:
        arrow(f"yields-pyarrow-{codec or 'none'}", table, codec, rows=3)
    coded = yields_table(pa.dictionary(pa.int16(), pa.string()), pa.large_list(pa.float32()))
    arrow("yields-pyarrow-dictionary", coded, "lz4", rows=2)


def arrow(name: str, table: pa.Table, codec: str | None, rows: int, deltas: bool = False) -> None:
    """The file and the stream format."""
    options = pa.ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=deltas)
    with pa.ipc.new_file(FOLDER / f"{name}.arrow", table.schema, options=options) as writer:
        writer.write_table(table.unify_dictionaries(), max_chunksize=rows)
    with pa.ipc.new_stream(FOLDER / f"{name}.arrows", table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)


def write_bad_yields() -> None:
    """Tables of yields with values that are missing, and with integers that are no doubles."""
    def table(channel, yields, numbers=pa.float64()) -> pa.Table:
        return pa.table(
            {
                "channel": pa.array(channel, pa.string()),
                "sample": pa.array(["signal", "background"]),
                "yields": pa.array(yields, pa.list_(numbers)),
            }
        )

    options = {"write_statistics": False, "store_schema": False}
    no_channel = table(["SR", None], [[1.0], [2.0]])
    no_yields = table(["SR", "SR"], [[1.0], None])
    no_item = table(["SR", "SR"], [[1.0], [None]])
    too_large = table(["SR", "SR"], [[1], [2**53 + 1]], pa.int64())
    pq.write_table(no_channel, FOLDER / "bad-no-channel.parquet", **options)
    pq.write_table(no_yields, FOLDER / "bad-no-yields.parquet", **options)
    arrow_file(FOLDER / "bad-no-item.arrow", no_item)
    arrow_file(FOLDER / "bad-too-large.arrow", too_large)


def arrow_file(path: pathlib.Path, table: pa.Table) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def write_modifiers() -> None:
    """The tables beside those of yields, by each writer."""
    rows = [
        ("SR", "signal", "mu", "normfactor", None, None, None),
        ("CR", "signal", "mu", "normfactor", None, None, None),
        ("SR", "background", "xsec", "normsys", [1.1], [0.9], None),
        ("CR", "background", "xsec", "normsys", [1.1], [0.9], None),
        ("SR", "background", "scale", "histosys", [55.0, 61.0, 72.0], [45.0, 59.0, 68.0], None),
        ("SR", "background", "stat_SR", "staterror", None, None, [5.5, 6.25, 7.125]),
        ("CR", "background", "shape", "shapesys", None, None, [20.0, 15.0]),
        ("CR", "background", "free", "shapefactor", None, None, None),
    ]
    names = ["channel", "sample", "modifier_name", "modifier_type", "data_hi", "data_lo", "data"]
    types = [pa.string()] * 4 + [pa.list_(pa.float64())] * 3
    modifiers = pa.table({n: pa.array(c, t) for n, t, c in zip(names, types, zip(*rows))})
    observations = pa.table(
        {"channel": ["SR", "CR"], "data": pa.array([[53, 71, 88], [510, 399]], pa.list_(pa.float64()))}
    )
    measurements = pa.table({"name": ["main", "other"], "poi": ["mu", "xsec"]})
    for kind, table in [("modifiers", modifiers), ("observations", observations), ("measurements", measurements)]:
        pq.write_table(table, FOLDER / f"{kind}-pyarrow.parquet", store_schema=False)
        frame = polars.from_arrow(table)
        frame.write_parquet(FOLDER / f"{kind}-polars.parquet")
        frame.write_ipc(FOLDER / f"{kind}-polars.arrow")
        connection = duckdb.connect()
        connection.register("t", table)
        target = FOLDER / f"{kind}-duckdb.parquet"
        connection.execute(f"COPY (SELECT * FROM t) TO '{target}' (FORMAT parquet)")


def read_written() -> None:
    """What the three make of the files that we write."""
    script = pathlib.Path(__file__).with_name("columnar-written.ts")
    subprocess.run(["node", str(script)], check=True)
    parquet = FOLDER / "written.parquet"
    stream = FOLDER / "written.arrows"
    tables = {
        "pyarrow parquet": pq.read_table(parquet),
        "pyarrow arrow": pa.ipc.open_stream(stream).read_all(),
        "polars parquet": polars.read_parquet(parquet).to_arrow(),
        "polars arrow": polars.read_ipc_stream(stream).to_arrow(),
        "duckdb parquet": duckdb.sql(f"SELECT * FROM '{parquet}'").to_arrow_table(),
    }
    for table in tables.values():
        table.validate(full=True)
    result = {name: plain(table.to_pydict()) for name, table in tables.items()}
    (FOLDER / "written.json").write_text(json.dumps(result, indent=1) + "\n")


ROWS = 40


def some(values: list, rows: int = ROWS) -> list:
    return [values[i % len(values)] for i in range(rows)]


def columns_table() -> pa.Table:
    def ints(bits: int, signed: bool) -> list[int]:
        low = -(1 << (bits - 1)) if signed else 0
        high = (1 << (bits - 1 if signed else bits)) - 1
        return [low, high, 0, 1, high // 3, low // 7]

    columns = {
        f"{'' if signed else 'u'}int{bits}": pa.array(
            some(ints(bits, signed)), getattr(pa, f"{'' if signed else 'u'}int{bits}")()
        )
        for bits in (8, 16, 32, 64)
        for signed in (True, False)
    }
    day = datetime.date(2026, 11, 22)
    columns |= {
        "bool": pa.array(some([True, False, False]), pa.bool_()),
        "float16": pa.array(some([0.0, 1.5, -65504.0, 6e-8, math.inf, 0.1]), pa.float16()),
        "float32": pa.array(some([0.1, -0.0, 1e-45, math.nan, -math.inf]), pa.float32()),
        "float64": pa.array(some([0.1, -0.0, 5e-324, math.nan, 1.7976931348623157e308]), pa.float64()),
        "maybe": pa.array(some([1.5, None, 2.5, None, None]), pa.float64()),
        "present": pa.array(some([7, 8, 9]), pa.int32()),
        "text": pa.array(some(["", "a", "\u00fcn\u00efcode", "a much longer text than twelve bytes", "\U0001f642"])),
        "coded": pa.array(some(["one", "two", "one", "three"]), pa.string()).dictionary_encode(),
        "list": pa.array(some([[1.5], [], [2.5, -3.5, math.nan]]), pa.list_(pa.float32())),
        "large_list": pa.array(some([[], [1 << 40, 2]]), pa.large_list(pa.int64())),
        "fixed": pa.array(some([[1, 2, 3], [4, 5, 6]]), pa.list_(pa.int16(), 3)),
        "texts": pa.array(some([["x", "yz"], [], [""]]), pa.list_(pa.string())),
        "nested": pa.array(some([[[1], []], [], [[2, 3], [4], [5, 6, 7]]]), pa.list_(pa.list_(pa.int32()))),
        "record": pa.array(
            [{"x": i / 4, "name": f"n{i % 3}"} for i in range(ROWS)],
            pa.struct([("x", pa.float64()), ("name", pa.string())]),
        ),
        "records": pa.array(
            some([[{"pt": 1.5, "id": 1}, {"pt": 2.5, "id": 2}], [], [{"pt": None, "id": 3}]]),
            pa.list_(pa.struct([("pt", pa.float64()), ("id", pa.uint8())])),
        ),
        "decimal": pa.array(some([decimal.Decimal("1.10"), decimal.Decimal("-99999.99")]), pa.decimal128(9, 2)),
        "date": pa.array(some([day, datetime.date(1969, 12, 31)]), pa.date32()),
        "moment": pa.array(some([1, -1, 1_800_000_000_123_456]), pa.timestamp("us")),
    }
    return pa.table(columns)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0:
        return "-0"
    return value


def as_json(table: pa.Table) -> dict:
    result = {}
    for name in table.column_names:
        column = table[name]
        if name in ("int64", "uint64", "moment"):
            if name == "moment":
                column = column.cast(pa.int64())
            result[name] = [str(value) for value in column.to_pylist()]
        elif name == "large_list":
            result[name] = [[str(item) for item in value] for value in column.to_pylist()]
        elif name == "date":
            result[name] = column.cast(pa.int32()).to_pylist()
        elif name == "decimal":
            result[name] = [float(value) for value in column.to_pylist()]
        elif name == "float16":
            result[name] = plain([float(value) for value in column.cast(pa.float32()).to_pylist()])
        elif name == "maybe":
            result[name] = ["nan" if value is None else value for value in column.to_pylist()]
        elif name == "records":
            result[name] = [
                [{"pt": "nan" if r["pt"] is None else r["pt"], "id": r["id"]} for r in value]
                for value in column.to_pylist()
            ]
        else:
            result[name] = plain(column.to_pylist())
    return result


def write_columns() -> None:
    table = columns_table()
    (FOLDER / "columns.json").write_text(json.dumps(as_json(table), separators=(",", ":")) + "\n")

    def parquet(name: str, given: pa.Table = table, **options) -> None:
        options = {"write_statistics": False, "store_schema": False, **options}
        pq.write_table(given, FOLDER / f"columns-{name}.parquet", **options)

    parquet("pyarrow-v1", compression="snappy", row_group_size=23)
    parquet("pyarrow-v2", compression="zstd", data_page_version="2.0", use_dictionary=False)
    # None of the encodings that are not plain is compressed, so that what is read is what they wrote.
    encodings = {name: "DELTA_BINARY_PACKED" for name in ("int8", "uint16", "int32", "uint32", "int64", "uint64")}
    encodings |= {name: "BYTE_STREAM_SPLIT" for name in ("float32", "float64", "maybe", "present", "moment", "float16")}
    encodings |= {"text": "DELTA_BYTE_ARRAY", "coded": "DELTA_LENGTH_BYTE_ARRAY", "bool": "RLE"}
    for version in ("1.0", "2.0"):
        parquet(
            f"pyarrow-encodings-v{version[0]}",
            use_dictionary=False,
            column_encoding=encodings,
            compression="none",
            data_page_version=version,
            row_group_size=31,
        )
    # Types that a writer does not have are left out; the test compares the columns that are there.
    frame = polars.from_arrow(table.drop(["fixed"]))
    frame.write_parquet(FOLDER / "columns-polars.parquet", compression="zstd", statistics=False)
    frame.write_ipc(FOLDER / "columns-polars.arrow", compression="lz4")
    connection = duckdb.connect()
    connection.register("t", table.drop(["float16"]))
    for version in ("v1", "v2"):
        target = FOLDER / f"columns-duckdb-{version}.parquet"
        connection.execute(
            f"COPY (SELECT * FROM t) TO '{target}' (FORMAT parquet, CODEC 'zstd', PARQUET_VERSION '{version}')"
        )
    arrow("columns-pyarrow-none", table, None, rows=ROWS)
    arrow("columns-pyarrow-zstd", table, "zstd", rows=17)
    large = table.set_column(table.column_names.index("text"), "text", table["text"].cast(pa.large_string()))
    view = large.set_column(large.column_names.index("coded"), "coded", table["coded"].cast(pa.string()).cast(pa.string_view()))
    arrow("columns-pyarrow-views", view, "lz4", rows=33)


def write_pages() -> None:
    """Many small pages; rows of lists that begin in one and end in another. The test makes the same numbers."""
    rows = 1500
    table = pa.table(
        {
            "square": pa.array([i * i for i in range(rows)], pa.int64()),
            "third": pa.array([None if i % 3 == 0 else i / 3 for i in range(rows)], pa.float64()),
            "text": pa.array([f"s{i % 7}" for i in range(rows)]),
            "list": pa.array([list(range(i % 4)) for i in range(rows)], pa.list_(pa.int16())),
        }
    )
    for version in ("1.0", "2.0"):
        pq.write_table(
            table,
            FOLDER / f"pages-v{version[0]}.parquet",
            data_page_size=512,
            write_batch_size=64,
            data_page_version=version,
            row_group_size=850,
            compression="zstd",
            write_statistics=False,
        )


def write_dictionaries() -> None:
    """Dictionaries that grow, and that are replaced."""
    kind = pa.dictionary(pa.int32(), pa.string())
    batches = [
        pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(words))
        for indices, words in [([0, 1, 1], ["a", "b"]), ([2, 0, None], ["a", "b", "c"]), ([3, 2], ["a", "b", "c", "d"])]
    ]
    other = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int32()), pa.array(["y", "z"]))
    schema = pa.schema([("word", kind)])
    for name, deltas, arrays in [("delta", True, batches), ("replaced", False, [batches[0], other, batches[2]])]:
        options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=deltas)
        with pa.ipc.new_stream(FOLDER / f"dictionary-{name}.arrows", schema, options=options) as writer:
            for array in arrays:
                writer.write_batch(pa.record_batch([array], schema=schema))
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.ipc.new_file(FOLDER / "dictionary-delta.arrow", schema, options=options) as writer:
        for array in batches:
            writer.write_batch(pa.record_batch([array], schema=schema))


def write_refused() -> None:
    """What cannot be read, with the reason in the test; and values that are missing where there is no place for that."""
    table = pa.table(
        {
            "bytes": pa.array([b"\x00", b"\x01"], pa.binary()),
            "long_decimal": pa.array([decimal.Decimal(1), decimal.Decimal(2)], pa.decimal128(30, 5)),
            "nothing": pa.array([None, None], pa.null()),
            "missing_int": pa.array([1, None], pa.int32()),
            "missing_text": pa.array(["a", None], pa.string()),
            "missing_list": pa.array([[1.5], None], pa.list_(pa.float64())),
            "missing_item": pa.array([[1], [None]], pa.list_(pa.int32())),
            "fine": pa.array([1.5, 2.5], pa.float64()),
        }
    )
    pq.write_table(table, FOLDER / "refused.parquet", write_statistics=False, store_schema=False)
    arrow_file(FOLDER / "refused.arrow", table)


class KeyInTheOpen(encryption.KmsClient):
    """Keys of tests, which hide nothing."""

    def __init__(self, _config) -> None:
        encryption.KmsClient.__init__(self)

    def wrap_key(self, key_bytes, _name):
        return base64.b64encode(key_bytes)


def write_in_part() -> None:
    """Files of which some columns only can be read: one is encrypted, or has the integers of 128 bits that only Polars has."""
    factory = encryption.CryptoFactory(KeyInTheOpen)
    keys = encryption.EncryptionConfiguration(footer_key="k", column_keys={"c": ["hidden"]}, plaintext_footer=True)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), keys)
    table = pa.table({"hidden": [1.0, 2.0], "fine": [1.5, 2.5]})
    path = FOLDER / "in-part-encrypted.parquet"
    with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    wide = polars.DataFrame({"wide": polars.Series([1, None], dtype=polars.Int128), "fine": [1.5, 2.5]})
    wide.write_ipc(FOLDER / "in-part-int128.arrow")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        if old.suffix in (".parquet", ".arrow", ".arrows", ".json"):
            old.unlink()
    write_yields()
    write_columns()
    write_pages()
    write_dictionaries()
    write_refused()
    write_in_part()
    write_bad_yields()
    write_modifiers()
    read_written()
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} files, {total} bytes")


if __name__ == "__main__":
    main()
