"""Programs run within bounds."""

import os
import signal
import subprocess
import sys
import time

import pytest

from protoalign.errors import ToolMissingError
from protoalign.toolchain import TookTooLongError, run_bounded

CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that nobody has waited for yet still has its number.
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(stat.strip()) and not stat.startswith("Z")


def test_output_code_folder_and_environment(tmp_path):
    code = "import os, sys; print(os.getcwd(), os.environ['COLOR']); print('ü', file=sys.stderr); sys.exit(3)"
    environment = {"COLOR": "blue", "PYTHONIOENCODING": "utf-8"}
    finished = run_bounded([sys.executable, "-c", code], seconds=30, folder=tmp_path, environment=environment)
    assert (finished.code, finished.stdout, finished.stderr) == (3, f"{tmp_path.resolve()} blue\n", "ü\n")


def test_output_that_is_no_text():
    finished = run_bounded([sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'a\xff')"], seconds=30)
    assert finished.stdout == "a\ufffd"


def test_there_is_no_input():
    assert run_bounded([sys.executable, "-c", "print(repr(input()))"], seconds=30).code == 1


def test_a_program_that_takes_too_long_ends_with_what_it_started(tmp_path):
    script = f"import sys; sys.stdout = open({str(tmp_path / 'pid')!r}, 'w'){CHILD}"
    with pytest.raises(TookTooLongError, match="no end within 1 s"):
        run_bounded([sys.executable, "-c", script], seconds=1)
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def test_an_interrupt_ends_it(tmp_path):
    code = f"""
import sys
from protoalign.toolchain import run_bounded
run_bounded([sys.executable, "-c", "print(1, file=open({str(tmp_path / "started")!r}, 'w')); input()"
             " if False else __import__('time').sleep(60)"], seconds=60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "started").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in said


def test_no_such_program(tmp_path):
    with pytest.raises(ToolMissingError) as caught:
        run_bounded([tmp_path / "nothing"], seconds=1)
    assert caught.value.where == str(tmp_path / "nothing")
