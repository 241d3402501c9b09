"""`python -m benchmarks.reports [ROWS]`: reading, cleaning, storing, checking orders, beside a hand-written DuckDB script.

Both run as processes of their own over the same made-up All Orders file; printed are wall and CPU seconds, peak memory,
and how many times the plain script's ours are.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.figures import Figure, Growth, print_table
from benchmarks.processes import Used, measured

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
_LOADED = """
import duckdb, sys, time
orders = duckdb.sql(f"SELECT * FROM read_csv('{sys.argv[1]}')").create("orders")
started = time.perf_counter()
duckdb.sql(\"\"\"SELECT count(*) FILTER ("order-status" = 'Cancelled') / count(*)
FROM orders WHERE "fulfillment-channel" = 'Merchant'\"\"\").fetchall()
print(time.perf_counter() - started)
"""
_OURS = """
import sys, time
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
    started = time.perf_counter()
    checked = check(space, reports, book, date(2026, 11, 29))
    took = time.perf_counter() - started
assert reports[0].rows and kept.rows and checked.metrics
print(took)
"""
TIMES = 3


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


@dataclass(frozen=True)
class Run:
    """The best of some runs over a file: what the process took, and of its seconds those in the checks."""

    used: Used
    checking: float


def _best(program: str, path: Path) -> Run:
    runs = [measured([sys.executable, "-c", program, str(path)]) for _ in range(TIMES)]
    best = min(runs, key=lambda run: run.wall)
    return Run(best, min(float(run.printed) for run in runs) if program != _PLAIN else 0.0)


def figures(rows: int = 1_000_000) -> list[Figure]:
    """Ingest and checks of so many orders; growth is from a tenth of them."""
    few, _, _ = _beside(rows // 10)
    ours, plain, loaded = _beside(rows)
    name = f"{rows:,} orders"
    script = "a plain DuckDB script"
    grown_checking: dict[Growth, float] = {"rows": ours.checking / few.checking}
    grown_memory: dict[Growth, float] = {"rows": ours.used.megabytes / few.used.megabytes}
    return [
        Figure("ingest", name, ours.used.wall, "s", script, plain.used.wall, {"rows": ours.used.wall / few.used.wall}),
        Figure("ingest", name, ours.used.cpu, "s CPU", script, plain.used.cpu, {"rows": ours.used.cpu / few.used.cpu}),
        Figure("checks", name, ours.checking, "s", "one rate in DuckDB", loaded.checking, grown_checking),
        Figure("memory", f"{name}, peak", ours.used.megabytes, "MB", script, plain.used.megabytes, grown_memory),
    ]


def _beside(rows: int) -> tuple[Run, Run, Run]:
    """Ours, the plain script, and the one rate over loaded rows, over the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.txt"
        write_orders(path, rows)
        return _best(_OURS, path), _best(_PLAIN, path), _best(_LOADED, path)


def main() -> None:
    print_table(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))


if __name__ == "__main__":
    main()
