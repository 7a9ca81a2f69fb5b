"""Programs of a proof: bounded in time and output, and gone with all that they started."""

import sys
import threading
import time
from pathlib import Path

import pytest

from protoalign.errors import ToolMissingError
from protoalign.prove.processes import Processes, plain_environment

STARTS_A_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
    "time.sleep(float(sys.argv[2]))\n"
)


def run(processes, tmp_path, code, *arguments, seconds=30.0):
    return processes.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, environment=plain_environment(), seconds=seconds
    )


def is_gone(pid):
    """Whether no such process runs; one that nobody waits for yet does not run either."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_what_it_says_and_its_exit_code(tmp_path):
    with Processes() as processes:
        ended = run(processes, tmp_path, "import sys; print('out'); sys.stderr.write('err\\n'); sys.exit(3)")
    assert (ended.code, ended.timed_out, ended.stopped) == (3, False, False)
    assert set(ended.last_lines()) == {"out", "err"}
    assert ended.failure("it", 30) == "it ended with exit code 3"


def test_only_the_last_of_endless_output_is_kept(tmp_path):
    with Processes() as processes:
        ended = run(processes, tmp_path, "print('x' * 10_000_000); print('last')")
    assert len(ended.said) <= 64 << 10
    assert ended.said.endswith("last\n")


def test_the_time_limit_ends_it_and_what_it_started(tmp_path):
    with Processes() as processes:
        ended = run(processes, tmp_path, STARTS_A_CHILD, str(tmp_path / "pid"), "60", seconds=1.0)
    assert ended.timed_out
    assert ended.seconds < 20
    assert ended.failure("it", 1) == "it did not end within 1 s"
    assert is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_what_a_program_leaves_behind_is_ended_with_it(tmp_path):
    with Processes() as processes:
        ended = run(processes, tmp_path, STARTS_A_CHILD, str(tmp_path / "pid"), "0")
    assert ended.code == 0
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_leaving_the_context_ends_all(tmp_path):
    found = []
    with Processes() as processes:
        thread = threading.Thread(target=lambda: found.append(run(processes, tmp_path, "import time; time.sleep(60)")))
        thread.start()
        while not processes._running:
            time.sleep(0.01)
    thread.join(20)
    assert found[0].stopped
    assert found[0].failure("it", 30) == "it was stopped"


def test_nothing_is_started_once_it_was_stopped(tmp_path):
    processes = Processes()
    processes.stop()
    assert run(processes, tmp_path, "open('made', 'w')").stopped
    assert not (tmp_path / "made").exists()


def test_a_signal_is_told(tmp_path):
    with Processes() as processes:
        ended = run(processes, tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert ended.failure("it", 30) == "it was ended by signal 9"


def test_a_program_that_is_not_there(tmp_path):
    with Processes() as processes, pytest.raises(ToolMissingError, match="cannot be started"):
        processes.run([tmp_path / "no such"], cwd=tmp_path, environment={}, seconds=1)


def test_secrets_are_not_passed_on(monkeypatch):
    monkeypatch.setenv("XAI_API_KEY", "secret")
    monkeypatch.setenv("GOPROXY", "off")
    assert "XAI_API_KEY" not in plain_environment()
    assert "GOPROXY" not in plain_environment()
    assert plain_environment(prefixes=("GO",))["GOPROXY"] == "off"
