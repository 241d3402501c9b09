"""`sellerbot sandbox`: the look-alike and the real bot come up together, and go down together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path


def test_sandbox_and_bot_start_and_stop_together(shop: Path, tmp_path: Path) -> None:
    settings = {"SELLERBOT_CONTENT": str(shop), "SELLERBOT_CACHE": str(tmp_path), "SELLERBOT_ENCODER": "false"}
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [sys.executable, "-u", "-m", "bot.cli", "sandbox", "--port", "0"]
    process = subprocess.Popen(
        command, env={**kept, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if "connected" in line:
                break
        address = next(word for word in "".join(lines).split() if word.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310 - our own address
            assert "Sellerbot" in page.read().decode()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Stopping." in rest
    assert process.returncode == 0, (lines, rest)


def test_a_taken_port_is_said(shop: Path, tmp_path: Path) -> None:
    import socket

    settings = {"SELLERBOT_CONTENT": str(shop), "SELLERBOT_CACHE": str(tmp_path), "SELLERBOT_ENCODER": "false"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "bot.cli", "sandbox", "--port", port]
        done = subprocess.run(
            command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
