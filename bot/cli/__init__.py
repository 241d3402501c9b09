"""The commands, thin: each reads its arguments, asks the desk, and prints. A module for each kind of task."""

from bot.cli import asking, content, loop, operating, reports, running
from bot.cli.common import main

__all__ = ["asking", "content", "loop", "main", "operating", "reports", "running"]
