"""`xaiwire-server gateway` and `gateway-key`, as they are started."""

import hashlib
import os
import re
import ssl
import tomllib

import httpx2
import pytest
from processes import GatewayProcess, run

from xaiwire_server.cli.main import main

CHAT = "/v1/chat/completions"
BODY = {"model": "grok-3", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def start(tmp_path, xaiwire_emulator):
    started = []

    def begin(*flags, **options):
        started.append(GatewayProcess(tmp_path, "--upstream", xaiwire_emulator.address, *flags, **options))
        return started[-1]

    yield begin
    for each in started:
        each.close()


class TestGateway:
    def test_it_says_where_it_is_and_serves(self, start):
        gateway = start()
        port = gateway.url.rpartition(":")[2]
        url = f"http://127.0.0.1:{port}"
        assert gateway.line == f'ready on {url}: OpenAI(base_url="{url}/v1")\n'
        with gateway.http() as http:
            assert http.post(CHAT, json=BODY).json()["choices"][0]["message"]["content"] == "hi"
        assert gateway.end() == 0
        assert gateway.log == ""

    def test_a_key_that_was_made_works_with_the_toml_that_was_shown(self, tmp_path, start):
        made = run("gateway-key", "--name", "team")
        key = re.search(r"^key: (xgw-\S+)$", made.stdout, re.MULTILINE)[1]
        file = tmp_path / "gateway.toml"
        file.write_text(made.stdout[made.stdout.index("[keys.") :])
        gateway = start("--config", str(file), env={"XAI_API_KEY": "xai-emulator-key"})
        for given, status in ((key, 200), ("xai-emulator-key", 401)):
            with gateway.http(given) as http:
                assert http.post(CHAT, json=BODY).status_code == status

    def test_tls(self, tmp_path, start):
        trustme = pytest.importorskip("trustme")
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        (tmp_path / "cert.pem").write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
        (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
        gateway = start("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))
        assert gateway.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        headers = {"authorization": "Bearer xai-emulator-key"}
        with httpx2.Client(base_url=gateway.url, verify=context, headers=headers) as http:
            assert http.post(CHAT, json=BODY).status_code == 200
        assert gateway.end() == 0

    def test_help_has_every_flag_and_no_other(self):
        text = run("gateway", "--help").stdout
        flags = set(re.findall(r"--[a-z-]+", text.split("examples:")[0]))
        assert flags == {
            "--help",
            "--host",
            "--port",
            "--upstream",
            "--management-upstream",
            "--plaintext",
            "--config",
            "--workers",
            "--strict",
            "--timeout",
            "--keep-alive",
            "--grace",
            "--store",
            "--cors-origin",
            "--log",
            "--traces",
            "--tls-cert",
            "--tls-key",
            "--check",
        }
        assert "xaiwire-server gateway --upstream localhost:50051" in text


class TestCheck:
    def test_says_what_would_hold_and_ends(self):
        ended = run("gateway", "--check", "--port", "9", "--cors-origin", "https://a.example", "--cors-origin", "*")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "port = 9  # --port\n" in ended.stdout
        assert 'cors.origins = ["https://a.example", "*"]  # --cors-origin\n' in ended.stdout
        assert "limits.grace = 25.0  # default\n" in ended.stdout

    def test_tries_out_traces(self):
        assert run("gateway", "--check", "--traces", "console").returncode == 0
        ended = run("gateway", "--check", "--traces", "otlp", env={"OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"})
        assert ended.returncode == 2
        assert ended.stderr.startswith("xaiwire-server: observe.traces: ")
        assert "Traceback" not in ended.stderr

    def test_warns_of_a_host_that_others_reach(self):
        ended = run("gateway", "--check", "--host", "0.0.0.0")
        assert ended.returncode == 0
        assert ended.stderr.startswith("xaiwire-server: warning: 0.0.0.0 is not loopback: callers' own keys")


class TestMistakes:
    @pytest.mark.parametrize(
        ("flags", "said"),
        [
            (("--port", "x"), "--port: expected `int`, got 'x'"),
            (("--grace", "-1"), "--grace: expected `float` >= 0.0"),
            (("--timeout", "nan"), "--timeout: expected `float`"),
            (("--workers", "0"), "--workers: expected `int` >= 1"),
            (("--log", "xml"), "--log: it is one of none, text, json"),
            (("--store", "x"), "--store: 'x' is no store"),
            (("--upstream", "a b"), "--upstream: the host 'a b' is not a valid name"),
            (("--management-upstream", "a b"), "--management-upstream: the host 'a b' is not a valid name"),
            (("--cors-origin", "x"), "--cors-origin: 'x' is no origin"),
            (("--tls-cert", "x"), "--tls-cert: a certificate and its private key go together"),
            (("--tls-cert", "no", "--tls-key", "no"), "--tls-cert: no: there is no such file"),
            (("--config", "no.toml"), "no.toml: it cannot be read: No such file or directory"),
            (("--host", "\udcff"), "--host: '\\udcff' is no name of a host"),
        ],
    )
    def test_are_said_in_a_sentence(self, capsys, monkeypatch, flags, said):
        for name in [name for name in os.environ if name.startswith("XAIWIRE_GATEWAY_")]:
            monkeypatch.delenv(name)
        assert main(["gateway", *flags]) == 2
        output, errors = capsys.readouterr()
        assert output == ""
        assert errors.startswith(f"xaiwire-server: {said}")
        assert errors.count("\n") == 1

    @pytest.mark.parametrize(
        ("flags", "said"),
        [
            (("--config", b"\xff.toml"), "\\udcff.toml: it cannot be read: No such file or directory"),
            (("--host", "nowhere.invalid"), "nowhere.invalid:8080: "),
            (("--host", "nowhere.invalid", "--workers", "2"), "nowhere.invalid:8080: "),
            (("--worker", "7:8"), "--worker: the gateway gives it to its own workers; use --workers N"),
            (("--worker", "x"), "--worker: the gateway gives it to its own workers; use --workers N"),
        ],
    )
    def test_end_the_process_with_2(self, flags, said):
        ended = run("gateway", *flags)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.splitlines()[-1].startswith(f"xaiwire-server: {said}")
        assert "Traceback" not in ended.stderr

    def test_a_port_that_is_taken(self, start):
        port = start().url.rpartition(":")[2]
        ended = run("gateway", "--port", port)
        assert ended.returncode == 2
        assert f"127.0.0.1:{port}: another program listens there" in ended.stderr


class TestGatewayKey:
    def test_makes_a_key_and_its_hash(self):
        first, second = run("gateway-key", "--name", "team"), run("gateway-key", "--name", "team")
        key = re.match(r"key: (xgw-[A-Za-z0-9_-]{43})\n", first.stdout)[1]
        assert first.stdout.count(key) == 1
        assert key not in second.stdout
        said = tomllib.loads(first.stdout[first.stdout.index("[keys.") :])
        digest = hashlib.sha256(key.encode()).hexdigest()
        assert said == {"keys": {"team": {"hash": f"sha256:{digest}", "upstream_key_env": "XAI_API_KEY"}}}

    def test_hashes_one_that_is_given_and_does_not_show_it(self):
        ended = run("gateway-key", "--stdin", given="my-old-key\n")
        assert ended.returncode == 0
        said = tomllib.loads(ended.stdout)
        assert said["keys"]["caller"]["hash"] == f"sha256:{hashlib.sha256(b'my-old-key').hexdigest()}"
        assert "my-old-key" not in ended.stdout

    @pytest.mark.parametrize("given", ["", "\n", "two words", "clé", "x" * 5000])
    def test_refuses_what_is_no_key(self, given):
        ended = run("gateway-key", "--stdin", given=given)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("xaiwire-server: --stdin: there is no key")

    @pytest.mark.parametrize("name", ["", "a.b", "a b", "é", "x" * 65])
    def test_refuses_what_is_no_name(self, name):
        ended = run("gateway-key", f"--name={name}")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("xaiwire-server: --name: ")
