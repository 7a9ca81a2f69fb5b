"""Names that generated Go code declares twice in one package, which Go refuses and no plugin looks for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from protoalign.errors import GenerateError

__all__ = ["check_go_packages"]

# What gofmt puts at the beginning of a line is declared by the package itself; methods count with their receiver.
DECLARED = re.compile(
    rb"^(?:type|const|var) (?P<name>\w+)|^func (?:\((?:\w+ )?\*?(?P<receiver>\w+)[^)\n]*\) )?(?P<function>\w+)[(\[]",
    re.MULTILINE,
)
# These may be declared any number of times.
REPEATABLE = frozenset({b"_", b"init"})
MAX_CLASHES = 10


def check_go_packages(files: Mapping[str, bytes], plugins: str) -> None:
    """Refuse generated Go code in which one package declares a name twice.

    A service `Job` makes an interface `JobClient`, and a message may have that name; RPCs `GetJob` and `get_job` make
    one method.

    Args:
        files: name to content; the files of a folder are one package.
        plugins: what to call who wrote them.

    Raises:
        GenerateError: there is such a name; it says in which files.
    """
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, content in sorted(files.items()):
        folder = name.rpartition("/")[0]
        for match in DECLARED.finditer(content):
            declared = match["name"] or match["function"]
            if match["receiver"] or declared not in REPEATABLE:
                shown = b".".join(part for part in (match["receiver"], declared) if part)
                places[folder, shown.decode()].append(name)
    clashes = [
        f"  {shown}, {len(where)} times: {', '.join(dict.fromkeys(where))}"
        for (_, shown), where in sorted(places.items())
        if len(where) > 1
    ]
    if clashes:
        more = len(clashes) - MAX_CLASHES
        raise GenerateError(
            "\n".join(
                (
                    f"{plugins} give several things of the contract one name in Go:",
                    *clashes[:MAX_CLASHES],
                    *([f"  … and {more:,} more"] if more > 0 else []),
                )
            ),
            hint="Go refuses such a package. Rename one of them in the contract.",
        )
