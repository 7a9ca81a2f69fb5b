"""What the Python wrappers look like, and that the tools of a careful project find nothing wrong with them."""

import inspect
import shutil
import subprocess
import sys

import pytest
from shop import SETTINGS, write_project

from protoalign.errors import ProtoalignError
from protoalign.generate import generate
from protoalign.settings import read_settings


class Recorder:
    """A caller that gives back what it is called with."""

    def unary(self, method, request, options):
        return method, request, options


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_sync_and_async_wrappers_have_the_same_signatures(shop):
    from acme_shop._services import attic, nothing
    from acme_shop._services import shop as shop_module

    pairs = [
        (shop_module.Shop, shop_module.AsyncShop),
        (attic.Attic, attic.AsyncAttic),
        (nothing.Nothing, nothing.AsyncNothing),
    ]
    for sync, other in pairs:
        methods = {name for name, value in vars(sync).items() if inspect.isfunction(value)}
        assert methods == {name for name, value in vars(other).items() if inspect.isfunction(value)}
        for name in methods - {"__init__"}:
            ours, theirs = (inspect.signature(getattr(each, name)).parameters for each in (sync, other))
            # A stream of requests may be an asynchronous one.
            assert [(each.name, each.kind, each.default) for each in ours.values()] == [
                (each.name, each.kind, each.default) for each in theirs.values()
            ]
            assert [ours[each].annotation for each in ours if each != "requests"] == [
                theirs[each].annotation for each in theirs if each != "requests"
            ]


def test_names_that_mean_something_else_get_an_underscore(shop):
    from acme_shop._services.shop import Shop

    names = list(inspect.signature(Shop.find).parameters)
    assert names[:11] == [
        "self", "name", "number", "like", "exact", "weights", "from_", "kinds", "since", "timeout_", "self_",
    ]  # fmt: skip
    assert "requests_" in names


def test_a_request_holds_what_was_given(shop):
    from acme_shop._gen.acme.shop.v1.shop_pb import Kind
    from acme_shop._services.shop import FIND, Shop

    method, request, options = Shop(Recorder()).find(
        name="a", number=0, exact=False, weights={"w": 1}, from_=("x", "y"), kinds=[Kind.BOOK], timeout_="t", timeout=2
    )
    assert method is FIND
    assert request.name == "a"
    assert request.by.field == "number"
    assert request.has_field("exact")
    assert (request.weights, request.from_, request.kinds) == ({"w": 1}, ["x", "y"], [Kind.BOOK])
    assert request.timeout == "t"
    assert options == {"timeout": 2}
    _, empty, _ = Shop(Recorder()).find()
    assert empty.to_binary() == b""


def test_two_members_of_a_oneof_are_refused_by_name(shop):
    from acme_shop._gen.acme.shop.v1.shop_pb import Thing
    from acme_shop._services.shop import Shop

    with pytest.raises(ValueError, match="number and like exclude each other"):
        Shop(Recorder()).find(number=1, like=Thing())


def test_one_string_is_not_taken_for_several(shop):
    from acme_shop._services.shop import Shop

    with pytest.raises(TypeError, match="from takes several values"):
        Shop(Recorder()).find(from_="letters")


def test_docstrings_say_what_the_contract_says(shop):
    from acme_shop._services.shop import Shop

    assert Shop.__doc__.startswith("Keeps the shop's goods.")
    text = Shop.find.__doc__
    assert text.startswith("Finds one thing.")
    assert "name: `string name = 1, implicit presence`. What it is called." in text
    assert "like: `acme.shop.v1.Thing like = 3, in oneof by`." in text
    assert "weights: `map<string, int64> weights = 5`." in text


def test_careful_tools_find_nothing(shop):
    services = shop / "src" / "acme_shop" / "_services"
    for command in (
        ["ruff", "format", "--isolated", "--line-length", "120", "--check", str(services)],
        ["ruff", "check", "--isolated", "--line-length", "120", "--select", "E,F,I,B,UP,D101,D102,D103", str(services)],
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(shop / "mypy"), str(services)],
    ):
        done = run(*command, cwd=shop / "src")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_finds_nothing(shop):
    if shutil.which("node") is None:
        pytest.skip("pyright needs Node.js, and there is none")
    services = shop / "src" / "acme_shop" / "_services"
    done = run(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(services), cwd=shop / "src")
    if "0 errors" not in done.stdout and "error:" not in done.stdout:
        pytest.skip(f"pyright cannot be run here: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    assert done.returncode == 0, done.stdout


def test_a_message_with_a_thousand_fields(tmp_path):
    fields = "\n".join(f"  optional int32 field_{number} = {number};" for number in range(1, 1001))
    proto = f"""
        syntax = "proto3";
        package big.v1;
        service Big {{ rpc Take(Many) returns (Many) {{}} }}
        message Many {{
        {fields}
        }}
    """
    root = write_project(tmp_path, proto=proto, names="", file="big.proto")
    generate(read_settings(root / "protoalign.toml"))
    code = (
        "from acme_shop._services.big import Big;"
        "R = type('R', (), {'unary': lambda self, method, request, options: request});"
        "assert Big(R()).take(field_1000=7).field_1000 == 7"
    )
    done = run(sys.executable, "-c", code, cwd=root / "src")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ('[services."acme.shop.v1.Shoop"]', 'the contract has no service "acme.shop.v1.Shoop"; did you mean'),
        (
            '[services."acme.shop.v1.Shop".methods.Fnd]\nname = "a"',
            'acme.shop.v1.Shop has no RPC "Fnd"; did you mean Find?',
        ),
        ('[services."acme.shop.v1.Shop".methods.Find]\nname = "watch"', "share the name watch"),
        ('[services."acme.shop.v1.Shop".methods.Store]\nretry = "always"', "a stream of requests cannot be sent twice"),
        ("[defaults]\ntimeout = -1", "timeout must be a finite number, 0 or more"),
        ('[services."acme.shop.v1.Shop"]\nname = "Shop!"', 'name is "Shop!"'),
    ],
)
def test_names_that_cannot_be_are_refused(tmp_path, names, message):
    root = write_project(tmp_path, names=names, settings=SETTINGS)
    with pytest.raises(ProtoalignError) as refused:
        generate(read_settings(root / "protoalign.toml"))
    assert message in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert not (root / "src" / "acme_shop" / "_gen").exists()
