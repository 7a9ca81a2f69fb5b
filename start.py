#!/usr/bin/env python3
"""Run protoalign from a fresh checkout, with nothing installed but Python.

    python3 start.py         align a legacy SDK's tree with xai-sdk 1.4.0: compare, plan, align, compare again
    python3 start.py test    run every check and test of the repository

It uses `uv`, which it installs into a folder of its own where the machine has none.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BOOTSTRAP = ROOT / ".uv-bootstrap"
LOCK = "contracts/xai-sdk-1.4.0.lock"
EXAMPLE = ROOT / "examples" / "legacy-sdk"
OUTPUT = ROOT / "out" / "legacy-sdk"

CHECKS = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("layers", ("lint-imports",)),
    ("generated code", ("protoalign", "generate", "--check")),
    ("proof", ("protoalign", "prove", "--check")),
    ("tests", ("pytest", "-n", "auto")),
)
GO_CHECKS = (
    ("go vet", ("go", "-C", "go", "vet", "./...")),
    ("staticcheck", ("go", "-C", "go", "tool", "-modfile=tools/go.mod", "staticcheck", "./...")),
    ("govulncheck", ("python", "go/tools/vulncheck/check.py")),
    ("go test", ("xaiwire-server", "emulate", "--port", "0", "--", "go", "-C", "go", "test", "-race", "./...")),
)
# The tests of the Go SDK that need the emulator fail where it is missing, and do not skip.
GO_ENVIRONMENT = {"XAIWIRE_GO_REQUIRE_EMULATOR": "1"}
# What the checks above become where there is no Go toolchain, with their exit code, which can say that they are
# incomplete, and what they print if nothing else is amiss.
WITHOUT_GO = {
    "generated code": (("protoalign", "generate", "--check", "--only", "python"), 0, ""),
    "proof": (("protoalign", "prove", "--check", "--skip", "go"), 2, "no stage failed"),
}


def main(arguments):
    """Run what the first word names; return the exit code."""
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if arguments not in ([], ["test"]):
        print(__doc__, file=sys.stderr)
        return 2
    uv = find_uv()
    if uv is None or not prepare(uv, for_tests=bool(arguments)):
        print("\nThe tools could not be installed: is the package index within reach?", file=sys.stderr)
        if not arguments:
            show_repository_alone()
        return 2
    return run_checks(uv) if arguments else run_main_job(uv)


def find_uv():
    """The path of uv; it is installed into BOOTSTRAP where there is none. None where that fails."""
    own = BOOTSTRAP / ("Scripts" if os.name == "nt" else "bin")
    found = shutil.which("uv") or shutil.which("uv", path=str(own))
    if found:
        return found
    print("installing uv into .uv-bootstrap", file=sys.stderr)
    for command in (
        [sys.executable, "-m", "venv", str(BOOTSTRAP)],
        [str(own / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"],
    ):
        if subprocess.run(command, check=False).returncode != 0:
            return None
    return shutil.which("uv", path=str(own))


def prepare(uv, *, for_tests):
    """Install what uv.lock names into .venv; without network, from what uv has cached or what is already there."""
    sync = [uv, "sync", "--locked", "--quiet", *([] if for_tests else ["--no-dev", "--inexact"])]
    if sys.version_info >= (3, 11):
        sync += ["--python", sys.executable]
    installed = [uv, "run", "--no-sync", "protoalign", "--version"]
    if not any(runs(command) for command in (sync, [*sync, "--offline"], installed)):
        return False
    # Byte code now, so that the first command is not slower than the second.
    return runs([uv, "run", "--no-sync", "python", "-m", "compileall", "-q", "packages/protoalign/src"])


def runs(command):
    """Whether the command ends with 0."""
    return subprocess.run(command, check=False, cwd=ROOT).returncode == 0


def run_main_job(uv):
    """Align a copy of the example, step by step; where that fails, show what the repository holds."""
    if OUTPUT.exists():
        shutil.rmtree(OUTPUT)
    shutil.copytree(EXAMPLE, OUTPUT)
    for words, expected in (
        (("compare", "--limit", "5"), 1),
        (("compare", "--format", "html", "--output", "before.html"), 1),
        (("plan", "--output", "plan.md"), 0),
        (("align",), 0),
        (("compare",), 0),
    ):
        print(f"\n$ protoalign {' '.join(words)}", flush=True)
        command = [uv, "run", "--no-sync", "--project", str(ROOT), "protoalign", *words]
        code = subprocess.run(command, check=False, cwd=OUTPUT).returncode
        if code != expected:
            print("\nThe main job could not be completed. From this repository alone:\n", file=sys.stderr)
            verify = [uv, "run", "--no-sync", "protoalign", "verify", "proto", "--lock", LOCK]
            subprocess.run(verify, check=False, cwd=ROOT)
            return code or 3
    shown = OUTPUT.relative_to(ROOT)
    print(f"\nIn {shown}: the aligned tree in proto/, what was wrong in before.html, the plan in plan.md.")
    return 0


def run_checks(uv):
    """Run every check, also behind one that failed; return 1 if any did. Without Go, say what that leaves out."""
    has_go = shutil.which("go") is not None
    skipped = [] if has_go else ["there is no Go toolchain: the Go code and the tests that need it"]
    environment = {**os.environ, **GO_ENVIRONMENT}
    failed = []
    for name, usual in CHECKS + (GO_CHECKS if has_go else ()):
        command, expected, said = (usual, 0, "") if has_go else WITHOUT_GO.get(name, (usual, 0, ""))
        if "-race" in command and not detects_races():
            skipped.append("Go finds no C compiler: the race detector")
            command = tuple(word for word in command if word != "-race")
        print(f"== {name}: {' '.join(command)}", flush=True)
        begun = time.monotonic()
        words = [uv, "run", "--no-sync", *command]
        captured = subprocess.PIPE if said else None
        done = subprocess.run(words, check=False, cwd=ROOT, env=environment, stdout=captured, text=True)
        print(done.stdout or "", end="", flush=True)
        if done.returncode != expected or said not in (done.stdout or ""):
            failed.append(name)
        print(f"== {name} took {time.monotonic() - begun:.1f} s", flush=True)
    for reason in skipped:
        print(f"== skipped, for {reason}")
    print(f"== failed: {', '.join(failed)}" if failed else "== every check that could run passed")
    return 1 if failed else 0


def detects_races():
    """Whether Go can build with its race detector, which takes a C compiler."""
    found = subprocess.run(["go", "env", "CGO_ENABLED"], check=False, stdout=subprocess.PIPE, text=True)
    return found.stdout.strip() == "1"


def show_repository_alone():
    """Say with nothing but Python what the lock holds, and whether the tree's files are as they were written."""
    print("\nWhat this repository alone can show:\n")
    print((ROOT / LOCK).read_text(encoding="utf-8").split("[files]")[0])
    intact = 0
    files = sorted((ROOT / "proto").rglob("*.proto"))
    for file in files:
        head = re.match(rb"(?s)//[^\n]*\n//[^\n]*: ([0-9a-f]{64})\n(.*)", file.read_bytes())
        intact += head is not None and hashlib.sha256(head.group(2)).hexdigest().encode() == head.group(1)
    print(f"{intact} of {len(files)} files in proto/ are byte for byte as protoalign wrote them.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
