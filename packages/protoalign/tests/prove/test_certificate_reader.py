"""Certificates come back as they were written; anything else is refused with a sentence."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.contract import Counts
from protoalign.errors import CertificateError
from protoalign.prove.certificate import Certificate, certificate_data, certificate_of
from protoalign.prove.certificate_reader import MAX_BYTES, MAX_DEPTH, parse_certificate, read_certificate
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import ContractIdentity, Folder, Proof, VectorSet, WaiverUse


@pytest.fixture(scope="module")
def data(aligned_proof):
    return certificate_data(certificate_of(aligned_proof))


@pytest.fixture
def refused():
    def check(content, wanted):
        with pytest.raises(CertificateError) as caught:
            parse_certificate(content if isinstance(content, bytes) else json.dumps(content).encode(), where="it.json")
        assert wanted in caught.value.what
        assert caught.value.where == "it.json"
        assert caught.value.hint
        assert caught.value.what.isprintable()

    return check


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
COUNT = st.integers(min_value=0, max_value=2**40)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda content: f"sha256:{content.hex()}")
IDENTITIES = st.builds(
    ContractIdentity,
    source=WORDS,
    digest=DIGESTS,
    counts=st.builds(Counts, *[COUNT] * len(Counts.__slots__)),
    version=st.none() | WORDS,
    archive=st.none() | WORDS,
    archive_sha256=st.none() | DIGESTS.map(lambda digest: digest.removeprefix("sha256:")),
)
FAILED = st.builds(
    Stage,
    name=WORDS,
    status=st.just(StageStatus.FAILED),
    reason=WORDS,
    findings=st.lists(WORDS, max_size=3).map(tuple),
    figures=st.builds(
        lambda name, proved, more: (Figure(name=name, proved=proved, total=proved + more),), WORDS, COUNT, COUNT
    ),
)
SKIPPED = st.builds(Stage, name=WORDS, status=st.just(StageStatus.SKIPPED), reason=WORDS)
PROOFS = st.builds(
    Proof,
    subject=IDENTITIES,
    reference=IDENTITIES,
    stages=st.lists(FAILED | SKIPPED, min_size=1, max_size=4, unique_by=lambda stage: stage.name).map(tuple),
    vectors=st.none() | st.builds(VectorSet, path=WORDS, digest=DIGESTS, messages=COUNT, vectors=COUNT),
    generated=st.lists(
        st.builds(Folder, path=WORDS, digest=DIGESTS, files=COUNT), max_size=3, unique_by=lambda folder: folder.path
    ).map(tuple),
    waivers=st.lists(
        st.builds(
            WaiverUse,
            rule=WORDS,
            element=WORDS,
            fingerprint=WORDS,
            message=WORDS,
            reason=WORDS,
            expires=st.none() | st.dates().map(str),
        ),
        max_size=3,
    ).map(tuple),
    tools=st.dictionaries(WORDS, WORDS, max_size=4),
)


@given(proof=PROOFS)
def test_a_certificate_comes_back_whole(proof):
    certificate = certificate_of(proof)
    content = json.dumps(certificate_data(certificate)).encode()
    assert parse_certificate(content, where="it.json") == certificate


def test_a_file_comes_back(data, aligned_proof, tmp_path):
    path = tmp_path / "it.json"
    path.write_text(json.dumps(data))
    assert read_certificate(path) == certificate_of(aligned_proof)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(CertificateError, match="cannot be read"):
            read_certificate(path)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ("\ufeff{}".encode(), "no JSON"),
        (b"[]", "the file must be an object; it is an array"),
        (b"null", "the file must be an object"),
        (b'{"format": NaN}', "NaN is no number"),
        (b'{"format": -Infinity}', "-Infinity is no number"),
        (b'{"format": 1, "format": 1}', 'the key "format" is there twice'),
        (b'{"format": ' + b"9" * 5000 + b"}", "a number that is too long"),
        (b'{"format": 2}', "has format 2, this protoalign reads 1"),
        (b'{"format": true}', "has format true"),
        (b'{"format": 1.0}', "has format 1.0"),
        (b'{"format": 1e999}', "has format Infinity"),
        (b'{"format": "\x1b[31m"}', "no JSON"),
        (b'{"format": "\\u001b[31m"}', "has format"),
        (b"{}", "has format null"),
        (b'{"format": 1}', "verdict is missing"),
        (b"[" * 100_000, f"nests deeper than {MAX_DEPTH} levels"),
        (b'{"a":' * 100_000, f"nests deeper than {MAX_DEPTH} levels"),
        (b" " * (MAX_BYTES + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_no_certificate_is_refused(refused, content, wanted):
    refused(content, wanted)


def test_brackets_in_strings_are_no_nesting(data, refused):
    refused({**data, "verdict": '\\"[[[[[[[[[[[[[[[[[[[[[[['}, "verdict must be")


def test_a_huge_file_is_not_read_to_its_end():
    with pytest.raises(CertificateError, match="larger than 8 MiB"):
        read_certificate(Path("/dev/zero"))


WRONG = [None, True, -1, 1.5, 2**60, "", "\ud800", [], ["x"], {}, {"x": 1}]


def places(value, path=()):
    """Every place in the data: keys of objects and the first item of each array."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from places(item, (*path, key))
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from places(value[0], (*path, 0))


def replaced(value, path, new):
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], new)
    return copied


def test_a_wrong_value_in_any_place_is_refused(data):
    tried = 0
    for path in places(data):
        for new in WRONG:
            content = json.dumps(replaced(data, path, new)).encode()
            try:
                read = parse_certificate(content, where="it.json")
            except CertificateError as error:
                assert error.what.isprintable()
                tried += 1
            else:
                # Only the versions of tools are outside of the digest; elsewhere it was the value that is there.
                assert path == ("tools",) or certificate_data(read) == data
    assert tried > 500


def test_a_missing_key_in_any_place_is_refused(data, refused):
    for path in places(data):
        if isinstance(path[-1], int) or path[0] == "tools":
            continue
        parent = data
        for step in path[:-1]:
            parent = parent[step]
        changed = replaced(data, path[:-1], {key: item for key, item in parent.items() if key != path[-1]})
        wanted = "has format null" if path == ("format",) else f"{path[-1]} is missing"
        refused(changed, wanted)


def test_an_unknown_key_in_any_object_is_refused(data, refused):
    refused({**data, "date": "2030-01-01"}, '"date" is no known key')
    refused({**data, "subject": {**data["subject"], "x": 1}}, '"x" is no known key of subject')
    stage = {**data["stages"][0], "seconds": 1}
    refused({**data, "stages": [stage, *data["stages"][1:]]}, '"seconds" is no known key of stages[0]')


def test_a_mistake_is_told_with_its_place(data, refused):
    stage = {**data["stages"][0], "figures": [{"name": "files", "proved": "2", "total": 2}]}
    refused(
        {**data, "stages": [stage, *data["stages"][1:]]},
        'stages[0].figures[0].proved must be a whole number, 0 or more; it is "2"',
    )


def test_an_edited_certificate_is_noticed(data, refused):
    refused({**data, "subject": {**data["subject"], "source": "other"}}, "it was edited or damaged")


def test_a_better_verdict_is_noticed(aligned_proof, refused):
    skipped = Stage(name="official", status=StageStatus.SKIPPED, reason="not installed")
    data = certificate_data(certificate_of(replace(aligned_proof, stages=(*aligned_proof.stages, skipped))))
    refused({**data, "verdict": "aligned"}, 'the verdict is "aligned", and from the stages follows "partial"')
    refused({**data, "skipped": []}, "what it lists as skipped is not what its stages say")


def test_the_reader_gives_the_type_that_checks_itself(data):
    assert isinstance(parse_certificate(json.dumps(data).encode(), where="it.json"), Certificate)


@pytest.mark.parametrize("place", ["stages", "tools", "generated"])
def test_control_characters_of_a_certificate_stay_in_it(data, refused, place):
    name = "\x1b]0;x\x07\u202e"
    if place == "tools":
        refused({**data, "tools": {name: 1}}, "must be a string")
    elif place == "stages":
        refused({**data, "stages": [{**data["stages"][0], "name": name}] * 2}, "two of the stage")
    else:
        refused({**data, "generated": [{**data["generated"][0], "path": name, "digest": "x"}]}, "is no SHA-256")
