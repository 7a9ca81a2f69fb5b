"""The openai and @anthropic-ai/sdk packages of npm, as they are, against a gateway in front of an emulator."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock, Timeout

from xaiwire_server.emulator.settings import API_KEY

HERE = Path(__file__).parent / "npm"
SUITES = sorted(path.name for path in HERE.glob("*.test.mjs"))
OLDEST_NODE = 20
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1")
INSTALL_SECONDS = 120
LOCK_SECONDS = INSTALL_SECONDS + 30
SUITE_SECONDS = 90
UNREACHABLE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b")


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder `node_modules` with what the lock names; made once for all runs on this machine."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program} on this machine")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node is {version.strip()}, and the packages want {OLDEST_NODE} at least")
    given = b"".join((HERE / name).read_bytes() for name in ("package.json", "package-lock.json"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xaiwire-server-tests"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"npm-{hashlib.sha256(given).hexdigest()[:16]}"
    try:
        with FileLock(f"{made}.lock", timeout=LOCK_SECONDS):
            if not made.exists():
                install(made)
    except Timeout:
        unreachable(f"another run has been installing them for more than {LOCK_SECONDS} s")
    return made / "node_modules"


def install(made: Path) -> None:
    """Install what the lock names into a folder, which is there when all of it is."""
    unfinished = made.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, unfinished)
    try:
        run = subprocess.run(
            INSTALL, cwd=unfinished, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        unreachable(f"npm ci took more than {INSTALL_SECONDS} s")
    if run.returncode != 0:
        if found := UNREACHABLE.search(run.stderr):
            unreachable(found[0])
        pytest.fail(f"npm ci ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    unfinished.rename(made)


def unreachable(reason: str) -> NoReturn:
    message = f"npm's packages are not cached, and its registry cannot be reached: {reason}"
    # Where it is for CI to show that they work, a test that was not run shows nothing.
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.mark.network
@pytest.mark.parametrize("suite", SUITES)
def test_the_packages_work_as_they_are(suite, packages, gateway, tmp_path):
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages, target_is_directory=True)
    run = subprocess.run(
        ["node", "--test", "--test-reporter=tap", suite],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "GATEWAY_URL": gateway.url, "GATEWAY_KEY": API_KEY},
        capture_output=True,
        text=True,
        timeout=SUITE_SECONDS,
        check=False,
    )
    counted = dict(re.findall(r"^# (tests|pass|fail|skipped) (\d+)$", run.stdout, re.MULTILINE))
    written = len(re.findall(r"^ *test\(", (HERE / suite).read_text(), re.MULTILINE))
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(counted["pass"]) == int(counted["tests"]) >= written > 0, run.stdout


def test_the_lock_says_what_and_not_where():
    lock = (HERE / "package-lock.json").read_text()
    assert '"integrity": "sha512-' in lock
    assert "resolved" not in lock
    assert ".tgz" not in lock
