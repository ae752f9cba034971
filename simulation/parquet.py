"""How is a Parquet table read so that the interpreter can end in peace?"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def read_table(content: bytes) -> pd.DataFrame:
    """Return a table from its file, read by this thread alone: pyarrow's own may abort the interpreter as it ends.

    Raises
    ------
    OSError or ValueError
        The content is no Parquet file.
    """
    table = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=False)
    return table.to_pandas(use_threads=False)
