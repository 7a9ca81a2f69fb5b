"""The page of `curl` commands shows what they print; `python tests/test_emulator_docs.py` writes it anew."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from emulator_process import emulator_process

from xaiwire_server.emulator.answers.script import read_script
from xaiwire_server.rpc.methods import contract_rpcs

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "emulate-with-curl.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,64}|(?<=expires=)\d+")
# The last digits depend on the processor.
SCORE = re.compile(r'(?<="score":)0\.\d+')
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
END = "\x1e"


def _written(page: str, folder: Path) -> str:
    """The page with what its commands print now; what differs from run to run is numbered."""
    blocks = [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in BLOCK.findall(page)]
    with emulator_process("--memory") as emulator:
        script = "".join(f"{command}\nprintf '{END}'\n" for commands in blocks for command in commands)
        script = script.replace("localhost:50051", emulator.address)
        done = subprocess.run(
            ["bash", "-eu"], input=script, cwd=folder, capture_output=True, text=True, timeout=60, check=True
        )
        shown = done.stdout.replace(emulator.address, "localhost:50051")
    numbers: dict[str, str] = {}
    shown = MOMENT.sub("2026-01-01T12:00:00Z", shown)
    shown = SCORE.sub(lambda found: f"{float(found[0]):.4f}", shown)
    shown = CHANGING.sub(lambda found: numbers.setdefault(found[0], f"<{len(numbers) + 1}>"), shown)
    outputs = iter(shown.split(END))
    made = iter(
        "```console\n" + "".join(_entry(command, next(outputs)) for command in commands) + "```" for commands in blocks
    )
    return BLOCK.sub(lambda _: next(made), page)


def _entry(command: str, output: str) -> str:
    return f"$ {command}\n{output}" + ("\n" if output and not output.endswith("\n") else "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_page_shows_what_the_commands_print(tmp_path):
    page = PAGE.read_text()
    assert _written(page, tmp_path) == page
    services = {rpc.service for rpc in contract_rpcs().values()}
    assert services <= set(re.findall(r"localhost:50051/([\w.]+)/", page))


def test_the_test_of_the_page_passes(tmp_path):
    (tmp_path / "test_page.py").write_text(_indented("def test_my_program_retries"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_script_of_the_page_is_one():
    script = read_script(_indented("replies:"), "page")
    assert len(script.replies) == 4


def _indented(beginning: str) -> str:
    """The indented block of the other page that begins so."""
    page = (PAGE.parent / "emulate.md").read_text()
    block = re.search(rf"(?m)^    {re.escape(beginning)}(?:.|\n(?=    |\n    ))*", page)
    return textwrap.dedent(block[0])


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        PAGE.write_text(_written(PAGE.read_text(), Path(temporary)))
