"""Look for known vulnerabilities in what the Go module is built of.

    python go/tools/vulncheck/check.py

govulncheck and the database of Go's vulnerabilities both come as Go modules, pinned by the go.mod beside this file, so
that a check gives the same today and tomorrow, and needs nothing but the module proxy. To look with the newest data:

    go -C go/tools/vulncheck get golang.org/x/vulndb@latest

Ends with 1 where a vulnerability of a module can be reached from the code. Those of the standard library are told, and
decide nothing: they are those of the toolchain, which whoever builds a program chooses.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULE = HERE.parents[1]


def main() -> int:
    """Build the database, run govulncheck, print what it found."""
    with tempfile.TemporaryDirectory() as folder:
        reports = said("list", "-m", "-f", "{{.Dir}}", "golang.org/x/vulndb").strip()
        said("tool", "indexdb", "-vulns", f"{reports}/data/osv", "-out", folder)
        findings = [each["finding"] for each in messages(folder) if "finding" in each]
    reached = {
        (finding["osv"], where["module"], where["version"], finding.get("fixed_version", "no version"))
        for finding in findings
        if "function" in (where := finding["trace"][0])
    }
    own = sorted(each for each in reached if each[1] != "stdlib")
    for osv, module, version, fixed in own:
        print(f"{osv}: {module} {version}, fixed in {fixed}: https://pkg.go.dev/vuln/{osv}")
    toolchain = {(version, fixed) for _, module, version, fixed in reached if module == "stdlib"}
    if toolchain:
        versions = ", ".join(sorted({version for version, _ in toolchain}))
        fixed = max(
            (fixed for _, fixed in toolchain), key=lambda version: [int(part) for part in version[1:].split(".")]
        )
        print(
            f"The standard library of this toolchain, {versions}, has known vulnerabilities; {fixed} has none of them."
        )
    print(f"{len(own)} vulnerabilities of modules can be reached from the code.")
    return 1 if own else 0


def messages(database: str) -> Iterator[dict[str, Any]]:
    """What govulncheck says, one object after the other."""
    command = ["govulncheck", "-db", f"file://{database}", "-format", "json", "-C", str(MODULE), "./..."]
    text, decoder, at = said("tool", *command), json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        message, at = decoder.raw_decode(text, at)
        yield message


def said(*arguments: str) -> str:
    """What the go command prints."""
    return subprocess.run(["go", "-C", HERE, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
