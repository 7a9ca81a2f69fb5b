"""The OpenAPI document and the pages made from the routes; `python …/test_openapi.py` writes the one in docs anew."""

import os
import re
import shutil
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from running import running_gateway
from schemathesis.specs.openapi.definitions import OPENAPI_31

from xaiwire_server.gateway.app import Gateway
from xaiwire_server.gateway.openapi import openapi_document
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.rpc.methods import contract_rpcs

BROWSER = os.environ.get("PROTOALIGN_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
PAGE = Path(__file__).parents[4] / "docs" / "reference" / "gateway-routes.md"
ERRORS = {"openai": "OpenAIError", "anthropic": "AnthropicError"}

HEAD = """\
# Routes of the gateway

Made from the code by `python packages/xaiwire-server/tests/gateway/test_openapi.py`. A gateway describes them in full
at `/openapi.json`, and for people at `/docs`. The name is what keys of the gateway, its log and its figures call a
route; the RPCs are those of the contract that it may call.
"""


@cache
def routes():
    return Gateway(Settings()).router.routes


@cache
def document(*, strict=False):
    return openapi_document(routes(), strict=strict)


def operations():
    return {
        operation["operationId"]: operation
        for methods in document()["paths"].values()
        for operation in methods.values()
    }


def resolved(answer):
    return document()["components"]["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer


def _table():
    rows = [HEAD]
    for tag in dict.fromkeys(route.tag for route in routes()):
        rows.append(f"## {tag}\n\n| method | path | name | RPCs |\n| --- | --- | --- | --- |")
        for route in routes():
            if route.tag == tag:
                rpcs = "<br>".join(f"`{rpc}`" for rpc in route.rpcs) or "none"
                rows.append(f"| {route.method} | `{route.path}` | `{route.name}` | {rpcs} |")
        rows.append("")
    return "\n".join(rows).rstrip() + "\n"


class TestRoutes:
    def test_the_page_in_docs_is_what_the_code_says(self):
        assert PAGE.read_text() == _table()

    def test_every_rpc_of_the_contract_is_reached(self):
        reached = {rpc for route in routes() for rpc in route.rpcs}
        assert reached == {rpc.full_name for rpc in contract_rpcs().values()}

    def test_names_paths_and_groups(self):
        names = Counter(route.name for route in routes())
        assert [name for name, count in names.items() if count > 1] == []
        assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", name) for name in names)
        assert all(route.tag and route.summary and not route.summary.endswith(".") for route in routes())
        places = Counter((route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in routes())
        assert [place for place, count in places.items() if count > 1] == []

    def test_required_names_are_names(self):
        for route in routes():
            assert set(route.required) <= {*route.query, *route.form}, route.name
            assert set(route.bodies) <= set(route.statuses), route.name


class TestDocument:
    @pytest.mark.parametrize("strict", [False, True])
    def test_it_is_one_of_openapi(self, strict):
        problems = [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(document(strict=strict))]
        assert problems == []

    def test_its_schemas_are_schemas(self):
        for schema in document()["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    def test_all_references_lead_somewhere(self):
        def look(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    found = document()
                    for part in value["$ref"].removeprefix("#/").split("/"):
                        found = found[part]
                for mapped in value.get("mapping", {}).values() if "propertyName" in value else ():
                    look({"$ref": mapped})
                for each in value.values():
                    look(each)
            elif isinstance(value, list):
                for each in value:
                    look(each)

        look(document())

    def test_each_route_is_in_it(self):
        assert set(operations()) == {route.name.replace(".", "_") for route in routes()}
        assert document()["info"]["version"] == version("xaiwire-server")
        for route in routes():
            operation = document()["paths"][route.path][route.method.lower()]
            assert operation["security"] == ([{"bearer": []}, {"apiKey": []}] if route.needs_key else [])
            assert set(re.findall(r"\{(\w+)\}", route.path)) == {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "path" and each["required"]
            }

    def test_keys_are_needed_where_it_says_so(self, http):
        del http.headers["authorization"]
        for route in routes():
            response = http.request(route.method, re.sub(r"\{\w+\}", "x", route.path))
            assert (response.status_code == 401) is route.needs_key, route.name

    def test_errors_have_the_form_of_their_api(self):
        for route in routes():
            answers = document()["paths"][route.path][route.method.lower()]["responses"]
            for status, answer in answers.items():
                if int(status) >= 400 and int(status) not in route.bodies:
                    schema = resolved(answer)["content"]["application/json"]["schema"]
                    assert schema == {"$ref": f"#/components/schemas/{ERRORS[route.errors]}"}, (route.name, status)

    def test_a_request_and_its_answers(self):
        chat = operations()["chat_completions"]
        assert chat["tags"] == ["Chat"]
        assert chat["requestBody"]["required"] is True
        schema = chat["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ChatRequest"}
        good = chat["responses"]["200"]["content"]
        assert set(good) == {"application/json", "text/event-stream"}
        assert [each["$ref"].rpartition("/")[2] for each in good["application/json"]["schema"]["anyOf"]] == [
            "ChatCompletion",
            "DeferredStarted",
        ]
        expected = {200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 501, 502, 503, 504}
        assert set(chat["responses"]) == {str(status) for status in expected}

    def test_an_answer_without_content(self):
        answer = operations()["chat_deferred"]["responses"]["202"]
        assert answer["description"] == "It is still being made."
        assert "content" not in answer

    def test_readiness_has_one_form(self):
        answers = operations()["operations_readiness"]["responses"]
        assert answers["200"]["content"] == answers["503"]["content"]

    def test_uploads_are_forms(self):
        forms = [route for route in routes() if route.form]
        assert forms
        for route in forms:
            content = document()["paths"][route.path][route.method.lower()]["requestBody"]["content"]
            assert set(content["multipart/form-data"]["schema"]["properties"]) == set(route.form)

    def test_unknown_fields_are_closed_out_by_strict_alone(self):
        name = "ChatRequest"
        assert "additionalProperties" not in document()["components"]["schemas"][name]
        assert document(strict=True)["components"]["schemas"][name]["additionalProperties"] is False

    def test_fields_without_a_place_in_the_contract_say_so(self):
        field = document()["components"]["schemas"]["ChatRequest"]["properties"]["logit_bias"]
        assert field["description"].startswith("xAI's API has no place for this")

    def test_it_is_served(self, gateway, xaiwire_emulator, xaiwire_emulator_thread):
        with gateway.http() as client:
            del client.headers["authorization"]
            response = client.get("/openapi.json")
            assert response.headers["content-type"] == "application/json"
            assert response.json() == document()
        loop = xaiwire_emulator_thread._loop
        with running_gateway(loop, xaiwire_emulator.address, strict=True) as strict, strict.http() as client:
            assert client.get("/openapi.json").json() == document(strict=True)


class _Outline(HTMLParser):
    """Ids and links of a page, and what would make it load or run something; whether elements are closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.loads, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        elif tag in ("script", "img", "iframe", "object") or "src" in attributes or "style" in attributes:
            self.loads.append(tag)
        if any(name.startswith("on") for name in attributes):
            self.loads.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class TestPage:
    @pytest.fixture
    def page(self, http):
        del http.headers["authorization"]
        response = http.get("/docs")
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        return response

    def test_all_operations_and_schemas_are_on_it(self, page):
        outline = _Outline(page.text)
        assert outline.open == []
        assert len(outline.ids) == len(set(outline.ids))
        assert set(operations()) <= set(outline.ids)
        assert {f"schema-{name}" for name in document()["components"]["schemas"]} <= set(outline.ids)

    def test_links_lead_somewhere(self, page):
        outline = _Outline(page.text)
        assert set(outline.links) - {f"#{name}" for name in outline.ids} == {"openapi.json"}

    def test_it_loads_nothing_and_runs_nothing(self, page):
        assert _Outline(page.text).loads == []
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"

    def test_what_routes_say_is_text(self):
        from dataclasses import replace

        from xaiwire_server.gateway.reference_page import reference_page

        forged = replace(routes()[0], summary="<script>alert(1)</script> `a<b`", tag='"><b>')
        page, _ = reference_page(openapi_document([forged], strict=False))
        assert b"&lt;script&gt;alert(1)&lt;/script&gt; <code>a&lt;b</code>" in page
        assert b"<script" not in page
        assert b"<b>" not in page


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is found; PROTOALIGN_CHROMIUM can name one")
class TestPageInABrowser:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1280, 380])
    def test_everybody_can_read_it(self, browser, scheme, width):
        from axe_playwright_python.sync_playwright import Axe

        from xaiwire_server.gateway.reference_page import reference_page

        # Of all routes it would take half a minute, and they are all shown alike.
        chosen = [route for route in routes() if route.tag in ("Embeddings", "Files", "Operations")]
        shown, _ = reference_page(openapi_document(chosen, strict=False))
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.set_content(shown.decode())
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert found.violations_count == 0, found.generate_report()
        context.close()

    @pytest.mark.parametrize("width", [1280, 380])
    def test_it_fits_and_loads_nothing_else(self, browser, gateway, width):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        troubles, asked = [], []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{gateway.url}/docs")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.evaluate("getComputedStyle(document.querySelector('article')).borderTopWidth") == "1px"
        context.close()
        assert troubles == []
        assert [url for url in asked if not url.startswith("data:")] == [f"{gateway.url}/docs"]


if __name__ == "__main__":
    PAGE.write_text(_table())
