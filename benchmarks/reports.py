"""`python -m benchmarks.reports [ROWS]`: reading, cleaning, storing, checking orders, beside a hand-written DuckDB script.

Both run as processes of their own over the same made-up All Orders file; printed are wall and CPU seconds, peak memory,
and how many times the plain script's time ours takes.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

_COLUMNS = (
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status", "fulfillment-channel",
    "sales-channel", "order-channel", "ship-service-level", "product-name", "sku", "asin", "item-status", "quantity",
    "currency", "item-price", "item-tax", "shipping-price", "shipping-tax", "ship-city", "ship-state", "ship-postal-code",
    "ship-country", "promotion-ids", "is-business-order",
)  # fmt: skip
_NAMES = (
    "Stainless steel garlic press with soft grip handle and cleaning brush",
    'Adjustable laptop stand, aluminium, for 10" to 17" machines',
    "USB-C cable 2 m, braided, fast charging",
    "Puzzle, 500 pieces, forest animals",
)
_PLAIN = """
import duckdb, sys
print(duckdb.sql(f\"\"\"SELECT count(*) FILTER ("order-status" = 'Cancelled') / count(*)
FROM read_csv('{sys.argv[1]}') WHERE "fulfillment-channel" = 'Merchant'\"\"\").fetchall())
"""
_OURS = """
import sys
from datetime import date
from pathlib import Path
from bot.checks.engine import check
from bot.reports.read import Reader
from bot.reports.report import Limits
from bot.reports.stored import store
from bot.reports.workspace import Workspace
from bot.rulebook.loader import load
from bot.settings import Settings
settings = Settings()
book = load(settings.content, settings.cache).rulebook
with Workspace() as space:
    reports = Reader(book.content.reports, Limits(size=10**10)).read(Path(sys.argv[1]), space)
    kept = store(reports[0], space)
    checked = check(space, reports, book, date(2026, 11, 29))
print(reports[0].rows, len(kept.rows), [(metric.id, float(metric.value)) for metric in checked.metrics])
"""


def write_orders(path: Path, rows: int) -> None:
    """A made-up All Orders file of so many rows and 25 columns."""
    draw = random.Random(1)  # noqa: S311 - made-up data
    start = datetime(2026, 10, 20)  # noqa: DTZ001 - the file says +00:00 itself
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(_COLUMNS) + "\n")
        for number in range(rows):
            bought = start + timedelta(seconds=draw.randrange(40 * 86_400))
            status = draw.choice(("Shipped",) * 8 + ("Pending", "Cancelled"))
            order = f"{draw.randrange(100, 115)}-{number:07d}-{draw.randrange(10**7):07d}"
            price = f"{draw.random() * 90 + 5:.2f}" if status == "Shipped" else ""
            cells = (
                order, order, f"{bought.isoformat()}+00:00", f"{(bought + timedelta(hours=30)).isoformat()}+00:00", status,
                draw.choice(("Amazon", "Merchant", "Merchant")), "Amazon.com", "WebsiteOrderChannel", "Standard",
                draw.choice(_NAMES), f"SKU-{draw.randrange(20_000):05d}", f"B0{draw.randrange(20_000):08d}", status,
                "1" if price else "0", "USD" if price else "", price, "0.0" if price else "", "4.99" if price else "", "",
                "SEATTLE", "WA", "98101", "US", "", "false",
            )  # fmt: skip
            file.write("\t".join(cells) + "\n")


def _measured(program: str, path: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit("a program under test failed")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.txt"
        write_orders(path, rows)
        print(f"{rows:,} orders, {path.stat().st_size / 1e6:.0f} MB")
        plain = min(_measured(_PLAIN, path) for _ in range(3))
        ours = min(_measured(_OURS, path) for _ in range(3))
        for name, (wall, cpu, memory) in (("plain DuckDB script", plain), ("read, clean, store, check", ours)):
            print(f"  {name:28s} {wall:6.2f} s wall  {cpu:6.2f} s CPU  {memory:5.0f} MB")
        print(f"  {ours[0] / plain[0]:.1f} times the plain script's wall time, {ours[1] / plain[1]:.1f} times its CPU time")


if __name__ == "__main__":
    main()
