"""The real content and its reader."""

from tests.reports.conftest import book, read

__all__ = ["book", "read"]
