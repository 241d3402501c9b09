"""What can go wrong with the store."""


class StoreError(Exception):
    """The store cannot be opened or written; the message says what and what to do."""


class StoreLost(StoreError):
    """The connection to the database broke: what was under way may have been kept or not. Trying again may help."""
