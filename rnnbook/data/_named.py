"""A table under the name of the file that it came from, for a door that reads text."""

import io

import pandas as pd


class Named(io.StringIO):
    """The rows of a table as lines with tabs; blanks in a cell become one each."""

    def __init__(self, table: pd.DataFrame, name: str):
        cells = table.map(lambda cell: "" if pd.isna(cell) else str(cell))
        rows = [map(str, table), *cells.itertuples(index=False)]
        lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in rows]
        super().__init__("\n".join(lines) + "\n")
        self.name = name
