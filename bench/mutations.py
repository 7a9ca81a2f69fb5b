"""The mutants of the tests, through protoalign and through `buf breaking`, as a Markdown table.

    uv run python bench/mutations.py -o docs/reference/mutations.md

Each mutant is the newer side and its original the older one. Takes some minutes: buf runs once for each mutant.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).parent.parent / "packages" / "protoalign" / "tests"
sys.path += [str(TESTS / "mutations"), str(TESTS / "parity")]

from mutants.corpus import KINDS, MUTANTS, OWN, PACKAGES, load_package, mutants_of, parts_of  # noqa: E402
from parity.buf_breaking import CATEGORIES, BufRefusedError, buf_breaking, rules_by_category, write_image  # noqa: E402

from protoalign.compare import compare  # noqa: E402

JOBS = 2

HEAD = """\
# Mutations, beside `buf breaking`

A program changes real packages, one change at a time, and both tools are asked what differs between the changed
contract and the original. Each number says in how many of the mutants a tool reported anything; *right impact* says in
how many protoalign reported it under an impact that belongs to that kind of change. A dash stands for none. Of buf's
four categories, `FILE` is the default and the strictest, `WIRE` the most lenient.

`buf breaking` looks for changes that break, so it need not report what is only added: those kinds stand in a table of
their own. Nor need it report what is reordered or deprecated. protoalign reports every difference, since two contracts
are to be equal.
"""


@dataclass
class Row:
    """What became of the mutants of one kind."""

    name: str
    adds: bool
    mutants: int = 0
    found: int = 0
    right: int = 0
    unread: int = 0
    by_category: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CATEGORIES, 0))


def main() -> None:
    """Run all mutants and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="write the page to this file")
    arguments = parser.parse_args()
    rows = {kind.name: Row(kind.name, kind.adds) for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="protoalign-bench-") as scratch:
        for package in (OWN, *PACKAGES):
            run(package, rows, Path(scratch))
            print(f"{package}: {sum(row.mutants for row in rows.values()):,} mutants so far", file=sys.stderr)
    page = "\n".join(page_of(list(rows.values())))
    if arguments.output is None:
        print(page)
    else:
        arguments.output.write_text(page + "\n", encoding="utf-8")


def run(package: str, rows: dict[str, Row], scratch: Path) -> None:
    """Run the mutants of one package."""
    categories = rules_by_category()
    parts = parts_of(load_package(package))
    older = {part.digest: write_image(part, scratch / f"{number}.binpb") for number, part in enumerate(parts)}
    waiting = []
    with ThreadPoolExecutor(JOBS) as pool:
        for kind in KINDS:
            row = rows[kind.name]
            for original, mutant in mutants_of(package, parts, kind, MUTANTS[package]):
                findings = compare(mutant, original).findings
                row.mutants += 1
                row.found += bool(findings)
                row.right += any(finding.impact in kind.impacts for finding in findings)
                newer = write_image(mutant, scratch / f"mutant-{len(waiting)}.binpb")
                waiting.append((row, pool.submit(buf_breaking, newer, older[original.digest])))
    for row, pending in waiting:
        try:
            rules = {error.rule for error in pending.result()}
        except BufRefusedError as error:
            print(f"{package}, {row.name}: {error}", file=sys.stderr)
            row.unread += 1
            continue
        for category in CATEGORIES:
            row.by_category[category] += not rules.isdisjoint(categories[category])


def page_of(rows: list[Row]) -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    yield "## What changes or takes away\n"
    yield from table([row for row in rows if not row.adds])
    yield "\n## What only adds\n"
    yield from table([row for row in rows if row.adds])
    yield "\n## How it was made\n"
    names = ", ".join(name.replace("==", " ") for name in PACKAGES)
    yield f"""\
Mutated were {names}, and a small tree of the tests that has what those lack, such as editions. Large packages
are mutated in parts that are closed over their imports. The same mutants are made in every run.

The tests demand more than this table: one finding and no more where a change has one consequence, no finding on a
package held against itself, and that `align` takes each mutant back to the original.
"""
    unread = sum(row.unread for row in rows)
    if unread:
        yield f"buf cannot read {unread} of the mutants, which protobuf's runtime takes; they count as not reported.\n"
    yield "`uv run python bench/mutations.py -o docs/reference/mutations.md` makes this page again."


def table(rows: list[Row]) -> Iterator[str]:
    """A table with a row for each kind, and their sum."""
    yield f"| change | mutants | protoalign | right impact | {' | '.join(f'buf {name}' for name in CATEGORIES)} |"
    yield "| --- |" + " ---: |" * (3 + len(CATEGORIES))
    for row in rows:
        yield line(row)
    total = Row(f"**{len(rows)} kinds**", adds=False)
    for row in rows:
        total.mutants += row.mutants
        total.found += row.found
        total.right += row.right
        for category in CATEGORIES:
            total.by_category[category] += row.by_category[category]
    yield line(total)


def line(row: Row) -> str:
    """One row of a table."""
    counts = (row.mutants, row.found, row.right, *row.by_category.values())
    return f"| {row.name} | " + " | ".join(f"{count:,}" if count else "–" for count in counts) + " |"


if __name__ == "__main__":
    main()
