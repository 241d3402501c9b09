"""Files as Amazon serves them and as spreadsheets leave them: the same rows must come out."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.reports.read import Reader
from bot.reports.report import Limits, Meaning, Report
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from tests.reports.conftest import Read

HEADER = (
    "primary-action\tdate-stranded\tDate-to-take-auto-removal\tstatus-primary\tstatus-secondary\terror-message\t"
    "stranded-reason\tasin\tsku\tfnsku\tproduct-name\tcondition\tfulfilled-by\tfulfillable-qty\tyour-price\t"
    "unfulfillable-qty\treserved-quantity\tinbound-shipped-qty"
)


def line(
    sku: str, name: str = "mug", quantity: str = "3", price: str = "19.99", stranded: str = "2026-11-01T08:00:00+00:00"
) -> str:
    return (
        f"Relist\t{stranded}\t\tinactive\t\t\tListing closed\tB000000001\t{sku}\tX001234567\t{name}\tNew\tAmazon\t"
        f"{quantity}\t{price}\t0\t0\t0"
    )


def table(
    content: bytes, book: Rulebook, folder: Path, columns: str, **options: Any
) -> tuple[Report, list[tuple[Any, ...]]]:
    path = folder / "upload"
    path.write_bytes(content)
    with Workspace(threads=1) as space:
        [report] = Reader(book.content.reports, **options).read(path, space)
        return report, space.run(f"SELECT {columns} FROM {report.table} ORDER BY rowid") if report.table else []


@pytest.mark.parametrize(
    ("encoding", "bom", "name"),
    [
        ("utf-8", b"", "Café 杯子"),
        ("utf-8", b"\xef\xbb\xbf", "Café 杯子"),
        ("utf-16-le", b"\xff\xfe", "Café 杯子"),
        ("utf-16-be", b"\xfe\xff", "Café 杯子"),
        ("utf-16-le", b"", "Café 杯子"),
        ("cp1252", b"", "Café crème – 27” arm"),
        ("cp932", b"", "青いマグカップ①"),
        ("gb18030", b"", "蓝色陶瓷马克杯，大号"),
    ],
)
def test_the_encoding_is_found_without_being_told(
    encoding: str, bom: bytes, name: str, book: Rulebook, tmp_path: Path
) -> None:
    content = bom + "\r\n".join([HEADER, line("A", name), line("B")]).encode(encoding)
    report, rows = table(content, book, tmp_path, "sku, product_name")
    assert rows == [("A", name), ("B", "mug")]
    assert report.encoding is not None
    assert report.encoding.startswith(encoding)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gb18030", "2026年12月1日"),
        ("gb18030", "3件装"),
        ("gb18030", "杯子"),
        ("cp932", "山田"),
        ("cp932", "5個セット"),
        ("cp1252", "Größe 42"),
        ("cp1252", "SÃO PREÇO AÇÃO"),
        ("cp1252", "Señal “grande” 27”"),
        ("cp1252", "Nº 5, 25µm, 20°C, d’été"),
    ],
)
def test_a_few_letters_under_english_headings_tell_the_encoding(
    encoding: str, name: str, book: Rulebook, tmp_path: Path
) -> None:
    content = "\r\n".join([HEADER, line("A", name), line("B")]).encode(encoding)
    report, rows = table(content, book, tmp_path, "product_name")
    assert (report.encoding, rows) == (encoding, [(name,), ("mug",)])


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_delimiter_is_counted_not_guessed_from_the_name(delimiter: str, book: Rulebook, tmp_path: Path) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text else text

    lines = [delimiter.join(map(cell, text.split("\t"))) for text in (HEADER, line("A", 'arm 27", black; wide'), line("B"))]
    report, rows = table("\n".join(lines).encode(), book, tmp_path, "sku, product_name, fulfillable_qty")
    assert report.delimiter == delimiter
    assert rows == [("A", 'arm 27", black; wide', 3), ("B", "mug", 3)]


def test_stray_quotation_marks_in_tab_files_lose_no_line(book: Rulebook, tmp_path: Path) -> None:
    names = ['27" arm', '"Forest" puzzle', '"starts with a quote', "plain", 'ends with one"', '"']
    content = "\n".join([HEADER, *(line(f"S{n}", name) for n, name in enumerate(names))]).encode()
    report, rows = table(content, book, tmp_path, "product_name")
    assert [row[0] for row in rows] == names
    assert not report.rejected


def test_line_ends_inside_quoted_comments_belong_to_their_row(read: Read) -> None:
    [report] = read(
        b"return-date,order-id,sku,quantity,detailed-disposition,license-plate-number,customer-comments\n"
        b'2026-11-01T00:00:00+00:00,1,A,1,DAMAGED,L1,"first\nsecond, ""third"""\n2026-11-01T00:00:00+00:00,2,B,1,SELLABLE,L2,ok\n'
    )
    assert (report.format, report.rows, len(report.rejected)) == ("fba-returns", 2, 0)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r"])
def test_line_ends_inside_a_cell_may_differ_from_those_of_the_rows(inside: str, ending: str, read: Read) -> None:
    head = "return-date,order-id,sku,quantity,detailed-disposition,license-plate-number,reason"
    rows = [f'2026-11-01,{number},A,1,DAMAGED,L{number},"first{inside}second"' for number in range(3)]
    [report] = read((ending.join([head, *rows]) + ending).encode())
    assert (report.format, report.rows, len(report.rejected)) == ("fba-returns", 3, 0)


def test_a_line_end_inside_a_number_is_no_crash(book: Rulebook, tmp_path: Path) -> None:
    content = "\r\n".join([HEADER, line("A", quantity="3"), line("B", quantity="4\r\x1c")]) + "\r\x1c\n"
    report, rows = table(content.encode(), book, tmp_path, "sku, fulfillable_qty")
    assert report.lines == len(rows) == 2
    assert rows[0] == ("A", 3)


def test_short_rows_are_filled_up_and_cut_rows_are_named_with_their_line(book: Rulebook, tmp_path: Path) -> None:
    short = line("A").rsplit("\t", 2)[0]
    content = "\n".join([HEADER, short, line("B"), "", "Relist\t2026-11-01\t\tinactive"]).encode()
    report, rows = table(content, book, tmp_path, "sku")
    assert [row[0] for row in rows] == ["A", "B"]
    assert [rejected.line for rejected in report.rejected] == [5]
    assert "note_cut" in {note.name for note in report.notes}


def test_a_tab_too_many_at_the_end_of_every_row_is_nothing(book: Rulebook, tmp_path: Path) -> None:
    content = "\n".join([HEADER, line("A") + "\t", line("B") + "\t\t"]).encode()
    _, rows = table(content, book, tmp_path, "sku")
    assert [row[0] for row in rows] == ["A", "B"]


def test_a_row_with_too_many_cells_is_refused_and_named(read: Read) -> None:
    [report] = read("\n".join([HEADER, line("A"), line("B") + "\tmore"]).encode())
    assert report.rows == 1
    assert [(row.line, row.reason.name) for row in report.rejected] == [(3, "row_wide")]


def test_repeated_lines_count_once_and_are_reported(read: Read) -> None:
    [report] = read("\n".join([HEADER, line("A"), line("B"), line("A"), line("A")]).encode())
    assert (report.rows, report.duplicates, report.lines) == (2, 2, 4)


def test_lines_that_differ_in_a_column_that_is_not_kept_are_no_repetition(read: Read) -> None:
    head = "return-date\torder-id\tsku\tdetailed-disposition\tlicense-plate-number\tcustomer-comments\n"
    [report] = read((head + "2026-11-01\t1\tA\tDAMAGED\t\tone\n2026-11-01\t1\tA\tDAMAGED\t\ttwo\n").encode())
    assert (report.rows, report.duplicates) == (2, 0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["24,99", "1.299,00", "5"], ["24.99", "1299", "5"]),
        (["24,99 €", "1.299,00 €", ""], ["24.99", "1299", None]),
        (["$24.99", "$1,299.00", "--"], ["24.99", "1299", None]),
        (["24.99", "1,299", "N/A"], ["24.99", "1299", None]),
        (["5", "5.0", "5.00"], ["5", "5", "5"]),
        (["1,299", "2,500", "#N/A"], [None, None, None]),
        (["1 299,50", "12,5", "none"], ["1299.5", "12.5", None]),
        (["¥1,980", "￥980", "12,800円"], ["1980", "980", "12800"]),
    ],
)
def test_prices_are_read_by_the_evidence_of_their_column(
    written: list[str], meant: list[str | None], book: Rulebook, tmp_path: Path
) -> None:
    lines = [line(f"S{number}", price=price) for number, price in enumerate(written)]
    _, rows = table("\n".join([HEADER, *lines]).encode(), book, tmp_path, "your_price")
    assert [row[0] for row in rows] == [None if value is None else Decimal(value) for value in meant]


def test_ambiguous_thousands_are_asked_about(read: Read) -> None:
    [report] = read("\n".join([HEADER, line("A", price="1,299"), line("B", price="2,500")]).encode())
    assert "note_ambiguous_number" in {note.name for note in report.notes}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-03T14:20:11+00:00", datetime(2026, 11, 3, 14, 20, 11)),
        ("2026-11-03T14:20:11-08:00", datetime(2026, 11, 3, 22, 20, 11)),
        ("2026-11-03T23:30:00-08:00", datetime(2026, 11, 4, 7, 30)),
        ("2026-11-03", datetime(2026, 11, 3)),
        ("2026-11-03 14:20:11 PST", datetime(2026, 11, 3, 22, 20, 11)),
        ("29/09/2026 16:19:39 BST", datetime(2026, 9, 29, 15, 19, 39)),
        ("2026/01/05 12:34:56 JST", datetime(2026, 1, 5, 3, 34, 56)),
        ("24.09.2026 10:00:00 UTC", datetime(2026, 9, 24, 10)),
        ("24-Sep-2026", datetime(2026, 9, 24)),
        ("Nov 3, 2026", datetime(2026, 11, 3)),
        ("2026/11/3 下午2:20", datetime(2026, 11, 3, 14, 20)),
        ("11/25/2026", datetime(2026, 11, 25)),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_come_out_in_utc(written: str, meant: datetime | None, book: Rulebook, tmp_path: Path) -> None:
    _, rows = table("\n".join([HEADER, line("A", stranded=written)]).encode(), book, tmp_path, "date_stranded")
    assert rows == [(meant,)]


def test_day_and_month_follow_the_other_dates_of_the_file(book: Rulebook, tmp_path: Path) -> None:
    lines = [line("A", stranded="04/07/2026"), line("B", stranded="25/07/2026")]
    _, rows = table("\n".join([HEADER, *lines]).encode(), book, tmp_path, "date_stranded")
    assert rows[0][0] == datetime(2026, 7, 4)


@pytest.mark.parametrize("quantity", ["", "--", "N/A"])
def test_blank_is_unknown_never_zero(quantity: str, book: Rulebook, tmp_path: Path) -> None:
    _, rows = table("\n".join([HEADER, line("A", quantity=quantity)]).encode(), book, tmp_path, "fulfillable_qty")
    assert rows == [(None,)]


LOCALISED = {
    "zh": "商品名称\t卖家 SKU\t价格\t数量\t开售日期\t配送渠道\t状态\tlisting-id",
    "ja": "商品名\t出品ID\t出品者SKU\t価格\t数量\t出品日\tフルフィルメント・チャンネル\tステータス",
    "de": "Artikelbezeichnung\tAngebotsnummer\tHändler-SKU\tPreis\tMenge\tErstellungsdatum\tVersender\tStatus",
    "de-spoilt": "Artikelbezeichnung\tAngebotsnummer\tH舅dler-SKU\tPreis\tMenge\tErstellungsdatum\tVersender\tStatus",
    "fr-spoilt": "nom-produit\tid-offre\tsku-vendeur\tprix\tquantit?\tdate-ouverture\tcanal-traitement\t?tat",
    "british": "item-name\tlisting-id\tseller_sku\tprice\tquantity\topen-date\tfulfilment-channel\tstatus",
}


@pytest.mark.parametrize("name", LOCALISED)
def test_localised_and_spoilt_headings_are_understood(name: str, book: Rulebook, tmp_path: Path) -> None:
    heading = LOCALISED[name].split("\t")
    row = ["5" if cell in ("数量", "Menge", "quantit?", "quantity") else f"v{place}" for place, cell in enumerate(heading)]
    report, rows = table(("\t".join(heading) + "\n" + "\t".join(row)).encode(), book, tmp_path, "quantity, sku")
    assert report.format == "all-listings"
    assert rows[0][0] == 5
    assert rows[0][1] is not None


@pytest.mark.parametrize("above", ["sep=;\n", "\n\n", "Report;;\n;;\n"])
def test_what_spreadsheets_put_above_the_header_is_passed_over(above: str, book: Rulebook, tmp_path: Path) -> None:
    report, rows = table((above + "sku;price;quantity\nA;24,99;2\n").encode(), book, tmp_path, "sku, your_price, quantity")
    assert (report.delimiter, rows) == (";", [("A", Decimal("24.99"), 2)])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(ending: str, book: Rulebook, tmp_path: Path) -> None:
    _, rows = table(ending.join([HEADER, line("A"), line("B"), ""]).encode(), book, tmp_path, "sku")
    assert [row[0] for row in rows] == ["A", "B"]


def test_templates_hide_the_header_below_metadata(book: Rulebook, tmp_path: Path) -> None:
    content = "TemplateType=PriceInventory\tVersion=2018.0924\nSKU\tPrice\tQuantity\nsku\tprice\tquantity\nA\t5\t\n"
    report, rows = table(content.encode(), book, tmp_path, "sku, your_price, quantity")
    assert report.format == "price-quantity"
    assert rows == [("A", Decimal(5), None)]


def test_a_manifest_takes_its_default_owner_from_above_the_table(book: Rulebook, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.create_sheet("Create workflow – template")
    for cells in (
        ["Default prep owner", "Seller"],
        ["Default labeling owner", "Seller"],
        [],
        ["Merchant SKU", "Quantity", "Prep owner", "Labeling owner", "Units per box ", "Number of boxes"],
        ["00123", 40, None, None, 20, 2],
        ["B", 40, None, "Amazon", 20, 2],
    ):
        sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    report, rows = table(content.getvalue(), book, tmp_path, "sku, quantity, label_owner")
    assert report.format == "inbound-manifest"
    assert rows == [("00123", 40, "Seller"), ("B", 40, "Amazon")]


def test_a_table_may_stand_anywhere_in_any_sheet(book: Rulebook, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for place, cells in enumerate((["SKU", "Supplier", "Stock"], ["A", "S", 3], ["B", "S", 4.0]), 4):
        for column, cell in enumerate(cells, 3):
            sheet.cell(place, column, cell)
    other = workbook.create_sheet("Notes")
    other.cell(9, 9, "later sheets do not matter")
    content = io.BytesIO()
    workbook.save(content)
    report, rows = table(content.getvalue(), book, tmp_path, "sku, supplier, stock")
    assert report.format == "supplier-list"
    assert rows == [("A", "S", 3), ("B", "S", 4)]


def test_box_columns_are_added_up_and_the_block_below_is_refused(book: Rulebook, tmp_path: Path) -> None:
    content = (
        '\ufeff"Pack group number","1"\n"Units","30"\n\n'
        '"SKU","Title","ASIN","FNSKU","Condition","Prep type","Quantity","Box 1 units","Box 2 units","",""\n'
        '"A","t","B000000001","X001234567","New","None","20","10","9","",""\n\n'
        '"","","","","","","","","","Box ID","P1"\n'
    )
    report, rows = table(content.encode(), book, tmp_path, "sku, expected_quantity, boxed_quantity")
    assert rows == [("A", 20, 19)]
    assert [row.reason.name for row in report.rejected] == ["row_footer"]


@pytest.mark.parametrize("label", ['"","","","","","","Box name:","P1"', '"Box name","","","","","","","P1"'])
def test_below_a_packing_list_the_block_about_boxes_is_no_row_wherever_its_labels_stand(label: str, read: Read) -> None:
    head = '"SKU","Title","ASIN","FNSKU","Condition","Prep type","Quantity","Box 1 units"\n'
    [report] = read(f'{head}"A","t","B000000001","X001234567","New","None","20","10"\n\n{label}\n'.encode())
    assert (report.rows, [row.reason.name for row in report.rejected]) == (1, ["row_footer"])


def test_the_planning_report_is_known_by_a_part_of_its_chinese_headings(book: Rulebook, tmp_path: Path) -> None:
    content = "SKU,FNSKU,ASIN,可用库存,库存龄 0-90 天,你的售价\nA,X001234567,B000000001,4,4,10.50\n".encode("gb18030")
    report, rows = table(content, book, tmp_path, "sku, fulfillable_qty, age_0_to_90, your_price")
    assert (report.format, report.encoding) == ("fba-planning", "gb18030")
    assert rows == [("A", 4, 4, Decimal("10.50"))]


def test_numbers_that_a_spreadsheet_spoilt_are_named(read: Read) -> None:
    content = b"sku,product-id,product-id-type,price,add-delete\nA,5.01E+12,4,5,a\nB,12345678901,3,5,a\n"
    [report] = read(content)
    assert {"note_scientific", "note_zeros"} <= {note.name for note in report.notes}


def test_formula_cells_give_their_text(book: Rulebook, tmp_path: Path) -> None:
    _, rows = table(b'sku,price,quantity\n"=""00123""",5,1\n', book, tmp_path, "sku")
    assert rows == [("00123",)]


def test_a_total_row_is_no_data(read: Read) -> None:
    [report] = read(b"sku,cost,price\nA,1,2\nTOTAL,1,2\n")
    assert (report.rows, [row.reason.name for row in report.rejected]) == (1, ["row_total"])


def test_a_header_in_the_middle_is_no_data(read: Read) -> None:
    [report] = read("\n".join([HEADER, line("A"), HEADER, line("B")]).encode())
    assert (report.rows, [row.reason.name for row in report.rejected]) == (2, ["row_header"])


def test_the_header_settles_a_japanese_file_with_half_width_kana(read: Read) -> None:
    content = "商品名\t出品ID\t出品者SKU\t価格\t数量\nﾏｸﾞｶｯﾌﾟ ﾏｸﾞ ﾏｸﾞｶｯﾌﾟ ｶｯﾌﾟ ﾃﾞｽｸﾗﾝﾌﾟ ﾗﾝﾌﾟ ｾｯﾄ\t1\tA\t980\t\n" * 1
    [report] = read(content.encode("cp932"))
    assert (report.format, report.encoding) == ("active-listings", "cp932")


def test_amounts_under_japanese_headings_are_in_yen(book: Rulebook, tmp_path: Path) -> None:
    content = "商品名\t出品ID\t出品者SKU\t価格\t数量\nマグ\t1\tA\t2,980\t\nマグ\t2\tB\t980\t\n".encode("cp932")
    report, rows = table(content, book, tmp_path, "your_price")
    assert (report.notes, rows) == ((), [(Decimal(2980),), (Decimal(980),)])


def test_an_archive_in_an_archive_is_named(read: Read) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("report.txt", f"{HEADER}\n{line('A')}\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("报告.txt", f"{HEADER}\n{line('A')}\n".encode("utf-16"))
    first, second = read(outer.getvalue())
    assert (first.format, second.format) == (None, "stranded-inventory")
    assert first.reason is not None
    assert first.reason.name == "archive_nested"


def test_of_several_sheets_the_fullest_is_read_and_the_others_are_named(book: Rulebook, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    first, second, third = workbook.active, workbook.create_sheet("Listings"), workbook.create_sheet("Notes")
    assert first is not None
    first.title = "Stranded"
    first.append(HEADER.split("\t"))
    first.append(line("A").split("\t"))
    second.append(["seller-sku", "listing-id", "price", "status"])
    second.append(["A", "1", "2.00", "Active"])
    third.append(["to do", "by whom"])
    file = io.BytesIO()
    workbook.save(file)
    report, rows = table(file.getvalue(), book, tmp_path, "sku")
    assert (report.format, rows) == ("stranded-inventory", [("A",)])
    assert [note.values for note in report.notes] == [{"name": "Stranded"}, {"names": "Listings"}]


def test_own_tables_are_matched_loosely_and_shown_for_confirmation(read: Read) -> None:
    [report] = read("产品SKU,配件SKU号,配件库存,安全库存\nL1,P1,0,5\n".encode())
    assert report.format == "parts-map"
    assert report.is_guess
    assert report.headings["配件SKU号"] == "part-sku"


def test_what_a_person_confirmed_is_used(book: Rulebook, tmp_path: Path) -> None:
    content = b"Art,Teil,Lager\nL1,P1,4\n"
    told = said("parts-map", Art="product-sku", Teil="part-sku", Lager="stock")
    report, rows = table(content, book, tmp_path, "product_sku, part_sku, stock", told=told)
    assert report.format == "parts-map"
    assert rows == [("L1", "P1", 4)]


def said(layout: str | None, **columns: str) -> tuple[Meaning, ...]:
    return tuple(Meaning(heading.replace("_", " "), column, layout) for heading, column in columns.items())


def test_headings_of_own_tables_that_mean_nothing_are_named(read: Read) -> None:
    [report] = read(b"product-sku,part-sku,Bestand,Buyer Name,Telefon,phone\nL 1,P1,4,Joe,1,2\n")
    assert (report.format, report.rows, report.is_guess) == ("parts-map", 1, False)
    assert report.missed == ("Bestand", "Telefon")
    assert report.notes[-1].text("en").endswith("Bestand, Telefon")
    [listings] = read(("\t".join([*HEADER.split("\t"), "program"]) + "\n" + line("A")).encode())
    assert listings.missed == ()


def test_what_is_said_of_a_heading_holds_in_its_own_table_alone(book: Rulebook, tmp_path: Path) -> None:
    told = said("parts-map", sku="product-sku", Teil="part-sku", name="part-name")
    report, rows = table(b"sku,Teil,name\nL1,P1,Plug\n", book, tmp_path, "product_sku, part_name", told=told)
    assert (report.format, rows) == ("parts-map", [("L1", "Plug")])
    stranded, rows = table(f"{HEADER}\n{line('A')}\n".encode(), book, tmp_path, "sku", told=told)
    assert (stranded.format, rows) == ("stranded-inventory", [("A",)])


def test_a_heading_that_is_left_out_is_not_asked_about_again(book: Rulebook, tmp_path: Path) -> None:
    content = b"product-sku,part-sku,Stock,Note\nL1,P1,4,x\n"
    told = said("parts-map", Stock="-", Note="-")
    report, rows = table(content, book, tmp_path, "stock", told=told)
    assert (report.missed, rows) == ((), [(None,)])


@pytest.mark.parametrize("layout", ["parts-map", None])
@pytest.mark.parametrize("heading", ["Buyer Name", "recipient_name", "Phone", "姓名"])
def test_a_personal_heading_is_never_a_column(heading: str, layout: str | None, book: Rulebook, tmp_path: Path) -> None:
    content = f"product-sku,part-sku,{heading}\nL1,P1,Joe Doe\n".encode()
    told = (Meaning(heading, "part-name", layout),)
    report, rows = table(content, book, tmp_path, "part_name", told=told)
    assert (report.missed, rows) == ((), [(None,)])


def test_a_table_said_to_be_an_own_one_tells_its_headings(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("Ersatzteile 2026\n\nHauptartikel;part sku;Lager;Email\nL1;P1;4;a@b.example\n")
    with Workspace(threads=1) as space:
        [report] = Reader(book.content.reports).read(path, space, wanted="parts-map")
    assert (report.format, report.wanted) == (None, "parts-map")
    assert report.headings == {"part sku": "part-sku"}
    assert report.missed == ("Hauptartikel", "Lager")
    assert report.reason is not None
    assert "lacks product-sku;" in report.reason.text("en")
    assert "《替换件对应表》" in report.reason.text("zh")


def test_rows_without_headings_are_not_taken_for_headings(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("111-1,Joe Doe,joe@mail.example\n111-2,Ann Doe,ann@mail.example\n")
    with Workspace(threads=1) as space:
        [report] = Reader(book.content.reports).read(path, space, wanted="parts-map")
    assert (report.wanted, report.header, report.missed) == (None, (), ())


def test_an_upload_file_may_have_strange_headings_where_a_person_says_what_it_is(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("sku\tprice\tquantity\tWarehouse remark\nA\t1.00\t2\tx\n")
    reader = Reader(book.content.reports)
    told = Reader(book.content.reports, told=(Meaning("Warehouse remark", "-", "price-quantity"),))
    with Workspace(threads=1) as space:
        assert reader.read(path, space)[0].format is None
        [named] = reader.read(path, space, wanted="price-quantity")
        [again] = told.read(path, space)
    assert (named.format, named.missed) == ("price-quantity", ("Warehouse remark",))
    assert (again.format, again.missed) == ("price-quantity", ())


def workbook_with(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", "")
        archive.writestr(name, "x")
    return content.getvalue()


BAD = {
    "empty": (b"", "empty"),
    "blank": (b"\n \n", "empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "picture"),
    "pdf": (b"%PDF-1.7", "pdf"),
    "login page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web_page"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
    "locked excel": (b"\xd0\xcf\x11\xe0" + b"\0" * 60 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 60, "password"),
    "macros": (workbook_with("xl/vbaProject.bin"), "macros"),
    "broken excel": (workbook_with("xl/nothing.xml"), "damaged"),
    "cut zip": (b"PK\x03\x04" + b"\0" * 40, "damaged"),
    "cut gzip": (gzip.compress(b"sku,price,quantity\n" * 100)[:40], "damaged"),
    "interface error": (json.dumps({"errors": [{"code": "QuotaExceeded", "message": "m"}]}).encode(), "api_error"),
    "other json": (b'{"a": 1}', "unknown_document"),
    "other xml": (b"<a><b/></a>", "unknown_document"),
    "xml bomb": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "damaged"),
    "no data": (b"No data found\n", "no_data"),
    "too wide": (",".join(f"c{n}" for n in range(5000)).encode(), "too_many_columns"),
    "unknown": (b"name,colour\nx,red\n", "unknown"),
    "binary": (bytes(range(256)) * 30, "unknown"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_clear_line_in_each_language(name: str, read: Read) -> None:
    content, reason = BAD[name]
    [report] = read(content)
    assert report.format is None
    assert report.reason is not None
    assert report.reason.name == reason
    for language in ("en", "zh"):
        text = report.reason.text(language)  # type: ignore[arg-type]
        assert text
        assert "\n" not in text
        assert "{" not in text


def test_header_without_rows_is_a_valid_empty_report(read: Read) -> None:
    [report] = read(HEADER.encode())
    assert (report.format, report.rows, report.reason) == ("stranded-inventory", 0, None)


def test_a_huge_cell_costs_its_own_line_only(read: Read) -> None:
    [report] = read(("sku,price,quantity\nA,1,2\nB," + "9" * 300_000 + ",3\nC,4,5\n").encode())
    assert (report.rows, [(row.line, row.reason.name) for row in report.rejected]) == (2, [(3, "row_long_cell")])


def test_an_open_quotation_mark_costs_its_own_line_only(read: Read) -> None:
    [report] = read(b'sku,price,quantity\nA,1,2\n"B,2,3\nC,3,4\nD,4,5\n')
    assert (report.rows, [row.line for row in report.rejected]) == (3, [3])


def test_an_open_quotation_mark_that_a_later_one_closes_costs_its_own_line_only(book: Rulebook, tmp_path: Path) -> None:
    content = b'sku,price,quantity\n"A","1","2"\n"B,2,3\n"C","3","4"\n"D 27" wide","4","5"\n'
    report, rows = table(content, book, tmp_path, "sku, quantity")
    assert rows == [("A", 2), ("C", 4), ('D 27 wide"', 5)]
    assert [row.line for row in report.rejected] == [3]


def test_limits_are_kept(book: Rulebook, tmp_path: Path) -> None:
    content = b"sku,price,quantity\n" + b"A,1,2\n" * 50
    for limits, reason in ((Limits(size=100), "too_large"), (Limits(rows=10), "too_many_rows")):
        report, _ = table(content, book, tmp_path, "sku", limits=limits)
        assert report.reason is not None
        assert report.reason.name == reason


def test_a_zip_bomb_is_not_opened(book: Rulebook, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.txt", b"0" * 3_000_000)
    report, _ = table(content.getvalue(), book, tmp_path, "sku", limits=Limits(unpacked=1_000_000))
    assert report.reason is not None
    assert report.reason.name == "bomb"


def test_a_small_file_that_grows_too_much_is_a_bomb_too(read: Read) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    [report] = read(content.getvalue())
    assert report.reason is not None
    assert report.reason.name == "bomb"


def test_archives_give_each_of_their_reports(read: Read) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a/one.txt", HEADER + "\n" + line("A"))
        archive.writestr("two.csv", "sku,price,quantity\nA,1,2\n")
        archive.writestr("__MACOSX/two.csv", "x")
    assert [report.format for report in read(content.getvalue())] == ["stranded-inventory", "price-quantity"]
    [report] = read(gzip.compress((HEADER + "\n" + line("A")).encode()))
    assert report.format == "stranded-inventory"


@pytest.mark.parametrize("content", [b"", b"x"])
def test_the_type_that_a_person_names_must_fit(content: bytes, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"sku,price,quantity\n" + content)
    with Workspace(threads=1) as space:
        [report] = Reader(book.content.reports).read(path, space, wanted="stranded-inventory")
    assert report.reason is not None
    assert report.reason.name == "not_that"


def test_big_plain_files_give_the_same_as_small_ones(book: Rulebook, tmp_path: Path) -> None:
    lines = [line(f"S{number}", '27" arm', str(number % 9), f"{number % 50}.99") for number in range(18_000)]
    content = "\n".join([HEADER, *lines, lines[5]]).encode()
    report, rows = table(content, book, tmp_path, "fulfillable_qty, your_price")
    assert len(content) > 2_000_000
    assert (report.rows, report.duplicates, report.rejected) == (18_000, 1, ())
    assert sum(row[0] for row in rows) == sum(number % 9 for number in range(18_000))
    assert sum(row[1] for row in rows) == sum(Decimal(f"{number % 50}.99") for number in range(18_000))


def test_big_files_may_have_every_cell_between_quotation_marks(book: Rulebook, tmp_path: Path) -> None:
    lines = [line(f"S{number}", '27"" arm', str(number % 9), "1,299.50") for number in range(14_000)]
    content = "\n".join('"' + one.replace("\t", '"\t"') + '"' for one in [HEADER, *lines]).encode()
    report, rows = table(content, book, tmp_path, "sku, product_name, fulfillable_qty, your_price, stranded_reason")
    assert len(content) > 2_000_000
    assert (report.rows, report.notes) == (14_000, ())
    assert rows[7] == ("S7", '27" arm', 7, Decimal("1299.50"), "Listing closed")


def test_a_total_row_is_no_data_in_a_big_file_either(book: Rulebook, tmp_path: Path) -> None:
    lines = [line(f"S{number}", "a mug with a long name that goes on and on") for number in range(16_000)]
    total = "总计" + "\t" * HEADER.count("\t")
    content = "\n".join([HEADER, *lines, total]).encode()
    report, _ = table(content, book, tmp_path, "sku")
    assert len(content) > 2_000_000
    assert (report.rows, [row.reason.name for row in report.rejected]) == (16_000, ["row_total"])


@pytest.mark.parametrize(
    ("frame", "metric"),
    [
        ("30 days", "late-shipment-rate-30d"),
        ("<start>2026-10-23T00:00:00Z</start><end>2026-11-21T00:00:00Z</end>", "late-shipment-rate-30d"),
        ("<start>2026-11-15</start><end>2026-11-22</end>", "late-shipment-rate-7d"),
        ("<start>2026-02-31</start>", "late-shipment-rate"),
    ],
)
def test_the_window_of_the_old_account_report_is_a_number_of_days_or_two_dates(
    frame: str, metric: str, book: Rulebook, tmp_path: Path
) -> None:
    block = f"<customerExperienceMetrics><timeFrame>{frame}</timeFrame><orderCount>200</orderCount>"
    block += "<lateShipment><rate>2.00%</rate><count>4</count></lateShipment></customerExperienceMetrics>"
    content = (
        f"<sellerPerformanceReports><sellerPerformanceReport>{block}</sellerPerformanceReport></sellerPerformanceReports>"
    )
    _, rows = table(content.encode(), book, tmp_path, "metric, value, numerator, denominator")
    assert rows == [(metric, 0.02, 4, 200)]
