"""How the notebooks show a table: what a reader needs of it, without the tools of a programmer."""

import marimo as mo
import polars as pl

# Beyond as many signs a text is set on several lines, of as many pixels.
LONG, WIDE = 40, 380


def tableau(frame: pl.DataFrame) -> mo.ui.table:
    """The rows of a frame, its long texts on several lines."""
    long = [
        name
        for name, column in frame.to_dict().items()
        if column.dtype == pl.String and (column.str.len_chars().max() or 0) > LONG  # type: ignore[operator]
    ]
    return mo.ui.table(
        frame,
        selection=None,
        show_data_types=False,
        show_column_summaries=False,
        show_search=False,
        page_size=20,
        wrapped_columns=long,
        column_widths=dict.fromkeys(long, WIDE),
    )
