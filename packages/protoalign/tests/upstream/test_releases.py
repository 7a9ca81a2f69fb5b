"""The releases of a package, as the library reads them and the command shows them."""

from __future__ import annotations

import json

import pytest

from protoalign.errors import InputError, PackageIndexError
from protoalign.sources import LoadOptions
from protoalign.upstream.releases import ReleaseRange, change_between, package_of, read_releases

OFFLINE = LoadOptions(comments=False, offline=True)


@pytest.fixture
def demo(publish) -> None:
    publish("0.9", module="x = 1\n")
    publish("1.0", "message M { int32 a = 1; int32 b = 2; } service S { rpc Get(M) returns (M); }")
    publish("1.0.1", "message M { int32 a = 1; int32 b = 2; } service S { rpc Get(M) returns (M); }")
    publish("1.1", "message M { int32 a = 1; int32 b = 2; int32 c = 3; } service S { rpc Get(M) returns (M); }")
    publish("1.2", content=b"no archive at all")
    publish("1.10", "message M { int32 a = 1; int32 c = 3; } service S { rpc Get(M) returns (M); }")
    publish("2.0rc1", "message M { int32 a = 1; int32 c = 3; } service S { rpc Get(M) returns (M); }")


@pytest.fixture
def whole(publish) -> None:
    publish("1.0", "message M { int32 a = 1; } service S { rpc Get(M) returns (M); }")
    publish("1.1", "message M { int32 a = 1; }")


@pytest.mark.usefixtures("demo")
def test_each_is_held_against_the_last_that_could_be_read() -> None:
    found = read_releases("demo", ReleaseRange(), OFFLINE)
    told = [
        (each.version, each.state, each.change and (each.change.older, each.change.effect)) for each in found.releases
    ]
    assert told == [
        ("0.9", "no contract", None),
        ("1.0", "read", None),
        ("1.0.1", "read", ("1.0", "none")),
        ("1.1", "read", ("1.0.1", "none")),
        ("1.2", "unreadable", None),
        ("1.10", "read", ("1.1", "wire")),
    ]
    assert not found.is_complete
    assert found.from_cache
    assert [[each.version for each in run] for run in found.runs] == [
        ["0.9"],
        ["1.0", "1.0.1"],
        ["1.1"],
        ["1.2"],
        ["1.10"],
    ]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("wanted", "versions"),
    [
        (ReleaseRange("1.0.1", "1.2"), ["1.0.1", "1.1", "1.2"]),
        (ReleaseRange("1.9"), ["1.10"]),
        (ReleaseRange(None, "1"), ["0.9", "1.0"]),
        (ReleaseRange("1.10", None, prereleases=True), ["1.10", "2.0rc1"]),
    ],
)
def test_the_range(wanted: ReleaseRange, versions: list[str]) -> None:
    assert [each.version for each in read_releases("demo", wanted, OFFLINE).releases] == versions


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("wanted", "error", "match"),
    [
        (ReleaseRange("2", "1"), InputError, "2 is newer than 1"),
        (ReleaseRange("7"), PackageIndexError, "no release in this range"),
        (ReleaseRange("seven"), InputError, "no version"),
        (ReleaseRange(None, "1; rm"), InputError, "no version"),
    ],
)
def test_no_range(wanted: ReleaseRange, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match) as caught:
        read_releases("demo", wanted, OFFLINE)
    assert caught.value.hint


@pytest.mark.usefixtures("demo")
def test_between_two_that_are_no_neighbours() -> None:
    older, newer = change_between("demo", "1.0", "1.10", OFFLINE)
    assert (older.change, newer.change.older, newer.change.newer) == (None, "1.0", "1.10")
    assert {(each.sort, each.element) for each in newer.change.changes} == {
        ("removed", "demo.M.b"),
        ("added", "demo.M.c"),
    }
    assert change_between("demo", "1.0", "", OFFLINE)[1].version == "1.10"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("older", "newer", "match"),
    [
        ("1.10", "1.0", "not older"),
        ("1.0", "1.0.0", "not older"),
        ("1.0", "3", "the cache holds no demo 3"),
        ("0.9", "1.0", "cannot be compared"),
        ("1.0", "1.2", "cannot be compared"),
    ],
)
def test_between_two_that_cannot_be_compared(older: str, newer: str, match: str) -> None:
    with pytest.raises((InputError, PackageIndexError), match=match):
        change_between("demo", older, newer, OFFLINE)


@pytest.mark.parametrize("source", ["demo", "proto:demo", "./demo", "git:demo"])
def test_only_packages_have_releases(source: str) -> None:
    with pytest.raises(InputError, match="has no releases"):
        package_of(source)


@pytest.mark.usefixtures("demo")
def test_the_table(run) -> None:
    outcome = run("releases", "pypi:demo", "--offline")
    assert outcome.code == 2
    rows = [line.split() for line in outcome.out.splitlines()]
    assert rows[1] == ["0.9", "-", "-", "-", "-", "-", "holds", "no", "contract"]
    assert rows[2] == ["1.0", "…", "1.0.1", "1", "1", "0", "1", "1"]
    assert rows[3] == ["1.1", "1", "1", "0", "1", "1", "no", "+1", "field"]
    assert rows[4][:1] == ["1.2"]
    assert "cannot be read" in outcome.out
    assert rows[5] == ["1.10", "1", "1", "0", "1", "1", "yes", "-1", "field"]
    assert "1.10 breaks clients of 1.1:\n  demo.proto  demo.M.b  field removed: int32 b = 2;" in outcome.out
    assert "incomplete: 1 release could not be read" in outcome.out
    assert "from the cache only" in outcome.out


@pytest.mark.usefixtures("whole")
def test_a_whole_range_is_in_order(run) -> None:
    assert run("releases", "pypi:demo", "--offline").code == 0


@pytest.mark.usefixtures("demo")
def test_as_json(run) -> None:
    data = json.loads(run("releases", "pypi:demo", "--offline", "--format", "json").out)
    assert (data["package"], data["complete"], data["from_cache"]) == ("demo", False, True)
    last = data["releases"][-1]
    assert (last["counts"]["rpcs"], last["change"]["breaks_clients"]) == (1, True)
    assert last["change"]["changes"][0]["reaches"] == [{"path": "/demo.S/Get", "direction": "both"}]


@pytest.mark.usefixtures("whole")
def test_as_markdown(run) -> None:
    out = run("releases", "pypi:demo", "--offline", "--format", "markdown").out
    assert "| 1.1 | 1/1/0/0/0 | yes | -1 service |" in out
    assert "### Removed: 1 service" in out


@pytest.mark.usefixtures("demo")
def test_a_changelog_to_paste(run, tmp_path) -> None:
    target = tmp_path / "CHANGES.md"
    outcome = run("releases", "pypi:demo", "--offline", "--changelog", "1.0..1.10", "-o", target)
    assert (outcome.code, outcome.out) == (0, "")
    assert target.read_text().splitlines() == [
        "# demo 1.0 → 1.10",
        "",
        "⚠️ For a client that was built with 1.0, 1.10 breaks the wire: 1 change below.",
        "",
        "| | 1.0 | 1.10 |",
        "| --- | ---: | ---: |",
        "| files | 1 | 1 |",
        "| messages | 1 | 1 |",
        "| enums | 0 | 0 |",
        "| services | 1 | 1 |",
        "| RPCs | 1 | 1 |",
        "| fields | 2 | 2 |",
        "| enum values | 0 | 0 |",
        "",
        "## Removed: 1 field",
        "",
        "`demo.proto`",
        "",
        "- **breaking** field `demo.M.b`: `int32 b = 2;`. The server ignores what clients send in it."
        " Clients never receive it again. Reaches `/demo.S/Get` in the request and response.",
        "",
        "## Added: 1 field",
        "",
        "`demo.proto`",
        "",
        "- field `demo.M.c`: `int32 c = 3;`. Reaches `/demo.S/Get` in the request and response.",
    ]


@pytest.mark.usefixtures("demo")
def test_a_changelog_of_nothing(run) -> None:
    out = run("releases", "pypi:demo", "--offline", "--changelog", "1.0..1.0.1").out
    assert out.endswith("The two hold the same contract.\n")


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "arguments",
    [
        ("demo",), ("pypi:other",), ("pypi:demo", "--changelog", "1.0"), ("pypi:demo", "--changelog", "..1.0"),
        ("pypi:demo", "--changelog", "1.0..1.1", "--from", "1.0"), ("pypi:demo", "--jobs", "0"),
        ("pypi:demo", "--jobs", "99"), ("pypi:demo", "--jobs", "²"), ("pypi:demo", "--from", "x"), ("pypi:",),
    ],
)  # fmt: skip
def test_bad_input(run, arguments: tuple[str, ...]) -> None:
    outcome = run("releases", *arguments, "--offline")
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_a_note_is_told_once(publish, run, monkeypatch) -> None:
    for version in ("1.0", "1.1"):
        publish(version, "message M { int32 a = 1; }")
    from protoalign.upstream import releases

    real = releases.load

    def noting(source, options):
        options.progress.note("the same")
        return real(source, options)

    monkeypatch.setattr(releases, "load", noting)
    assert run("releases", "pypi:demo", "--offline").err.count("the same") == 1
    assert run("releases", "pypi:demo", "--offline", "-q").err == ""
