"""Files that were made to do harm: each gives one clear line, and the process goes on."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.answering.sheet import findings_csv
from bot.checks.engine import check
from bot.reports.read import Reader
from bot.reports.report import Report
from bot.reports.samples import sample_folder
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from tests.conftest import TODAY
from tests.reports.conftest import Read

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = "sku,price,quantity\n"


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """What grows without end fails here instead of taking the machine along."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 4_000_000_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def workbook(cells: str, shared: str = "") -> bytes:
    """An XLSX with one sheet that holds `cells`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Target="worksheets/sheet1.xml"'
            ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
            '<Relationship Id="rId2" Target="sharedStrings.xml"'
            ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>')
        if shared:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
    return content.getvalue()


def reason(reports: tuple[Report, ...]) -> str:
    [report] = reports
    assert report.format is None
    assert report.reason is not None
    return report.reason.name


def test_two_cells_far_apart_do_not_make_a_sheet_of_all_between_them(read: Read) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert reason(read(workbook(cells))) == "bomb"


def test_a_long_text_that_every_cell_refers_to_is_a_bomb(read: Read) -> None:
    shared = f"<si><t>{'x' * 1_000_000}</t></si>"
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    assert reason(read(workbook(rows, shared))) == "bomb"


def test_a_workbook_with_usual_texts_is_read(read: Read) -> None:
    made = Workbook()
    for row in (("sku", "price", "quantity"), *((f"A-{n}", 1.5, n) for n in range(1, 300))):
        made.active.append(row)  # type: ignore[union-attr]
    content = io.BytesIO()
    made.save(content)
    [report] = read(content.getvalue())
    assert (report.format, report.rows) == ("price-quantity", 299)


def test_sheets_in_an_encoding_that_hides_them_are_not_opened(read: Read) -> None:
    content = workbook("")
    hidden = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(hidden, "w") as new:
        for member in old.infolist():
            text = old.read(member)
            new.writestr(member.filename, text.decode().encode("utf-16") if "sheet1" in member.filename else text)
    assert reason(read(hidden.getvalue())) == "damaged"


def archive(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            out.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize("name", ["../../../../tmp/pwned.csv", "/etc/cron.d/pwned.csv", "..\\..\\pwned.csv", "a/\x00b.csv"])
def test_names_in_an_archive_lead_nowhere(name: str, read: Read, tmp_path: Path) -> None:
    before = set(tmp_path.parent.rglob("*"))
    [report] = read(archive((name, f"{HEADER}A,1,2\n".encode())))
    assert report.rows == 1 or report.format is None
    assert {one for one in tmp_path.parent.rglob("*") if "pwned" in one.name} - before == set()
    assert not any(Path(where, "pwned.csv").exists() for where in ("/tmp", "/etc/cron.d", "."))  # noqa: S108


def test_an_archive_in_an_archive_is_not_opened(read: Read) -> None:
    inner = archive(("report.csv", f"{HEADER}A,1,2\n".encode()))
    assert reason(read(archive(("inner.zip", inner)))) == "archive_nested"
    assert reason(read(archive(("inner.csv", inner)))) == "archive_nested"


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p">%p;]><x/>',
    ],
    ids=["laughs", "a file", "a document type elsewhere", "a parameter elsewhere"],
)
def test_xml_expands_nothing_and_fetches_nothing(document: str, read: Read) -> None:
    assert reason(read(document.encode())) in ("damaged", "unknown_document")


FORMULAS = ("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")


def test_no_cell_of_the_findings_is_a_formula(book: Rulebook, tmp_path: Path) -> None:
    lines = (sample_folder() / "stranded-inventory.txt").read_text(encoding="utf-8").splitlines()
    place = lines[0].split("\t").index("sku")
    marked = [lines[0]]
    for number, line in enumerate(lines[1:]):
        cells = line.split("\t")
        cells[place] = f"{FORMULAS[number % 4]}{number}"
        marked.append("\t".join(cells))
    path = tmp_path / "stranded.txt"
    path.write_text("\n".join(marked), encoding="utf-8")
    with Workspace(threads=1) as space:
        reports = Reader(book.content.reports).read(path, space)
        checked = check(space, list(reports), book, TODAY)
    sheet = findings_csv(checked, "en").decode("utf-8-sig")
    assert "'=cmd" in sheet
    for line in sheet.splitlines():
        for cell in line.split(","):
            assert not cell.strip('"').startswith(("=", "+", "@")), line


SQL = ("'; DROP TABLE uploads; --", '" OR 1=1 --', "a'); ATTACH '/tmp/x.db'; --", "$$; SELECT 1; $$", "%(team)s :team ?")


def test_skus_that_look_like_sql_are_only_skus(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "upload.txt"
    path.write_text("sku\tprice\tquantity\n" + "".join(f"{sku}\t1\t2\n" for sku in SQL), encoding="utf-8")
    with Workspace(threads=1) as space:
        [report] = Reader(book.content.reports).read(path, space)
        assert report.format == "price-quantity"
        check(space, [report], book, TODAY)
        rows = space.run(f"SELECT sku FROM {report.table}")  # noqa: S608 - our own name
    assert sorted(row[0] for row in rows) == sorted(SQL)
