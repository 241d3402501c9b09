"""Whatever bytes arrive, reading ends with a report or a reason, and no line is lost without being named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.reports.samples import sample_folder
from tests.reports.conftest import Read

HEADER = "sku\tproduct-id\tproduct-id-type\tprice\tquantity\titem-note"
CELL = st.text(st.characters(blacklist_characters="\t\r\n", blacklist_categories=("Cs",)), max_size=12)
SAFE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SAFE
@given(content=st.binary(max_size=2000))
def test_any_bytes_give_a_report_or_a_reason(content: bytes, read: Read) -> None:
    for report in read(content):
        assert (report.format is None) == (report.reason is not None)
        if report.reason is not None:
            assert report.reason.text("en")
            assert report.reason.text("zh")


@SAFE
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=8), max_size=12), ending=st.sampled_from(["\n", "\r\n"]))
def test_every_line_of_a_tab_file_is_accounted_for(rows: list[list[str]], ending: str, read: Read) -> None:
    lines = ["\t".join(cells) for cells in rows]
    content = (ending.join([HEADER, *lines]) + ending).encode("utf-8")
    [report] = read(content)
    assert report.format == "inventory-loader"
    assert report.lines == sum(bool(line.replace("\t", "").replace("\0", "").strip()) for line in lines)


@SAFE
@given(
    rows=st.lists(st.tuples(CELL.filter(lambda text: text.strip(" \0") != ""), CELL), max_size=12),
    quoted=st.booleans(),
)
def test_every_record_of_a_comma_file_is_accounted_for(rows: list[tuple[str, str]], quoted: bool, read: Read) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [",".join([cell("S" + sku), "1", "2", cell(note)]) for sku, note in rows]
    content = "\n".join(["sku,add-delete,quantity,item-note", *lines]).encode("utf-8")
    [report] = read(content)
    assert report.lines == len(lines)
    assert not report.rejected


@SAFE
@given(data=st.data())
def test_a_damaged_real_looking_file_never_crashes(data: st.DataObject, read: Read) -> None:
    sample = (Path(__file__).parents[2] / "samples" / "stranded-inventory.txt").read_bytes()
    place = data.draw(st.integers(0, len(sample)))
    length = data.draw(st.integers(0, 300))
    content = sample[:place] + data.draw(st.binary(max_size=20)) + sample[place + length :]
    for report in read(content):
        assert report.format is not None or report.reason is not None


SAMPLES = [path for path in sorted(sample_folder().glob("*.txt")) if b"TemplateType" not in path.read_bytes()]
STRANGE = ['"', '"x', 'x"', '""', '"a""b"', '27" x "y"', '"x\ty"', "\x1c", "\u2028"]


@SAFE
@given(data=st.data())
def test_whatever_is_done_to_lines_of_a_report_each_is_accounted_for(data: st.DataObject, read: Read) -> None:
    text = data.draw(st.sampled_from(SAMPLES)).read_text(encoding="utf-8-sig", errors="replace")
    head, *body = text.rstrip("\n").split("\n")[:30]
    for _ in range(data.draw(st.integers(0, 6))):
        number = data.draw(st.integers(1, len(body) - 1))
        cells = body[number].split("\t")
        place = data.draw(st.integers(0, len(cells) - 1))
        cells[place] = data.draw(st.sampled_from(STRANGE) | CELL)
        body[number] = data.draw(
            st.sampled_from(
                ["\t".join(cells), body[number][: place * 7], body[number] + "\tx", body[number] + "\0", head, ""]
            )
        )
        body.insert(number, data.draw(st.sampled_from([body[number], ""])))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
    content = data.draw(st.sampled_from(["\n", "\r\n"])).join([head, *body]).encode(encoding)
    [report] = read(content)
    bare = [line.replace("\t", "").replace("\0", "") for line in body]
    # A line of nothing but quotation marks may count as blank.
    least, most = sum(bool(line.replace('"', "").strip()) for line in bare), sum(bool(line.strip()) for line in bare)
    assert report.format is not None
    assert least <= report.lines <= most


@pytest.mark.parametrize("cut", range(0, 4000, 331))
def test_a_cut_file_keeps_its_whole_lines(cut: int, read: Read) -> None:
    sample = (Path(__file__).parents[2] / "samples" / "stranded-inventory.txt").read_bytes()
    header = sample.index(b"\n") + 1
    [report] = read(sample[: header + cut])
    whole = [line for line in sample[header : header + cut].split(b"\n") if line.strip()]
    assert report.format == "stranded-inventory"
    assert report.lines == len(whole)
