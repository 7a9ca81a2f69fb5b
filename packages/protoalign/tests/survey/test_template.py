"""The settings file that is written reads back as what it says."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.settings import FILE_OPTIONS, CheckSettings, PlanSettings, SourceSettings, read_settings
from protoalign.survey import FolderSurvey, MapEntry, Survey, settings_text

PLAIN = Survey(tree=FolderSurvey(path=Path("proto"), source="proto", files=1))
FULL = Survey(
    tree=FolderSurvey(path=Path("proto"), source="proto", files=3, others=("examples",), has_buf_config=True),
    packages=("xai.v1",),
    file_options=("go_package", "java_package"),
    with_sources=("pypi:googleapis-common-protos",),
    last_release="v1.2.0",
    generated=("gen/go", "gen/py"),
    reference="pypi:xai-sdk==1.4.0",
    entries=(
        MapEntry(subject="xai.v1", reference="xai_api", reason="the files in it have their counterparts there"),
        MapEntry(subject="xai/v1/images.proto", reference="xai/api/v1/image.proto"),
    ),
)


@pytest.fixture
def read(tmp_path):
    def call(text: str):
        path = tmp_path / "protoalign.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    return call


def uncommented(text: str, lines: str) -> str:
    """The text with the commented lines that match made active."""
    return re.sub(rf"^# (?={lines})", "", text, flags=re.MULTILINE)


def test_what_was_found_is_what_it_says(read):
    settings = read(settings_text(FULL))
    assert settings.subject == SourceSettings(source="proto", with_sources=("pypi:googleapis-common-protos",))
    assert settings.reference == SourceSettings(source="pypi:xai-sdk==1.4.0")
    assert settings.file_options == ("go_package", "java_package")
    assert settings.check == CheckSettings(breaking_against="last-release")


def test_without_a_reference_none_is_named(read):
    settings = read(settings_text(PLAIN))
    assert settings.reference is None
    assert settings.file_options == ()
    assert (settings.plan, settings.check) == (PlanSettings(), CheckSettings())


def test_inferred_entries_hold_once_their_comment_sign_is_gone(read):
    text = settings_text(FULL)
    assert read(text).mapping == {}
    assert read(uncommented(text, '"xai')).mapping == {
        "xai.v1": "xai_api",
        "xai/v1/images.proto": "xai/api/v1/image.proto",
    }


def test_every_commented_example_is_valid_once_its_comment_sign_is_gone(read):
    assert read(uncommented(settings_text(PLAIN), r"(?:\[|[a-z_]+ = )")).check.generated[0].paths == ("gen",)


def test_the_folders_of_the_generators_are_suggested(read):
    settings = read(uncommented(settings_text(FULL), r"(?:\[\[check|command|paths)"))
    assert settings.check.generated[0].paths == ("gen/go", "gen/py")


def test_every_table_is_explained():
    lines = settings_text(FULL).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("["):
            assert lines[number - 1].startswith("# "), line


def test_many_entries_are_cut_and_said_to_be():
    entries = tuple(MapEntry(subject=f"a.M{number}", reference=f"b.M{number}") for number in range(100))
    text = settings_text(Survey(tree=PLAIN.tree, reference="x", entries=entries))
    assert "# … and 40 more, which protoalign compare lists" in text


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(str.strip)


@given(
    source=NAMES,
    reference=NAMES,
    names=st.lists(NAMES, max_size=3),
    options=st.lists(st.sampled_from(FILE_OPTIONS), max_size=3),
)
def test_no_name_breaks_the_file(tmp_path_factory, source, reference, names, options):
    survey = Survey(
        tree=FolderSurvey(path=Path("x"), source=source, files=1, others=tuple(names)),
        packages=tuple(names),
        file_options=tuple(options),
        with_sources=tuple(names),
        unreadable=reference,
        last_release=source,
        generated=tuple(names),
        reference=reference,
        entries=tuple(MapEntry(subject=name, reference=name, reason=name) for name in names),
    )
    path = tmp_path_factory.mktemp("text") / "protoalign.toml"
    path.write_bytes(settings_text(survey).encode())
    settings = read_settings(path)
    assert settings.subject == SourceSettings(source=source, with_sources=tuple(names))
    assert settings.reference == SourceSettings(source=reference)
    assert settings.file_options == tuple(options)
    assert settings.mapping == {}
