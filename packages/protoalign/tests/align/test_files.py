"""Files: renamed, created, kept, deleted; and where they belong."""

import pytest

from protoalign.align import outside_of_modules
from protoalign.errors import AlignError
from protoalign.settings import Settings


def proto(package, body, *, imports=(), options=""):
    listed = "".join(f'import "{name}";\n' for name in imports)
    return f'syntax = "proto3";\npackage {package};\n{listed}{options}{body}\n'


A = "message A { string x = 1; int32 y = 2; }"
B = "message B { A a = 1; bool z = 2; }"
REFERENCE = {
    "api/v2/a.proto": proto("api.v2", A),
    "api/v2/b.proto": proto("api.v2", B, imports=["api/v2/a.proto"]),
}
OLD = {
    "v1/a.proto": proto("v1", A),
    "v1/b.proto": proto("v1", B, imports=["v1/a.proto"]),
}


def test_packages_and_files_are_renamed(bench):
    made = bench(OLD, REFERENCE)
    alignment = made.align()
    assert dict(alignment.edit.renames) == {"api/v2/a.proto": "v1/a.proto", "api/v2/b.proto": "v1/b.proto"}
    assert set(made.files()) == set(REFERENCE)
    assert not (made.subject / "v1").exists()
    assert all(made.equal_files().values())


def test_a_second_run_changes_nothing(bench):
    made = bench(OLD, REFERENCE)
    made.align()
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in made.subject.rglob("*.proto")}
    assert made.align().edit.is_empty
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in made.subject.rglob("*.proto")} == before


def test_an_aligned_file_keeps_its_formatting(bench):
    odd = 'syntax="proto3";package api.v2;\n\n\nmessage A{string x=1;int32 y=2;} // odd\n'
    made = bench({"api/v2/a.proto": odd}, REFERENCE)
    alignment = made.align()
    assert made.files()["api/v2/a.proto"] == odd
    assert list(alignment.edit.writes) == ["api/v2/b.proto"]


def test_a_file_that_only_gets_another_name_keeps_its_formatting(bench):
    odd = 'syntax="proto3";package api.v2;\n\n\nmessage A{string x=1;int32 y=2;} // odd\n'
    made = bench({"alpha.proto": odd}, REFERENCE, settings=Settings(mapping={"alpha.proto": "api/v2/a.proto"}))
    made.align()
    assert made.files()["api/v2/a.proto"] == odd


def test_files_that_exchange_contents(bench):
    subject = {"api/v2/a.proto": proto("api.v2", "message Q {}"), "api/v2/b.proto": proto("api.v2", A)}
    reference = {"api/v2/a.proto": proto("api.v2", A), "api/v2/b.proto": proto("api.v2", "message Q {}")}
    made = bench(subject, reference)
    made.align()
    assert all(made.equal_files().values())


EXTRA = {"v1/extra.proto": proto("v1", "message Extra { A a = 1; }", imports=["v1/a.proto"])}


def test_an_extra_file_stays_and_follows_renames(bench):
    made = bench({**OLD, **EXTRA}, REFERENCE)
    alignment = made.align()
    text = made.files()["v1/extra.proto"]
    assert 'import "api/v2/a.proto";' in text
    assert "api.v2.A a = 1;" in text
    assert alignment.extra == ("v1/extra.proto",)
    assert all(made.equal_files().values())
    assert made.plan().edit.is_empty


def test_an_extra_file_that_needs_no_change_stays_byte_for_byte(bench):
    odd = 'syntax="proto3";package z;message Z{}'
    made = bench({**OLD, "z.proto": odd}, REFERENCE)
    made.align()
    assert made.files()["z.proto"] == odd


@pytest.mark.parametrize(
    "options", [{"delete": ("v1/extra.proto",)}, {"delete": ("extra.proto",)}, {"delete_extra": True}]
)
def test_an_extra_file_is_deleted_when_told(bench, options):
    made = bench({**OLD, **EXTRA}, REFERENCE)
    alignment = made.align(**options)
    assert alignment.edit.deleted == ("v1/extra.proto",)
    assert set(made.files()) == set(REFERENCE)


def test_own_files_are_not_extra(bench):
    made = bench({**OLD, **EXTRA}, REFERENCE, settings=Settings(own=("v1/extra.proto",)))
    alignment = made.align(delete_extra=True)
    assert alignment.extra == ()
    assert "v1/extra.proto" in made.files()


def test_what_the_reference_has_is_not_deleted(bench):
    made = bench(OLD, REFERENCE)
    with pytest.raises(AlignError, match=r"would delete v1/a.proto, which is api/v2/a.proto in the reference"):
        made.plan(delete=("a.proto",))
    with pytest.raises(AlignError, match=r"fits no file of the subject\nNearest: v1/a.proto"):
        made.plan(delete=("v1/aa.proto",))


def test_an_extra_file_that_uses_what_goes_is_an_error_that_names_the_flag(bench):
    old = {**OLD, "v1/a.proto": proto("v1", A + " message Gone { sint64 q = 33; fixed32 r = 34; }")}
    extra = {"v1/extra.proto": proto("v1", "message Extra { Gone g = 1; }", imports=["v1/a.proto"])}
    made = bench({**old, **extra}, REFERENCE)
    before = made.files()
    with pytest.raises(AlignError, match=r"v1/extra.proto stays, and it uses v1.Gone(.|\n)*--delete FILE"):
        made.align()
    assert made.files() == before
    made.align(delete_extra=True)
    assert all(made.equal_files().values())


def test_an_element_moves_to_another_file(bench):
    subject = {"api/v2/all.proto": proto("api.v2", f"{A}\n// About B.\n{B}\nmessage Mine {{ B b = 1; }}")}
    reference = {**REFERENCE, "api/v2/all.proto": proto("api.v2", "message Mine {}")}
    made = bench(subject, reference)
    made.align()
    assert all(made.equal_files().values())
    assert "// About B.\nmessage B" in made.files()["api/v2/b.proto"]


def test_moved_out_of_an_extra_file(bench):
    subject = {"misc.proto": proto("api.v2", f"{A}\nmessage Mine {{ A a = 1; }}")}
    settings = Settings(mapping={"misc.proto": ""}, own=("misc.proto",))
    made = bench(subject, REFERENCE, settings=settings)
    made.align()
    text = made.files()["misc.proto"]
    assert "message A" not in text
    assert 'import "api/v2/a.proto";' in text
    assert all(made.equal_files().values())


def test_go_package_stays_and_new_files_get_it(bench):
    subject = {"v1/a.proto": proto("v1", A, options='option go_package = "x.com/one";\n')}
    made = bench(subject, REFERENCE)
    alignment = made.align()
    assert [(each.file, each.option, each.value) for each in alignment.derived] == [
        ("api/v2/b.proto", "go_package", "x.com/one")
    ]
    assert all('option go_package = "x.com/one";' in text for text in made.files().values())


def test_go_package_follows_the_pattern_of_the_folders(bench):
    subject = {
        "api/v1/a.proto": proto("api.v1", "message One {}", options='option go_package = "x.com/gen/api/v1;v1";\n'),
        "api/v2/a.proto": proto("api.v2", A, options='option go_package = "x.com/gen/api/v2;v2";\n'),
    }
    reference = {
        "api/v1/a.proto": proto("api.v1", "message One {}"),
        "api/v2/a.proto": proto("api.v2", A),
        "api/v2/b.proto": proto("api.v2", B, imports=["api/v2/a.proto"]),
        "api/v3/c.proto": proto("api.v3", "message C {}"),
    }
    made = bench(subject, reference)
    alignment = made.align()
    derived = {each.file: each.value for each in alignment.derived}
    assert derived["api/v2/b.proto"] == "x.com/gen/api/v2;v2"
    assert derived.get("api/v3/c.proto") in (None, "x.com/gen/api/v3;v3")


def test_no_pattern_no_go_package(bench):
    subject = {
        "api/v2/a.proto": proto("api.v2", A, options='option go_package = "x.com/p";\n'),
        "z.proto": proto("z", "message Z {}", options='option go_package = "y.com/q";\n'),
    }
    reference = {**REFERENCE, "z.proto": proto("z", "message Z {}"), "w/w.proto": proto("w", "message W {}")}
    made = bench(subject, reference)
    assert "go_package" not in made.plan().edit.writes["w/w.proto"].decode()


def test_file_options_that_may_differ_stay_as_they_are(bench):
    reference = {"a.proto": proto("p", A, options="option optimize_for = SPEED; option java_package = 'theirs';\n")}
    subject = {"a.proto": proto("p", "message A {}", options="option optimize_for = CODE_SIZE;\n")}
    settings = Settings(file_options=("optimize_for", "java_package"))
    made = bench(subject, reference, settings=settings)
    made.align()
    text = made.files()["a.proto"]
    assert "option optimize_for = CODE_SIZE;" in text
    assert "java_package" not in text
    assert made.plan().edit.is_empty


def test_custom_file_options_may_differ_too(bench):
    opts = 'import "google/protobuf/descriptor.proto";\nextend google.protobuf.FileOptions { string tag = 5000; }'
    shared = {"opts.proto": f'syntax = "proto3";\npackage opts;\n{opts}\n'}
    tagged = 'option (opts.tag) = "{0}";\n'
    made = bench(
        {**shared, "a.proto": proto("p", "message A {}", imports=["opts.proto"], options=tagged.format("mine"))},
        {**shared, "a.proto": proto("p", A, imports=["opts.proto"], options=tagged.format("theirs"))},
        settings=Settings(file_options=("(opts.tag)",)),
    )
    made.align()
    assert 'option (opts.tag) = "mine";' in made.files()["a.proto"]


def test_an_unknown_file_option_is_an_error(bench):
    made = bench(OLD, REFERENCE, settings=Settings(file_options=("go_pakage",)))
    with pytest.raises(AlignError, match="'go_pakage' is no file option"):
        made.plan()


def test_files_go_below_the_root_of_their_counterparts(bench):
    made = bench({f"proto/{name}": text for name, text in OLD.items()}, REFERENCE)
    made.align()
    assert set(made.files()) == {f"proto/{name}" for name in REFERENCE}


def test_a_root_that_only_the_folders_names_tell(bench):
    a, b = proto("acme.v1", A), proto("acme.v1", "message C { bytes c = 4; }")
    subject = {
        "src/proto/acme/v1/a.proto": a,
        "src/proto/acme/v1/c.proto": b,
        "docs/x.proto": proto("x", "message X {}"),
    }
    reference = {
        "acme/v2/a.proto": proto("acme.v2", A),
        "acme/v2/b.proto": proto("acme.v2", B, imports=["acme/v2/a.proto"]),
    }
    made = bench(subject, reference)
    made.align(delete_extra=True)
    assert set(made.files()) == {f"src/proto/{name}" for name in reference}


def test_a_root_above_the_folder(bench, tmp_path):
    made = bench({f"api/{name}": text.replace('"v1/', '"api/v1/') for name, text in OLD.items()}, REFERENCE)
    made.subject /= "api"
    made.align()
    assert set(made.files()) == {"v2/a.proto", "v2/b.proto"}
    made.reference = tmp_path / "elsewhere"
    (made.reference / "other").mkdir(parents=True)
    (made.reference / "other/a.proto").write_text(REFERENCE["api/v2/a.proto"])
    with pytest.raises(AlignError, match="Name the import root itself"):
        made.plan()


def test_what_is_in_the_way_is_not_overwritten(bench):
    made = bench(OLD, REFERENCE)
    (made.subject / "api/v2").mkdir(parents=True)
    link = made.subject / "api/v2/a.proto"
    link.symlink_to("/etc/hostname")
    with pytest.raises(AlignError, match="is a link or a folder"):
        made.align()
    assert link.is_symlink()


def test_other_files_are_not_touched(bench):
    made = bench({**OLD, "v1/README.md": "text", "v1/a.pb.go": "package x"}, REFERENCE)
    made.align()
    assert made.files()["v1/README.md"] == "text"
    assert made.files()["v1/a.pb.go"] == "package x"


def test_a_buf_module_that_would_not_hold_a_file_is_told(bench):
    subject = {
        "buf.yaml": "version: v2\nmodules:\n  - path: protos\n    includes:\n      - protos/v1\n",
        **{f"protos/{name}": text for name, text in OLD.items()},
    }
    made = bench(subject, REFERENCE)
    assert outside_of_modules(made.align().edit) == ("protos/api/v2/a.proto", "protos/api/v2/b.proto")
    assert outside_of_modules(made.plan().edit) == ()


def test_a_buf_module_that_would_hold_only_some_files_is_an_error(bench):
    subject = {
        "buf.yaml": "version: v2\nmodules:\n  - path: protos\n    includes:\n      - protos/v1\n",
        **{f"protos/{name}": text for name, text in OLD.items()},
        "protos/v1/extra.proto": proto("v1", "message Extra {}"),
    }
    made = bench(subject, REFERENCE)
    before = made.files()
    with pytest.raises(AlignError, match=r"no file in it would be called api/v2/a.proto"):
        made.align()
    assert made.files() == before
