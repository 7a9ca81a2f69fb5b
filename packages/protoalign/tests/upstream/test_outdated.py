"""Whether the reference has newer releases."""

from __future__ import annotations

import json

import pytest

from protoalign.errors import InputError
from protoalign.upstream.outdated import read_pin

M1 = "message M { int32 a = 1; }"
M2 = "message M { int32 a = 1; string b = 2; }"


@pytest.fixture
def configure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(source: str, *, subject: str = "") -> None:
        lines = [f'[reference]\nsource = "{source}"\n']
        if subject:
            (tmp_path / "proto").mkdir()
            (tmp_path / "proto/demo.proto").write_text(f'syntax = "proto3"; package demo; {subject}')
            lines.append('[subject]\nsource = "proto"\n')
        (tmp_path / "protoalign.toml").write_text("".join(lines))

    return call


@pytest.fixture
def outdated(run):
    return lambda *arguments: run("outdated", "--offline", "-q", *arguments)


def test_up_to_date(configure, publish, outdated) -> None:
    publish("1.0", M1)
    publish("0.9", M2)
    publish("2.0rc1", M2)
    configure("pypi:demo==1.0")
    outcome = outdated()
    assert outcome.code == 0
    assert outcome.out.startswith("demo 1.0 is the newest release\n")


def test_newer_releases_and_what_they_take(configure, publish, outdated) -> None:
    publish("1.0", M1)
    publish("1.1", M1)
    publish("1.2", M2)
    configure("pypi:demo==1.0", subject=M1)
    outcome = outdated()
    assert outcome.code == 1
    lines = outcome.out.splitlines()
    assert lines[0] == "demo 1.0 has 2 newer releases: 1.1, 1.2"
    assert lines[1] == "1.2 against 1.0: +1 field; it breaks nothing"
    assert lines[2].startswith("the subject has 0 findings against 1.0, and would have 1 against 1.2, some ")
    assert lines[3] == "read it: protoalign releases pypi:demo --changelog 1.0..1.2"


def test_as_json(configure, publish, outdated) -> None:
    publish("1.0", M2)
    publish("1.1", M1)
    configure("pypi:demo==1.0")
    data = json.loads(outdated("--format", "json").out)
    assert (data["outdated"], data["newest"], data["newer"]) == (True, "1.1", ["1.1"])
    assert data["change"]["breaks_clients"] is True
    assert data["findings_newest"] is None


def test_the_same_contract_under_a_newer_version(configure, publish, outdated) -> None:
    publish("1.0", M1)
    publish("1.1", M1)
    configure("pypi:demo==1.0", subject=M1)
    outcome = outdated()
    assert outcome.code == 1
    assert "1.1 holds the same contract" in outcome.out


def test_a_pinned_prerelease_sees_later_prereleases(configure, publish, outdated) -> None:
    publish("2.0rc1", M1)
    publish("2.0rc2", M1)
    configure("pypi:demo==2.0rc1")
    assert "1 newer release: 2.0rc2" in outdated().out


def test_a_subject_with_nothing_in_common(configure, publish, outdated, tmp_path) -> None:
    publish("1.0", M1)
    publish("1.1", M2)
    configure("pypi:demo==1.0", subject=M1)
    (tmp_path / "proto/demo.proto").rename(tmp_path / "proto/zoo.proto")
    zoo = 'syntax = "proto3"; package zoo; service Z { rpc G(Y) returns (Y); } message Y { bytes q = 77; }'
    (tmp_path / "proto/zoo.proto").write_text(zoo)
    outcome = outdated()
    assert outcome.code == 1
    assert "the subject could not be held against it: nothing in" in outcome.out


def test_a_newest_release_that_cannot_be_read(configure, publish, outdated) -> None:
    publish("1.0", M1)
    publish("1.1", content=b"damaged")
    configure("pypi:demo==1.0")
    assert outdated().code == 2


@pytest.mark.parametrize(
    "source", ["pypi:demo", "pypi:demo>=1", "pypi:demo==1.*", "pypi:demo==1,<2", "proto", "pypi:!", "git:x#y"]
)
def test_what_is_not_pinned(source: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pin(source)
    assert "pypi:xai-sdk==1.4.0" in caught.value.hint


@pytest.mark.parametrize("source", ["pypi:demo==1.0", "pypi: demo == 1.0 ", "pypi:demo==1.0#sdist"])
def test_what_is_pinned(source: str) -> None:
    pin = read_pin(source)
    assert (pin.package, pin.version, pin.source) == ("demo", "1.0", source)


def test_a_lock_pins_too(configure, publish, run, outdated, tmp_path) -> None:
    publish("1.0", M1)
    publish("1.1", M2)
    configure("lock:demo.lock")
    assert run("lock", "pypi:demo==1.0", "--offline", "-q", "-o", tmp_path / "demo.lock").code == 0
    assert "demo 1.0 has 1 newer release: 1.1" in outdated().out


def test_without_settings(outdated, run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert outdated().code == 2
    (tmp_path / "protoalign.toml").write_text('[subject]\nsource = "proto"\n')
    assert "no reference is configured" in outdated().err
