"""What each number means, at its edges."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.checks.files import check_files
from bot.checks.results import Checked
from bot.rulebook.book import Rulebook

TODAY = date(2026, 11, 22)


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


@pytest.fixture
def run(book: Rulebook, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Texts of files (cells parted by blanks where there are no tabs) -> what the checks say."""

    def checked(*texts: str) -> Checked:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"file{number}.txt"
            path.write_text(text if "\t" in text else text.replace(" ", "\t"), encoding="utf-8")
            paths.append(path)
        return check_files(paths, book, TODAY)

    return checked


def skus(checked: Checked, check: str, column: str = "sku") -> list[str]:
    finding = checked.finding(check)
    return sorted(finding.column(column)) if finding else []


def stranded(*rows: tuple[str, int, int | None]) -> str:
    lines = [
        "primary-action date-stranded date-to-take-auto-removal stranded-reason asin sku fnsku fulfillable-qty your-price"
    ]
    for sku, since, removal in rows:
        lines.append(f"Relist\t{day(since)}\t{'' if removal is None else day(removal)}\tx\tB\t{sku}\tX\t2\t5.50")
    return lines[0].replace(" ", "\t") + "\n" + "\n".join(lines[1:])


def test_over_14_days_begins_at_15(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(stranded(("a", -14, None), ("b", -15, None), ("c", -30, None), ("d", -31, None)))
    assert skus(checked, "stranded-over-14-days") == ["b", "c", "d"]
    assert skus(checked, "stranded-over-30-days") == ["d"]


def test_removal_is_due_from_today_to_the_seventh_day(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(stranded(("past", -1, -1), ("now", -1, 0), ("seven", -1, 7), ("eight", -1, 8), ("never", -1, None)))
    assert skus(checked, "stranded-removal-due") == ["now", "seven"]
    assert skus(checked, "stranded-removal-past") == ["past"]
    assert skus(checked, "stranded-no-removal-date") == ["never"]


@pytest.mark.parametrize(
    ("reason", "switched"),
    [
        ("Seller-fulfilled", True),
        ("Seller-fulfilled (DG info required)", True),
        ("Merchant fulfilled", True),
        ("Merchant fulfilled (including dangerous goods information required)", True),
        ("Listing closed", False),
        ("Something new", False),
    ],
)
def test_the_channel_switch_has_several_names(reason: str, switched: bool, run) -> None:  # type: ignore[no-untyped-def]
    text = stranded(("a", -1, None)).replace("\tx\t", f"\t{reason}\t")
    assert bool(skus(run(text), "stranded-switched-to-fbm")) == switched


def test_money_counts_rows_with_a_price_only(run) -> None:  # type: ignore[no-untyped-def]
    text = stranded(("a", -1, None), ("b", -1, None)).removesuffix("5.50")
    finding = run(text).finding("stranded-by-cause")
    assert (finding.count, finding.units, [str(amount.amount) for amount in finding.money]) == (2, 4, ["11.00"])


def myi(*rows: tuple[str, str, str]) -> str:
    head = "sku fnsku asin your-price afn-warehouse-quantity afn-fulfillable-quantity".replace(" ", "\t")
    return "\n".join([head, *("\t".join([*row, "2", "9", "4"]) for row in rows)])


def test_barcodes(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(
        myi(
            ("good", "X001234567", "B000000001"),
            ("maker", "B000000002", "B000000002"),
            ("blank", "", "B000000003"),
            ("short", "X00123", "B000000004"),
            ("other-asin", "B000000009", "B000000005"),
            ("twin1", "X00TWINTWI", "B000000006"),
            ("twin2", "X00TWINTWI", "B000000006"),
        )
    )
    assert skus(checked, "labels-manufacturer-barcode") == ["maker"]
    assert skus(checked, "labels-fnsku-missing") == ["blank"]
    assert skus(checked, "labels-fnsku-malformed") == ["short"]
    assert skus(checked, "labels-fnsku-shared") == ["twin1", "twin2"]


def test_two_rows_of_one_sku_are_one_sku_and_unsellable_units_do_not_count(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(
        "seller-sku fulfillment-channel-sku asin Warehouse-Condition-code Quantity-Available\n"
        "a B000000001 B000000001 SELLABLE 5\na B000000001 B000000001 UNSELLABLE 2"
    )
    finding = checked.finding("labels-manufacturer-barcode")
    assert (finding.count, finding.units) == (1, 5)


LISTINGS = "seller-sku listing-id open-date price quantity fulfillment-channel status\n"


def test_the_later_of_two_listings_reports_counts_and_the_earlier_is_compared(run) -> None:  # type: ignore[no-untyped-def]
    before = LISTINGS + "a 1 x 5 0 AMAZON_NA Active\nb 2 x 5 0 AMAZON_NA Active\nc 3 x 5 1 DEFAULT Active"
    after = LISTINGS + "a 1 x 5 0 AMAZON_NA Active\nb 2 x 5 7 DEFAULT Active\nc 3 x 5 1 SOMETHING Active"
    checked = run(before, after)
    assert skus(checked, "listing-channel-switched") == ["b"]
    assert "note_before" in {note.name for note in checked.reports[0].notes}
    assert skus(checked, "listing-fba-with-quantity") == ["a"]


def test_reports_of_two_shops_add_up(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(stranded(("a", -20, None)), stranded(("b", -20, None)))
    assert skus(checked, "stranded-over-14-days") == ["a", "b"]


def test_an_upload_is_checked_before_it_does_harm(run) -> None:  # type: ignore[no-untyped-def]
    listings = "\n".join(
        "\t".join(cells)
        for cells in (
            "seller-sku listing-id open-date price quantity fulfillment-channel status".split(),
            ["fba", "1", "x", "5", "", "AMAZON_NA", "Active"],
            ["fba2", "1", "x", "5", "", "AMAZON_NA", "Active"],
            ["own", "2", "x", "5", "1", "DEFAULT", "Active"],
        )
    )
    upload = "\n".join(
        "\t".join(cells)
        for cells in (
            "sku price minimum-seller-allowed-price maximum-seller-allowed-price quantity fulfillment-channel".split(),
            ["fba", "5", "6", "9", "3", ""],
            ["fba2", "5", "", "", "3", "AMAZON_NA"],
            ["own", "10", "6", "9", "3", ""],
            ["own", "0.00", "9", "8", "3", ""],
            ["typo", "", "1", "2", "", ""],
        )
    )
    checked = run(listings, upload)
    assert skus(checked, "upload-switches-fba-to-fbm") == ["fba"]
    assert skus(checked, "upload-fba-with-quantity") == ["fba2"]
    assert skus(checked, "listing-price-below-minimum") == ["fba", "own"]
    assert skus(checked, "listing-price-above-maximum") == ["own"]
    assert skus(checked, "listing-minimum-above-maximum") == ["own"]
    assert skus(checked, "upload-zero-price") == ["own"]
    assert skus(checked, "upload-duplicate-sku") == ["own"]
    assert skus(checked, "upload-unknown-sku") == ["typo"]
    assert skus(checked, "upload-missing-required") == ["typo"]


def test_all_and_active_listings_together_count_each_listing_once(run) -> None:  # type: ignore[no-untyped-def]
    rows = "a\t1\tx\t\t0\tDEFAULT"
    every = (
        "seller-sku listing-id open-date price quantity fulfillment-channel status\n".replace(" ", "\t")
        + rows
        + "\tActive\n"
    )
    active = "seller-sku listing-id open-date price quantity fulfillment-channel\n".replace(" ", "\t") + rows + "\n"
    found = [finding for finding in run(every, active).findings if finding.check.id == "listing-missing-price"]
    assert [(finding.report, finding.count) for finding in found] == [("all-listings", 1)]


UNSHIPPED = "order-id\tpromise-date\tdays-past-promise\tsku\tquantity-purchased\tquantity-shipped\tquantity-to-ship\n"


def unshipped(order: str, due: int, sku: str = "a", to_ship: int = 1) -> str:
    return f"{order}\t{day(due)}T07:59:59+00:00\t{-due}\t{sku}\t{to_ship}\t0\t{to_ship}\n"


def test_orders_are_counted_not_lines(run) -> None:  # type: ignore[no-untyped-def]
    text = UNSHIPPED + unshipped("1", -1) + unshipped("1", -1, "b") + unshipped("2", -9, to_ship=0)
    text += unshipped("3", 0) + unshipped("4", 2) + unshipped("5", 3)
    checked = run(text)
    assert checked.finding("orders-past-ship-by").count == 1
    assert skus(checked, "orders-due-soon", "order_id") == ["3", "4"]


def test_oversold_is_what_is_ordered_against_the_own_stock(run) -> None:  # type: ignore[no-untyped-def]
    stock = "SKU\tStock\na\t2\nb\t5\n"
    text = (
        UNSHIPPED
        + unshipped("1", 1, "a", 2)
        + unshipped("2", 1, "a", 1)
        + unshipped("3", 1, "b", 5)
        + unshipped("4", 1, "c", 9)
    )
    finding = run(text, stock).finding("orders-oversold")
    assert (finding.column("sku"), finding.units) == (("a",), 1)


CONFIRMED = "order-id\tship-date\tcarrier-code\ttracking-number\n"


def test_late_shipment_rate_joins_orders_with_confirmations(run) -> None:  # type: ignore[no-untyped-def]
    orders = "order-id\tlatest-ship-date\n"
    confirmations = CONFIRMED
    for number in range(50):
        due = -1 - number % 25
        orders += f"{number}\t{day(due)}T07:59:59+00:00\n"
        late = number in (3, 4, 20)
        confirmations += f"{number}\t{day(due)}T{'09:00:00' if late else '06:00:00'}+00:00\tUPS\t1Z9999999\n"
    checked = run(orders, confirmations)
    month, ten = checked.metric("late-shipment-rate-30d"), checked.metric("late-shipment-rate-10d")
    assert (month.numerator, month.denominator, month.status, month.headroom) == (3, 50, "bad", -2)
    assert month.recovery == 26
    assert (ten.numerator, ten.denominator) == (2, 18)


def test_without_confirmations_the_rate_is_named_as_not_computable(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(
        "amazon-order-id\titem-status\tfulfillment-channel\torder-status\tpurchase-date\n1\tShipped\tMerchant\tShipped\t"
        + day(-1)
    )
    gap = next(gap for gap in checked.not_computable if gap.id == "late-shipment-rate-30d")
    assert gap.needs == ("orders-with-ship-dates", "shipping-confirmation")
    assert checked.metric("late-shipment-rate-30d") is None


def test_cancellations_count_orders_once_with_their_latest_status(run) -> None:  # type: ignore[no-untyped-def]
    head = (
        "amazon-order-id\torder-status\titem-status\tfulfillment-channel\tsales-channel\tpurchase-date\tlast-updated-date\n"
    )
    rows = [
        ("1", "Unshipped", "Merchant", "Amazon.com", -2, -2),
        ("1", "Cancelled", "Merchant", "Amazon.com", -2, -1),
        ("2", "Shipped", "Merchant", "Amazon.com", -2, -1),
        ("3", "Pending", "Merchant", "Amazon.com", -2, -1),
        ("4", "Cancelled", "Amazon", "Amazon.com", -2, -1),
        ("S01-5", "Cancelled", "Merchant", "Non-Amazon US", -2, -1),
        ("6", "Cancelled", "Merchant", "Amazon.com", -9, -8),
    ]
    text = head + "".join(
        f"{order}\t{status}\t{status}\t{channel}\t{sales}\t{day(bought)}\t{day(updated)}\n"
        for order, status, channel, sales, bought, updated in rows
    )
    metric = run(text).metric("cancellation-upper-bound")
    assert (metric.numerator, metric.denominator) == (1, 2)


@pytest.mark.parametrize(
    ("number", "missing", "malformed"),
    [
        ("1Z999AA10123456784", 0, 0),
        ("", 1, 0),
        ("N/A", 1, 0),
        ("9.4001E+21", 0, 1),
        ("顺丰12345678", 0, 1),
        ("1234 5678 9012", 0, 1),
        ("123", 0, 1),
    ],
)
def test_tracking_numbers(number: str, missing: int, malformed: int, run) -> None:  # type: ignore[no-untyped-def]
    checked = run(CONFIRMED + f"1\t{day(-1)}\tUPS\t{number}\n2\t{day(-1)}\tUPS\t1Z999AA10123456785\n")
    assert len(skus(checked, "tracking-missing", "order_id")) == missing
    assert len(skus(checked, "tracking-malformed", "order_id")) == malformed
    assert checked.metric("tracking-missing-or-malformed-share").numerator == missing + malformed


def test_items_of_one_order_in_one_package_are_one_package(run) -> None:  # type: ignore[no-untyped-def]
    text = "order-id\torder-item-id\tship-date\tcarrier-code\ttracking-number\n1\t1\tx\tUPS\t1Z9999999\n1\t2\tx\tUPS\t1Z9999999\n"
    assert run(text).metric("tracking-missing-or-malformed-share").denominator == 1


def test_removals(run) -> None:  # type: ignore[no-untyped-def]
    head = "request-date order-id order-type order-status sku disposition requested-quantity cancelled-quantity disposed-quantity shipped-quantity in-process-quantity"
    rows = [
        f"{day(-30)} r1 Return Pending a Sellable 5 0 0 0 5",
        f"{day(-31)} r2 Return Pending b Sellable 5 1 1 1 2",
        f"{day(-40)} r3 Return Completed c Sellable 5 0 0 4 0",
    ]
    checked = run("\n".join([head, *rows]))
    assert skus(checked, "removals-stuck") == ["b"]
    assert checked.finding("removals-stuck").units == 2
    assert skus(checked, "removals-do-not-add-up") == ["c"]


def test_parts(run) -> None:  # type: ignore[no-untyped-def]
    text = "product-sku\tpart-sku\tstock\treorder-level\np1\ta\t0\t5\np2\ta\t0\t5\np2\tb\t4\t5\np3\tc\t5\t5\np4\t\t\t\np5\td\t\t5\n"
    checked = run(text)
    assert skus(checked, "parts-out-of-stock", "part_sku") == ["a"]
    assert skus(checked, "parts-below-reorder", "part_sku") == ["b"]
    assert skus(checked, "parts-products-blocked", "product_sku") == ["p1", "p2"]
    assert skus(checked, "parts-unmapped", "product_sku") == ["p4"]


def test_orders_for_parts(run) -> None:  # type: ignore[no-untyped-def]
    parts = "product-sku\tpart-sku\np1\tpart\n"
    checked = run(UNSHIPPED + unshipped("1", 4, "part") + unshipped("2", 4, "other"), parts)
    assert skus(checked, "parts-orders-unconfirmed", "order_id") == ["1"]


def test_limits_of_an_uploaded_file_are_held_against_the_listings(run) -> None:  # type: ignore[no-untyped-def]
    listings = LISTINGS + "a 1 x 5 1 DEFAULT Active\nb 1 x 7 1 DEFAULT Active"
    limits = (
        "sku minimum-seller-allowed-price maximum-seller-allowed-price rule-name rule-action\na 6 9 r START\nb 6 9 r START"
    )
    assert skus(run(listings, limits), "listing-price-outside-uploaded-limits") == ["a"]


def test_dropshipping(run) -> None:  # type: ignore[no-untyped-def]
    text = "sku\tprice\tcost\tshipping\treferral-share\tstock\nwin\t30\t11\t5\t15%\t1\nlose\t20\t12\t6\t15%\t0\nopen\t20\t#N/A\t6\t15\t2\n"
    checked = run(text)
    assert skus(checked, "dropship-losing") == ["lose"]
    assert skus(checked, "dropship-missing-cost") == ["open"]
    assert skus(checked, "dropship-supplier-out-of-stock") == ["lose"]


def test_messages(run) -> None:  # type: ignore[no-untyped-def]
    rows = [
        ("1", f"{day(-5)} 10:00", f"{day(-4)} 10:00", ""),
        ("2", f"{day(-5)} 10:00", f"{day(-4)} 10:01", ""),
        ("3", f"{day(-5)} 10:00", "", ""),
        ("4", f"{day(-1)} 10:00", "", ""),
        ("5", f"{day(-5)} 10:00", "", "yes"),
    ]
    text = "message-id\treceived\treplied\tno-response-needed\n" + "\n".join("\t".join(row) for row in rows)
    checked = run(text)
    assert skus(checked, "messages-late", "message_id") == ["2", "3"]
    metric = checked.metric("response-within-24h-share")
    assert (metric.numerator, metric.denominator) == (1, 3)


def test_a_check_that_hits_nearly_every_row_is_marked_as_suspect(run) -> None:  # type: ignore[no-untyped-def]
    checked = run(stranded(*((f"s{number}", -99, None) for number in range(30))))
    assert checked.finding("stranded-over-14-days").is_suspect
    assert not checked.finding("stranded-by-cause").is_suspect


CLEAN = {
    "myi": myi(("a", "X001234567", "B000000001"), ("b", "X001234568", "B000000002")),
    "listings": "\n".join(
        "\t".join(cells)
        for cells in (
            "seller-sku listing-id open-date price quantity fulfillment-channel status".split(),
            ["a", "1", "x", "5", "", "AMAZON_NA", "Active"],
            ["b", "2", "x", "5", "3", "DEFAULT", "Active"],
        )
    ),
    "unshipped": UNSHIPPED + unshipped("1", 5) + unshipped("2", 6),
    "confirmation": CONFIRMED + f"1\t{day(-1)}\tUPS\t1Z999AA10123456784\n",
    "upload": "sku\tprice\tquantity\na\t5\t1\n",
    "removals": "request-date order-id order-type order-status sku requested-quantity cancelled-quantity disposed-quantity "
    f"shipped-quantity in-process-quantity\n{day(-5)} r1 Return Pending a 5 0 0 0 5",
    "parts": "product-sku\tpart-sku\tstock\treorder-level\np1\ta\t9\t5\n",
    "costs": "sku\tprice\tcost\tshipping\tstock\na\t40\t9\t5\t8\n",
    "messages": f"message-id\treceived\treplied\n1\t{day(-5)} 10:00\t{day(-5)} 12:00\n",
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_reports_give_no_finding(name: str, run) -> None:  # type: ignore[no-untyped-def]
    assert [finding.check.id for finding in run(CLEAN[name]).findings] == []
