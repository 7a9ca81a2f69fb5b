"""The configuration: where settings come from, which goes before which, and what mistakes say."""

import dataclasses
import hashlib
import os

import pytest

from xaiwire_server.gateway.configuration import reading, shape
from xaiwire_server.gateway.configuration.layers import ConfigurationMistake
from xaiwire_server.gateway.configuration.reading import read_configuration
from xaiwire_server.gateway.settings import Settings

ROUTES = ("chat.completions", "chat.deferred", "files.upload")
DIGEST = hashlib.sha256(b"a-gateway-key").digest()
HASH = f"sha256:{DIGEST.hex()}"
KEY = f'[keys.team]\nhash = "{HASH}"\nupstream_key_env = "TEAM_KEY"\n'
TEAM = {"TEAM_KEY": "xai-of-the-team"}
WHOLE = f"""
host = "0.0.0.0"
port = 9000
workers = 3
strict = true
pass_through = false
[upstream]
api = "localhost:50051"
management = "localhost:50052"
plaintext = true
timeout = 10
stream_silence = 20.5
retries = 1
[limits]
max_body_bytes = 1000
max_file_bytes = 2000
read_timeout = 1
write_timeout = 2
keep_alive = 3
grace = 0
store = "redis://user:secret@localhost:6379/2"
refuse_without_store = false
[cors]
origins = ["https://app.example", "http://localhost:3000"]
[observe]
log = "json"
metrics = false
traces = "console"
{KEY}management_key_env = "TEAM_MANAGEMENT"
models = ["grok-4*"]
routes = ["chat.*"]
requests_per_minute = 5
tokens_per_minute = 6
"""


@pytest.fixture
def read(tmp_path):
    def reading_of(text=None, environment=None, **flags):
        file = None
        if text is not None:
            file = tmp_path / "gateway.toml"
            file.write_text(text)
        given = {path.replace("__", "."): (f"--{path}", value) for path, value in flags.items()}
        return read_configuration(file, environment or {}, given, ROUTES)

    return reading_of


@pytest.fixture
def mistake(read):
    def text_of(*arguments, **flags):
        with pytest.raises(ConfigurationMistake) as caught:
            read(*arguments, **flags)
        return str(caught.value)

    return text_of


def test_nothing_said_is_the_defaults(read):
    found = read()
    assert found.settings == Settings()
    assert (found.host, found.port, found.workers, found.tls()) == ("127.0.0.1", 8080, 1, None)
    assert found.warnings == ()


def test_a_file_may_say_everything(read):
    found = read(WHOLE, TEAM | {"TEAM_MANAGEMENT": "xai-management"})
    key = found.settings.keys[DIGEST]
    assert found.settings == Settings(
        api_host="localhost:50051",
        management_host="localhost:50052",
        plaintext=True,
        timeout=10.0,
        stream_silence=20.5,
        retries=1,
        strict=True,
        max_body_bytes=1000,
        max_file_bytes=2000,
        read_timeout=1.0,
        write_timeout=2.0,
        keep_alive=3.0,
        grace=0.0,
        keys={DIGEST: key},
        pass_through=False,
        store="redis://user:secret@localhost:6379/2",
        refuse_without_store=False,
        cors_origins=("https://app.example", "http://localhost:3000"),
        metrics=False,
        access_log="json",
        traces="console",
    )
    assert (found.host, found.port, found.workers) == ("0.0.0.0", 9000, 3)
    assert (key.name, key.upstream_key, key.management_key) == ("team", "xai-of-the-team", "xai-management")
    assert (key.models, key.routes) == (("grok-4*",), ("chat.*",))
    assert (key.requests_per_minute, key.tokens_per_minute) == (5, 6)


def test_every_setting_of_the_application_can_be_said():
    # Keys are read by themselves, and `dev` alone is for local names.
    names = {each.name for each in dataclasses.fields(Settings)} - {"keys", "local_names_only"}
    assert set(reading._NAMES.values()) == names
    assert set(reading._NAMES) | set(reading._PROCESS) == set(shape.fields())


def test_flags_go_before_the_environment_and_that_before_the_file(read):
    environment = {"XAIWIRE_GATEWAY_PORT": "2", "XAIWIRE_GATEWAY_HOST": "127.0.0.2"}
    found = read('port = 1\nhost = "127.0.0.1"\nworkers = 7', environment, port="3")
    assert (found.port, found.host, found.workers) == (3, "127.0.0.2", 7)


def test_the_environment_may_say_everything_but_in_texts(read):
    values = {
        "host": "::1",
        "port": "81",
        "workers": "2",
        "strict": "true",
        "pass_through": "false",
        "upstream.api": "localhost:1",
        "upstream.management": "localhost:2",
        "upstream.plaintext": "1",
        "upstream.timeout": "1.5",
        "upstream.stream_silence": "2",
        "upstream.retries": "2",
        "limits.max_body_bytes": "10",
        "limits.max_file_bytes": "11",
        "limits.read_timeout": "3",
        "limits.write_timeout": "4",
        "limits.keep_alive": "5",
        "limits.grace": "6",
        "limits.store": "valkey://localhost:6379",
        "limits.refuse_without_store": "false",
        "cors.origins": "https://a.example, https://b.example",
        "observe.log": "text",
        "observe.metrics": "false",
        "observe.traces": "otlp",
    }
    assert values.keys() == shape.fields().keys() - {"tls.cert", "tls.key"}
    environment = {f"XAIWIRE_GATEWAY_{path.replace('.', '_').upper()}": text for path, text in values.items()}
    keys = {"XAIWIRE_GATEWAY_KEYS": f'{{"team": {{"hash": "{HASH}", "upstream_key_env": "TEAM_KEY"}}}}'}
    found = read(None, environment | keys | TEAM)
    default = read()
    for path in values:
        assert found._value(path) != default._value(path), path
    assert found.settings.cors_origins == ("https://a.example", "https://b.example")
    assert found.settings.keys[DIGEST].upstream_key == "xai-of-the-team"


def test_a_key_of_the_environment_goes_before_the_file_s_of_that_name(read):
    other = hashlib.sha256(b"another").hexdigest()
    keys = f'{{"team": {{"hash": "sha256:{other}", "upstream_key_env": "TEAM_KEY"}}}}'
    found = read(KEY, TEAM | {"XAIWIRE_GATEWAY_KEYS": keys})
    assert list(found.settings.keys) == [bytes.fromhex(other)]


def test_a_variable_that_is_empty_says_nothing(read):
    assert read(None, {"XAIWIRE_GATEWAY_LIMITS_STORE": "", "XAIWIRE_GATEWAY_PORT": ""}).settings.store == "memory"


def test_the_environment_may_name_the_file(tmp_path, read):
    file = tmp_path / "other.toml"
    file.write_text("port = 77")
    assert read(None, {"XAIWIRE_GATEWAY_CONFIG": str(file)}).port == 77


def test_a_variable_without_a_meaning_is_warned_of_without_its_value(read):
    found = read(None, {"XAIWIRE_GATEWAY_PROT": "secret-value"})
    assert found.warnings == ("XAIWIRE_GATEWAY_PROT: the environment has this variable, and there is no such setting",)


class TestTheManagementHost:
    @pytest.mark.parametrize("api", ["api.x.ai", "https://api.x.ai", "api.x.ai:443", "API.X.AI"])
    def test_of_xai_s_own_api_is_its_own(self, read, api):
        assert read(upstream__api=api).settings.management_host == "management-api.x.ai"

    def test_of_another_api_is_that_one(self, read):
        found = read(upstream__api="localhost:50051").settings
        assert (found.api_host, found.management_host) == ("localhost:50051", "localhost:50051")

    def test_may_be_given(self, read):
        found = read(upstream__api="localhost:1", upstream__management="localhost:2").settings
        assert found.management_host == "localhost:2"

    def test_that_belongs_to_another_layer_s_api_is_not_kept(self, read):
        text = '[upstream]\napi = "eu.x.ai"\nmanagement = "management.eu.x.ai"'
        assert read(text).settings.management_host == "management.eu.x.ai"
        assert read(text, upstream__api="localhost:1").settings.management_host == "localhost:1"
        assert read(text, upstream__api="api.x.ai").settings.management_host == "management-api.x.ai"


class TestFiles:
    def test_upstream_keys_may_be_in_files_beside_it(self, tmp_path, read):
        (tmp_path / "team.key").write_text("xai-from-a-file\n")
        found = read(f'[keys.team]\nhash = "{HASH}"\nupstream_key_file = "team.key"')
        assert found.settings.keys[DIGEST].upstream_key == "xai-from-a-file"

    def test_certificates_are_looked_for_beside_it(self, tmp_path, mistake):
        text = mistake('[tls]\ncert = "no.pem"\nkey = "no.key"')
        assert text.endswith(f"gateway.toml: tls.cert: {tmp_path / 'no.pem'}: there is no such file")

    def test_that_are_none_are_said_so(self, tmp_path):
        for path in (tmp_path, tmp_path / "no.toml"):
            with pytest.raises(ConfigurationMistake, match=f"{path}: it cannot be read: "):
                read_configuration(path, {}, {}, ROUTES)

    def test_of_another_kind_are_said_so(self, tmp_path):
        file = tmp_path / "gateway.toml"
        for content, reason in (
            (b"\xff\xfe", "it is no UTF-8, at byte 0"),
            (os.urandom(64) + b"\xff", "it is no"),
            (b"# " + b"x" * (1 << 20), "it has more than 1,048,576 bytes"),
            (b"port", "it is no TOML: "),
            (b"a=" + b"[" * 100_000, "it is no TOML: "),
        ):
            file.write_bytes(content)
            with pytest.raises(ConfigurationMistake, match=f"gateway.toml: {reason}"):
                read_configuration(file, {}, {}, ROUTES)


class TestMistakesInTheFile:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("prot = 1", "prot: there is no such setting; did you mean port?"),
            ("[limits]\ngarce = 1", "limits.garce: there is no such setting; did you mean grace?"),
            ("[tls]\nxyz = 1", "tls.xyz: there is no such setting; there are cert, key"),
            ('port = "x"', "port: expected `int`, got `str`"),
            ("port = 65536", "port: expected `int` <= 65535"),
            ("workers = 0", "workers: expected `int` >= 1"),
            ('host = ""', "host: expected `str` of length >= 1"),
            ('host = "a..b"', "host: 'a..b' is no name of a host"),
            ("strict = 1", "strict: expected `bool`, got `int`"),
            ("limits = 3", "limits: expected `object`, got `int`"),
            ("[upstream]\ntimeout = 0", "upstream.timeout: expected `float` > 0.0"),
            ("[upstream]\ntimeout = inf", "upstream.timeout: expected `float` <= 86400.0"),
            ("[upstream]\ntimeout = nan", "upstream.timeout: expected `float`"),
            ('[upstream]\napi = "two words"', "upstream.api: the host 'two words' is not a valid name"),
            ('[upstream]\nmanagement = "x:99999"', "upstream.management: the host 'x:99999' has the port"),
            ('[observe]\nlog = "xml"', "observe.log: it is one of none, text, json"),
            ('[observe]\ntraces = "jaeger"', "observe.traces: it is one of off, otlp, console"),
            ('[cors]\norigins = "*"', "cors.origins: expected `array`, got `str`"),
            ('[cors]\norigins = ["app.example"]', "cors.origins: 'app.example' is no origin"),
            ('[cors]\norigins = ["https://app.example/"]', "cors.origins: 'https://app.example/' is no origin"),
            ('[limits]\nstore = "sqlite:///x"', "limits.store: 'sqlite:///x' is no store: give memory, valkey://"),
            ('[limits]\nstore = "valkey://"', "limits.store: 'valkey://' is no address of a store"),
            ('[limits]\nstore = "valkey://h:port"', "limits.store: 'valkey://h:port' is no address of a store"),
            ('[limits]\nstore = "valkey://h/x"', "limits.store: 'valkey://h/x' is no address of a store"),
            ('[tls]\ncert = "a"', "tls.cert: a certificate and its private key go together; give the other"),
            ("pass_through = false", "pass_through: callers' own keys are refused, and there are no gateway keys"),
        ],
    )
    def test_say_where_and_what(self, mistake, text, said):
        assert f"gateway.toml: {said}" in mistake(text)

    def test_never_show_a_password(self, mistake):
        for address in ("valkey://me:secret@h:port", "sqlite://me:secret@h", "valkey://me:secret@h/x"):
            text = mistake(f'[limits]\nstore = "{address}"')
            assert "secret" not in text
            assert "me" not in text.split("limits.store: ")[1].split(" is no ")[0]


class TestMistakesInKeys:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("keys = 1", "keys: expected `object`, got `int`"),
            ("[keys]\nteam = 1", "keys.team: expected `object`, got `int`"),
            ("[keys.team]", "keys.team: object missing required field `hash`"),
            ('[keys."a b"]', "keys.a b: a key's name is of 1 to 64 letters"),
            ('[keys.team]\nhash = "md5:1"', "keys.team.hash: it is to be sha256: with 64 hexadecimal digits"),
            (f'[keys.team]\nhash = "{HASH}"', "keys.team: there is no upstream key; name the variable"),
            (f"{KEY}upstream_key = 's3cret'", "keys.team.upstream_key: the key itself has no place here"),
            (f"{KEY}management_key = 's3cret'", "keys.team.management_key: the key itself has no place here"),
            (f"{KEY}key = 's3cret'", "keys.team.key: a key has no place here; give its hash"),
            (f"{KEY}upstream_key_file = 'x'", "keys.team: upstream_key_env and upstream_key_file are two ways"),
            (f"{KEY}management_key_env = 'NO'", "keys.team.management_key_env: the environment has no NO"),
            (f"{KEY}management_key_file = 'no'", "keys.team.management_key_file: "),
            (f"{KEY}model = []", "keys.team.model: there is no such setting; did you mean models?"),
            (f"{KEY}models = 'grok'", "keys.team.models: expected `array`, got `str`"),
            (f"{KEY}requests_per_minute = 0", "keys.team.requests_per_minute: expected `int` >= 1"),
            (f"{KEY}tokens_per_minute = 1.5", "keys.team.tokens_per_minute: expected `int | null`, got `float`"),
            (f"{KEY}routes = ['chta.*']", "keys.team.routes[0]: 'chta.*' fits no route; there are chat.*, files.*"),
            (
                KEY + KEY.replace("team", "other"),
                "keys.other.hash: team has the same key; give each a key of its own",
            ),
        ],
    )
    def test_say_where_and_what_and_no_key(self, mistake, text, said):
        found = mistake(text, TEAM)
        assert f"gateway.toml: {said}" in found
        assert "s3cret" not in found

    def test_an_upstream_key_that_is_not_there_is_named(self, mistake):
        assert mistake(KEY).endswith("keys.team.upstream_key_env: the environment has no TEAM_KEY; set it to the key")

    def test_an_upstream_key_that_can_be_none_is_not_shown(self, mistake):
        text = mistake(KEY, {"TEAM_KEY": "two words"})
        assert "keys.team.upstream_key_env: there is no key there" in text
        assert "two words" not in text

    def test_of_the_environment_name_the_variable(self, mistake):
        for text, said in (
            ("[", "it is to be a JSON object"),
            ("[]", "it is to be a JSON object"),
            ("\udcff", "it is to be a JSON object"),
            ('{"a": {"hash": 1}}', "a.hash: expected `str`, got `int`"),
        ):
            assert mistake(None, {"XAIWIRE_GATEWAY_KEYS": text}).startswith(f"XAIWIRE_GATEWAY_KEYS: {said}")


class TestMistakesElsewhere:
    def test_in_the_environment_name_the_variable(self, mistake):
        assert mistake(None, {"XAIWIRE_GATEWAY_LIMITS_GRACE": "soon"}) == (
            "XAIWIRE_GATEWAY_LIMITS_GRACE: expected `float`, got 'soon'"
        )

    def test_kubernetes_own_variable_is_explained(self, mistake):
        text = mistake(None, {"XAIWIRE_GATEWAY_PORT": "tcp://10.0.0.1:8080"})
        assert text.startswith("XAIWIRE_GATEWAY_PORT: it is an address, as Kubernetes sets it")
        assert "enableServiceLinks: false" in text

    def test_on_the_command_line_name_the_flag(self, mistake):
        assert mistake(port="many") == "--port: expected `int`, got 'many'"
        assert mistake(cors__origins=["*", "x"]).startswith("--cors__origins: 'x' is no origin")


class TestWorkersWithBudgets:
    TEXT = f"workers = 2\n{KEY}tokens_per_minute = 5"

    def test_need_a_store_that_they_share(self, mistake):
        text = mistake(self.TEXT, TEAM)
        assert "gateway.toml: workers: 2 workers would each count the budgets of team for themselves" in text
        assert "set limits.store to a Valkey or Redis" in text

    def test_are_well_with_one(self, read):
        assert read(self.TEXT, TEAM, limits__store="valkey://localhost:6379").workers == 2

    def test_are_well_without_budgets(self, read):
        assert read(f"workers = 2\n{KEY}", TEAM).workers == 2


class TestPlainText:
    def test_warns_where_keys_could_be_read(self, read):
        (warning,) = read(host="0.0.0.0").warnings
        assert warning.startswith("0.0.0.0 is not loopback: callers' own keys come over plain HTTP")
        (warning,) = read(KEY, TEAM, host="0.0.0.0").warnings
        assert warning.startswith("0.0.0.0 is not loopback: gateway keys come over plain HTTP")

    def test_does_not_warn_on_loopback(self, read):
        for host in ("127.0.0.1", "::1", "localhost"):
            assert read(host=host).warnings == ()


def test_what_holds_is_said_with_its_place_and_without_secrets(read):
    lines = read(WHOLE, TEAM | {"TEAM_MANAGEMENT": "xai-management"}, port="9001").lines()
    text = "\n".join(lines)
    assert "port = 9001  # --port" in lines
    assert 'limits.store = "redis://localhost:6379/2"  # ' in text
    assert "keys.team: models grok-4*; routes chat.*; requests a minute 5; tokens a minute 6" in text
    assert len(lines) == len(shape.fields()) + 1
    for secret in ("secret", "xai-of-the-team", "xai-management", DIGEST.hex()):
        assert secret not in text


def test_settings_do_not_show_secrets(read):
    shown = repr(read(WHOLE, TEAM | {"TEAM_MANAGEMENT": "xai-management"}))
    for secret in ("secret", "xai-of-the-team", "xai-management", DIGEST.hex()):
        assert secret not in shown
