"""The page in a real browser: what it does, and what hostile input does not do."""

import os
import shutil

import pytest

from protoalign.reports import SideBySide
from protoalign.reports.html import render

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

BROWSER = os.environ.get("PROTOALIGN_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
LONG = "".join(f"  string field_number_{number} = {number};\n" for number in range(1, 60))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is found; PROTOALIGN_CHROMIUM can name one"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open a comparison's page; every request, dialog and message of the console fails the test at its end."""
    contexts, troubles = [], []

    def open_page(comparison, texts=None, *, scheme="light", width=1280, script=True):
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(render(comparison, texts), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url == file.as_uri() or troubles.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def texts():
    long = f"message Order {{\n  string id = 2;\n{LONG}}}\n"
    return SideBySide(
        {"acme/v1/shop.proto": (long, long.replace("id = 2", "id = 1").replace("string field_number_50", "int32 x"))}
    )


def shown(page):
    return page.locator(".finding:visible").count()


def test_hostile_input_runs_nothing(show, hostile):
    texts = SideBySide(
        {finding.file: (f"// {finding.file}\n", f"/* {finding.file} */\n") for finding in hostile.findings}
    )
    page = show(hostile, texts)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    page.mouse.move(300, 300)
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("img, iframe, object, link").count() == 0


def test_the_policy_stops_what_escaping_would_miss(browser, aligned):
    page = browser.new_page()
    page.set_content(render(aligned))
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(script);
        })"""
    )
    assert blocked == "script-src-elem"
    assert page.evaluate("window.hit") is None
    page.close()


def test_filters(show, mixed):
    page = show(mixed)
    status = page.locator("#shown")
    assert status.inner_text() == "all 4 shown"
    page.get_by_label("wire").check()
    assert shown(page) == 1
    page.get_by_label("presence").check()
    assert shown(page) == 2
    page.get_by_role("button", name="Clear filters").click()
    sync_api.expect(page.locator("#shown")).to_have_text("all 4 shown")
    page.get_by_label("RPC", exact=True).select_option("/acme.v1.Shop/Get")
    assert shown(page) == 2
    page.get_by_label("File", exact=True).select_option(label="acme/v1/money.proto (1)")
    assert shown(page) == 0
    assert page.get_by_text("No finding fits these filters.").is_visible()
    assert status.inner_text() == "0 of 4 shown"


def test_search_by_keyboard(show, mixed):
    page = show(mixed)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("rpc-missing list")
    sync_api.expect(page.locator("#shown")).to_have_text("1 of 4 shown")
    page.keyboard.press("/")
    assert page.locator("#search").input_value() == "rpc-missing list/"


def test_keyboard_reaches_and_opens(show, mixed):
    page = show(mixed)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#findings"
    page.locator("#open-all").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.tagName")
    assert focused == "SUMMARY"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.press("Enter")
    assert page.get_by_text("The server reads your id as the length of name.").first.is_visible()


def test_links_open_what_they_lead_to(show, mixed, texts):
    page = show(mixed, texts)
    page.get_by_role("link", name="side by side of acme/v1/shop.proto").click()
    page.wait_for_selector("#text-1[open]")
    page.get_by_role("link", name="1 wire, 1 presence, 1 missing").click()
    assert shown(page) == 3
    page.goto(f"{page.url.split('#')[0]}#finding-{mixed.findings[3].fingerprint}")
    page.wait_for_selector(f"#finding-{mixed.findings[3].fingerprint} > details[open]")
    assert shown(page) == 4


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(show, mixed, hostile, texts, width):
    for comparison in (mixed, hostile):
        page = show(comparison, texts, width=width)
        page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_accessibility(show, mixed, aligned, incomplete, texts, scheme, width):
    """The rules of axe, contrast among them."""
    for comparison in (mixed, aligned, incomplete):
        page = show(comparison, texts, scheme=scheme, width=width)
        page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
        result = axe.Axe().run(page)
        assert result.violations_count == 0, result.generate_report()


def test_without_script_all_is_there(show, mixed, texts):
    page = show(mixed, texts, script=False)
    assert shown(page) == 4
    assert not page.locator("#filters").is_visible()
    page.locator(".finding summary").first.click()
    assert page.get_by_text("acme/v1/shop.proto:4:3").first.is_visible()


def test_paper_shows_what_is_folded(show, mixed, texts):
    page = show(mixed, texts)
    assert not page.get_by_text("Give id the number 1.").first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".finding details[open]").count() == 0
