"""The README's tour: each command is run as it stands, and prints what the README says.

`python tests/test_readme.py` writes what the commands print now into the README.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(\$ .*?)```", re.DOTALL)

# A first run downloads, and says so; later ones do not.
DOWNLOADS = re.compile(r"(?m)^downloading .*\n")


def tour(text):
    return [match for match in BLOCK.finditer(text) if "start.py" not in match[1]]


def output_of(block, folder):
    """The block again, with what its commands print now."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        script = re.sub(r"uv run ([\w-]+)", lambda found: program(found[1]), command)
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        lines.append(f"$ {command}\n{DOWNLOADS.sub('', done.stdout)}")
    return "".join(lines)


def program(name):
    """How a program of the environment is started."""
    return sys.executable if name == "python" else f"{sys.executable} -m {name.replace('-', '_')}"


def clone(folder):
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder], check=True)
    return folder


@pytest.mark.slow
@pytest.mark.network
def test_the_tour_is_real(tmp_path):
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git, and a checkout that is a repository")
    text = README.read_text()
    printed = [output_of(match[1], folder) for folder in [clone(tmp_path / "clone")] for match in tour(text)]
    if any("Check the network and the index" in block for block in printed):
        pytest.skip("the package index cannot be reached")
    for match, now in zip(tour(text), printed, strict=True):
        assert now == match[1]


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        copied = clone(Path(scratch, "clone"))
        README.write_text(
            BLOCK.sub(
                lambda match: match[0] if "start.py" in match[1] else f"```console\n{output_of(match[1], copied)}```",
                README.read_text(),
            )
        )
