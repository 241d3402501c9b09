"""What an answer from reports adds: rows as a table, bars, and the way to say that a file is something else."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering.answer import Answer, Chart, Table
from bot.rulebook.models import Language
from bot.slack.blocks.text import Block, Element, button, one_line, rich, run, section
from bot.slack.phrases import ui

TABLE_COLUMNS = 8
TABLE_CHARACTERS = 4_000
CELL = 80
BAR_LABEL = 20
CHART_TITLE = 50
FILES = 3
CHART = "data_visualization"


def table_blocks(table: Table, language: Language) -> list[Block]:
    """As many rows as fit, under as many columns, with a line that says what they are."""
    rows = [_cells(table.columns)]
    used = _size(rows[0])
    for row in table.rows:
        cells = _cells(row)
        used += _size(cells)
        if used > TABLE_CHARACTERS:
            break
        rows.append(cells)
    shown = len(rows) - 1
    name = "table_all" if shown == table.total else "table_some"
    caption = ui(name, language, title=table.title, shown=shown, total=f"{table.total:,}")
    return [rich([section([run(caption, bold=True)])]), {"type": "table", "rows": rows}]


def _cells(texts: Sequence[str]) -> list[Element]:
    return [{"type": "raw_text", "text": one_line(text, CELL) or "–"} for text in texts[:TABLE_COLUMNS]]


def _size(cells: Sequence[Element]) -> int:
    return sum(len(cell["text"]) for cell in cells)


def chart_block(chart: Chart) -> Block:
    """Bars, drawn by Slack in whatever script the labels have."""
    labels: dict[str, int] = {}
    for label, value in chart.bars:
        short = one_line(label, BAR_LABEL)
        labels[short] = labels.get(short, 0) + value
    title = one_line(chart.title, CHART_TITLE)
    return {
        "type": CHART,
        "title": title,
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": one_line(chart.title, BAR_LABEL),
                    "data": [{"label": label, "value": value} for label, value in labels.items()],
                }
            ],
            "axis_config": {"categories": list(labels)},
        },
    }


def something_else(answer: Answer, ref: str) -> list[Block]:
    """For each file a button: it was taken for the wrong report; and one to say or confirm what its columns are."""
    language = answer.language
    several = len(answer.files) > 1
    buttons = [
        button(
            ui("something_else_file", language, file=file.name) if several else ui("something_else", language),
            f"something_else_{number}",
            file.source,
        )
        for number, file in enumerate(answer.files[:FILES])
        if file.source
    ]
    buttons += [
        button(
            ui("check_columns_file", language, file=file.name) if several else ui("check_columns", language),
            f"check_columns_{number}",
            file.source,
            style="primary",
        )
        for number, file in enumerate(answer.files[:FILES])
        if file.source and file.asked
    ]
    return [{"type": "actions", "block_id": f"taken:{ref}", "elements": buttons}] if buttons else []
