"""`xaiwire-server dev`: an emulator and a gateway on one port."""

import re
import signal
import subprocess
import sys

import httpx2
import pytest

COMMAND = [sys.executable, "-m", "xaiwire_server", "dev", "--port", "0"]
PROGRAM = """
import anthropic, openai, xaiwire

asked = {"model": "grok-3", "messages": [{"role": "user", "content": "Is anybody there?"}]}
with openai.OpenAI() as client:
    print(client.chat.completions.create(**asked).choices[0].message.content)
with anthropic.Anthropic() as client:
    print(client.messages.create(max_tokens=100, **asked).content[0].text)
with xaiwire.Client() as client:
    print(client.chat.complete("grok-3", "Is anybody there?").content)
    print(len(client.collections.list().collections))
"""


@pytest.fixture
def started():
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    yield process, line
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_programs_of_all_three_packages_find_it():
    done = subprocess.run(
        [*COMMAND, "--", sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Is anybody there?\n" * 3 + "0\n"


@pytest.mark.parametrize("http2", [False, True])
def test_both_are_on_the_port(started, http2):
    process, line = started
    found = re.match(r'ready on (http://localhost:\d+): OpenAI\(base_url="\1/v1"\), key xai-emulator-key;', line)
    assert found, line + process.stderr.read()
    with httpx2.Client(
        base_url=found[1],
        headers={"authorization": "Bearer xai-emulator-key"},
        http1=not http2,
        http2=http2,
        timeout=30,
    ) as http:
        body = {"model": "grok-3", "messages": [{"role": "user", "content": "a b c"}]}
        answer = http.post("/v1/chat/completions", json=body)
        assert answer.json()["choices"][0]["message"]["content"] == "a b c"
        assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
        streamed = http.post("/v1/chat/completions", json={**body, "stream": True})
        assert streamed.text.endswith("data: [DONE]\n\n")
        assert http.get("/v1/nothing").json()["error"]["code"] == "unknown_url"
        (stream, first) = http.get("/_emulator/requests").json()["requests"]
        assert (first["rpc"], stream["rpc"]) == ("xai_api.Chat/GetCompletion", "xai_api.Chat/GetCompletionChunk")
        assert "<title>" in http.get("/").text
        assert http.get("/healthz").text == "ok\n"
        # A page of another site, whose name leads here.
        for name in ("evil.example:8080", "[::1", ""):
            assert http.get("/v1/models", headers={"host": name}).status_code in (400, 403)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
