"""Everything that is kept: in one SQLite file, or in PostgreSQL.

Values go in and come out as plain text; what they mean is the office's. SQL here stays in the subset that SQLite and
PostgreSQL share, with named parameters, and nothing outside this package sees a database driver.
"""

from bot.store.database import Store, open_store
from bot.store.errors import StoreError, StoreLost

__all__ = ["Store", "StoreError", "StoreLost", "open_store"]
