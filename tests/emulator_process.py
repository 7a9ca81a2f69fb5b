"""An emulator in a process of its own, as users start it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import xaiwire

API_KEY = "xai-emulator-key"
MANAGEMENT_KEY = "xai-emulator-management-key"


@dataclass
class EmulatorProcess:
    """A running emulator.

    Attributes:
        address: `localhost:PORT`.
        process: the process.
    """

    address: str
    process: subprocess.Popen[str]

    def client(self, **options: Any) -> xaiwire.Client:
        """A client of it, with the default keys."""
        made = {
            "api_key": API_KEY,
            "management_api_key": MANAGEMENT_KEY,
            "api_host": self.address,
            "management_api_host": self.address,
        }
        return xaiwire.Client(**(made | options))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API."""
        request = urllib.request.Request(
            f"http://{self.address}/_emulator{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def paths(self) -> set[str]:
        """The paths of the RPCs that were called and answered."""
        found = self.control("GET", "/requests?limit=1000")["requests"]
        return {f"/{each['rpc']}" for each in found if each["status"] == "OK"}


@contextmanager
def emulator_process(*flags: str) -> Iterator[EmulatorProcess]:
    """Start an emulator on a free port, and stop it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xaiwire_server", "emulate", "--port", "0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        found = re.match(r"ready on (localhost:\d+):", line)
        assert found, line + process.stderr.read()
        yield EmulatorProcess(found[1], process)
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
