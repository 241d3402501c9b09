"""A PostgreSQL server of our own for tests: started on a free port of this machine, thrown away at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")
"""Nobody minds if the data of a test is lost with the machine."""


@dataclass
class Server:
    """A running server. Each test gets a schema of its own."""

    binaries: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://sellerbot@127.0.0.1:{self.port}/postgres"

    def fresh(self) -> str:
        """The address of an empty place in the database."""
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # type: ignore[call-overload]
        return f"{self.url}?options=-csearch_path%3D{name}"

    def start(self, *settings: str) -> None:
        listening = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options = " ".join([listening, *(f"-c {one}" for one in (*QUICK, *settings))])
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def crash(self) -> None:
        """The whole server is killed, as when its machine dies."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            pass

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", "sellerbot", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "out").open("ab"),
            stderr=subprocess.STDOUT,
            check=False,
            **_somebody(),
        )
        assert done.returncode == 0, (self.folder / "out").read_text(errors="replace")[-2000:]


def _somebody() -> Mapping[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def find_binaries() -> Path | None:
    """Where `initdb` is: on the path, or where Debian puts the newest."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return debian[-1].parent if debian else None


@contextmanager
def running_server(*settings: str) -> Iterator[Server]:
    """A server; the test is skipped where PostgreSQL is not installed, except in CI, which must not skip it."""
    binaries = find_binaries()
    if binaries is None:
        message = "PostgreSQL is not installed here (Debian: apt-get install postgresql)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="sellerbot-postgres-", dir="/tmp"))
    server = Server(binaries, folder, port)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    try:
        server.create()
        server.start(*settings)
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
