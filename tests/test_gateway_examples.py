"""The programs of examples/gateway run as they are, and say what they are there to show."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples" / "gateway"
SHOWN = {
    "openai_chat": [
        "Is anybody there?",
        "One word after the other, please.",
        "calls get_weather {'city': 'Oslo'}",
        "It rains.",
        "2 sources",
    ],
    "openai_responses": ["Remember the number 7.", "And now?", "Word by word", "Book"],
    "anthropic_messages": ["Is anybody there?", "Word by word"],
}


def test_there_are_no_others():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_it_runs(name):
    done = subprocess.run(
        [sys.executable, "-m", "xaiwire_server", "dev", "--port", "0", "--", sys.executable, EXAMPLES / f"{name}.py"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == SHOWN[name]
