"""What protoalign.toml may say, and how a wrong one is refused."""

import os
from datetime import date

import pytest
from google.protobuf.descriptor_pb2 import FileOptions
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import SettingsError
from protoalign.settings import (
    GeneratedSettings,
    GenerateSettings,
    GoTarget,
    PlanSettings,
    ProveSettings,
    PythonTarget,
    Settings,
    SourceSettings,
    Waiver,
    read_settings,
)
from protoalign.settings.reader import FILE_OPTIONS


def test_an_empty_file_is_all_defaults(written):
    path = written("")
    assert read_settings(path) == Settings(path=path)


def test_every_table_is_read(read):
    settings = read("""
        fail_on = "error"
        file_options = ["go_package", "(acme.owner)", "features.utf8_validation"]
        own = ["a/*.proto"]
        [subject]
        source = "proto"
        with = ["pypi:googleapis-common-protos"]
        copies = ["v6"]
        [reference]
        source = "pypi:shop==1.0"
        [map]
        "old.v1" = "new.v1"
        gone = ""
        [severities]
        field-number = "off"
        [[waivers]]
        rule = "field-type"
        reason = "so"
        expires = 2030-01-31
        [[waivers]]
        element = "new.v1.*"
        fingerprint = "0123456789abcdef"
        reason = "so"
        expires = "2030-01-31"
        [plan]
        hours_per_file = 1
        spread = 2.5
        priorities = { "a.proto" = "low" }
        hours = { wire = 0 }
        [check]
        lint = false
        format = false
        breaking_against = "v1"
        [[check.generated]]
        command = ["buf", "generate"]
        paths = ["gen", "."]
        [generate]
        names = "services.toml"
        python = { messages = "src/shop/_gen/", services = "src/shop/_services" }
        [generate.go]
        module = "go"
        messages = "internal/gen"
        services = "services"
        proof = "internal/proof"
        tools = "go/tools"
        [prove]
        vectors = "wire"
        certificate = "proof.json"
        helpers = "helpers.py"
    """)
    assert settings.fail_on == "error"
    assert settings.file_options == ("go_package", "(acme.owner)", "features.utf8_validation")
    assert settings.own == ("a/*.proto",)
    assert settings.subject == SourceSettings(
        source="proto", with_sources=("pypi:googleapis-common-protos",), copies=("v6",)
    )
    assert settings.reference == SourceSettings(source="pypi:shop==1.0")
    assert settings.mapping == {"old.v1": "new.v1", "gone": ""}
    assert settings.severities == {"field-number": "off"}
    day = date(2030, 1, 31)
    assert settings.waivers == (
        Waiver(rule="field-type", reason="so", expires=day),
        Waiver(element="new.v1.*", fingerprint="0123456789abcdef", reason="so", expires=day),
    )
    assert settings.plan == PlanSettings(priorities={"a.proto": "low"}, hours={"wire": 0}, hours_per_file=1, spread=2.5)
    assert (settings.check.lint, settings.check.format, settings.check.breaking_against) == (False, False, "v1")
    assert settings.check.generated == (GeneratedSettings(command=("buf", "generate"), paths=("gen", ".")),)
    assert settings.generate == GenerateSettings(
        names="services.toml",
        python=PythonTarget(messages="src/shop/_gen", services="src/shop/_services"),
        go=GoTarget(
            module="go", messages="internal/gen", services="services", proof="internal/proof", tools="go/tools"
        ),
    )
    assert settings.prove == ProveSettings(vectors="wire", certificate="proof.json", helpers="helpers.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[check]\nlintt = true", "[check] lintt is no known key; did you mean lint?"),
        ("fail_onn = 'never'", "fail_onn is no known key; did you mean fail_on?"),
        ("[subjekt]", "subjekt is no known key; did you mean subject?"),
        ("zzz = 1", "zzz is no known key; known are check, fail_on, file_options, generate, map, own, plan"),
        ("[plan]\nhour = {}", "[plan] hour is no known key; did you mean hours?"),
        (
            "[[waivers]]\nrule='a'\nreason='b'\n[[waivers]]\nrules='a'\nreason='b'\nrule='c'",
            "[[waivers]] number 2 rules",
        ),
        ("[generate]", "[generate] names no language: add [generate.python] or [generate.go]"),
        ("[generate.python]", "[generate.python] lacks messages, the folder for the generated messages"),
        ("[generate.go]\nmessages = 'a'", "[generate.go] lacks module, the folder with go.mod"),
        ("[generate.python]\nmessages = '../a'", 'messages names "../a", which is not inside the folder'),
        (
            "[generate.python]\nmessages = 'a'\nservices = 'a/b'",
            '"a" and "a/b" overlap, and each is replaced as a whole',
        ),
        ("[prove]\ncertificate = 'proof.txt'", 'certificate names "proof.txt", and its name must end in .json'),
        ("[prove]\nvectors = '/vectors'", 'vectors names "/vectors", which is not inside the folder'),
        ("[[check.generated]]\ncomand = ['a']", "[[check.generated]] number 1 comand is no known key; did you mean"),
        ("subject = 'proto'", 'subject must be a table, [subject]; it is "proto"'),
        ("[subject]\nwith = ['a']", "[subject] lacks source"),
        ("[subject]\nsource = ' '", "[subject] source must not be empty"),
        ("[subject]\nsource = 3", "[subject] source must be a string; it is 3"),
        ("[subject]\nsource = 'a'\nwith = 'b'", '[subject] with must be an array of strings; it is "b"'),
        ("own = ['a', 1]", "own[2] must be a string; it is 1"),
        ("own = ['']", "own[1] must not be empty"),
        ("fail_on = 'warn'", 'fail_on must be "error", "warning", "info" or "never"; it is "warn"'),
        ("fail_on = ''", 'fail_on must be "error", "warning", "info" or "never"; it is ""'),
        ("[severities]\na = 'fatal'", '[severities] a must be "error", "warning", "info" or "off"; it is "fatal"'),
        ("[map]\na = 1", "[map] a must be a string; it is 1"),
        ("[map]\nxai.v1 = 'x'", '[map] xai is a table; a name with a dot needs quotes: "xai.v1" = …'),
        ("[map]\n'' = 'x'", "[map] has an empty name as a key"),
        ("[plan]\nspread = 0.9", "[plan] spread must be a finite number, 1 or more; it is 0.9"),
        ("[plan]\nspread = inf", "[plan] spread must be a finite number, 1 or more; it is inf"),
        ("[plan]\nspread = nan", "[plan] spread must be a finite number, 1 or more; it is nan"),
        ("[plan]\nhours_per_file = -1", "[plan] hours_per_file must be a finite number, 0 or more; it is -1"),
        ("[plan]\nhours_per_file = true", "[plan] hours_per_file must be a finite number, 0 or more; it is true"),
        (f"[plan]\nspread = {'9' * 400}", "[plan] spread must be a finite number, 1 or more"),
        ("[plan.hours]\nwire = '1h'", '[plan.hours] wire must be a finite number, 0 or more; it is "1h"'),
        ("[plan.priorities]\na = 'top'", '[plan.priorities] a must be "critical", "high", "medium" or "low"'),
        ("[check]\nlint = 1", "[check] lint must be true or false; it is 1"),
        ("[check]\nbreaking_against = '--output=x'", "[check] breaking_against must be a git revision"),
        (
            "[check]\ngenerated = 1",
            "[check] generated must be tables that each begin with [[check.generated]]; it is 1",
        ),
        ("[[check.generated]]\npaths = ['a']", "[[check.generated]] number 1 lacks command"),
        ("[[check.generated]]\ncommand = []\npaths = ['a']", "[[check.generated]] number 1 lacks command"),
        ("[[check.generated]]\ncommand = ['a']\npaths = ['../b']", "is not inside the folder of the settings file"),
        ("[[check.generated]]\ncommand = ['a']\npaths = ['/b']", "is not inside the folder of the settings file"),
        ("[[waivers]]\nrule = 'a'", "[[waivers]] number 1 lacks reason"),
        ("[[waivers]]\nrule = 'a'\nreason = ''", "[[waivers]] number 1 reason must not be empty"),
        ("[[waivers]]\nreason = 'a'", "[[waivers]] number 1 accepts everything"),
        ("[[waivers]]\nrule = ''\nreason = 'a'", "[[waivers]] number 1 rule must not be empty"),
        ("[[waivers]]\nrule='a'\nreason='b'\nexpires='soon'", "expires must be a date such as 2030-01-31"),
        ("[[waivers]]\nrule='a'\nreason='b'\nexpires=2030-01-31T10:00:00", "expires must be a date such as"),
        ("[waivers]\nrule = 'a'", "waivers must be tables that each begin with [[waivers]]; it is a table"),
        ("file_options = ['go_pakage']", 'file_options names "go_pakage", which is no option of a file; did you mean'),
        ("file_options = ['features']", 'file_options names "features", which is no option of a file'),
    ],
)
def test_what_it_may_not_say(refused, text, message):
    assert message in refused(text)


def test_all_mistakes_are_listed_at_once(refused):
    message = refused("fail_on = 1\nown = 2\n[check]\nlint = 3")
    assert message.count("\n") == 3
    assert message.startswith("FILE: 3 mistakes:")


def test_a_syntax_error_has_its_line_and_column(refused):
    assert refused("[map]\nxai/v1 = 'x'").startswith("FILE:2:4: is no TOML: ")


def test_a_file_that_ends_too_early(refused):
    assert refused("[map").startswith("FILE: is no TOML: ")


def test_bytes_that_are_no_text_have_their_line(refused):
    assert refused(b"own = []\n# \xff").startswith("FILE:2: is not UTF-8")


def test_a_byte_order_mark_is_no_mistake(written):
    assert read_settings(written(b"\xef\xbb\xbfown = ['a']")).own == ("a",)


@pytest.mark.parametrize("nesting", ["[" * 3_000, "a." * 3_000 + "a = 1"])
def test_deep_nesting_is_refused(refused, nesting):
    assert refused(f"own = {nesting}" if nesting.startswith("[") else nesting)


def test_a_line_that_would_take_minutes_is_refused_at_once(refused):
    assert refused("own = []\n" + "a." * 400_000 + "a = 1").startswith("FILE:2: is longer than 16,384 bytes")


def test_a_large_file_is_refused(refused):
    assert "is larger than 1 MiB" in refused(b"#" * ((1 << 20) + 1))


def test_control_characters_do_not_reach_the_terminal(refused):
    assert "\x1b" not in refused('"\\u001b[31m" = 1\nfail_on = "\\u001b[31m"')


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, message in ((tmp_path / "none", "does not exist"), (tmp_path, "folder"), (tmp_path / "pipe", "regular")):
        with pytest.raises(SettingsError, match=message):
            read_settings(path)


def test_an_unreadable_file_is_refused(written, monkeypatch):
    path = written("")

    def refuse(*_):
        # Root may read every file, whatever its mode.
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        read_settings(path)


def test_file_options_are_those_of_descriptor_proto():
    defined = {field.name for field in FileOptions.DESCRIPTOR.fields}
    assert set(FILE_OPTIONS) == defined - {"features", "uninterpreted_option"}


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    (
        *("subject", "reference", "source", "with", "copies", "map", "severities", "file_options", "own", "fail_on"),
        *("waivers", "rule", "element", "fingerprint", "reason", "expires", "plan", "priorities", "hours", "spread"),
        *("hours_per_file", "check", "lint", "format", "breaking_against", "generated", "command", "paths"),
    )
)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_any_toml_is_read_or_refused(tmp_path_factory, data):
    import tomli_w

    path = tmp_path_factory.mktemp("any") / "protoalign.toml"
    path.write_bytes(tomli_w.dumps(data).encode("utf-8", "replace"))
    try:
        settings = read_settings(path)
    except SettingsError as error:
        assert error.what
    else:
        assert settings.path == path
