"""The emulator's page in a real browser."""

import os
import shutil

import pytest

from xaiwire.chat import user
from xaiwire.errors import RpcError
from xaiwire_server.testing import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = os.environ.get("PROTOALIGN_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is found; PROTOALIGN_CHROMIUM can name one"),
]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, xaiwire_emulator):
    """Open an emulator's page; whatever it asks of others, or complains of, fails the test at its end.

    It is closed before the test's emulator is.
    """
    contexts, troubles = [], []

    def complain(text):
        # That a fault is refused, the page shows; the browser says so, too.
        if "400 (Bad Request)" not in text:
            troubles.append(text)

    def show(emulator, *, scheme="light", width=1280):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complain(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request", lambda request: request.url.startswith((emulator.url, "data:")) or troubles.append(request.url)
        )
        page.goto(emulator.url)
        page.get_by_role("status").filter(has_text="live").wait_for()
        return page

    yield show
    for context in contexts:
        context.close()
    assert troubles == []


def rows(page):
    return page.locator("#rows tr")


def test_calls_appear_as_they_end(open_page, client, xaiwire_emulator):
    client.chat.complete("grok-3", "Before the page was open")
    page = open_page(xaiwire_emulator)
    sync_api.expect(rows(page)).to_have_count(1)
    client.chat.complete("grok-3", "Afterwards")
    sync_api.expect(rows(page)).to_have_count(2)
    sync_api.expect(rows(page).first).to_contain_text("xai_api.Chat/GetCompletion")
    assert xaiwire_emulator.api_key not in page.content()


def test_a_call_is_shown_decoded_and_never_as_markup(open_page, client, xaiwire_emulator):
    page = open_page(xaiwire_emulator)
    client.chat.complete("grok-3", HOSTILE)
    rows(page).get_by_role("button").click()
    details = page.locator("#details")
    sync_api.expect(details).to_contain_text('"role": "ROLE_USER"')
    sync_api.expect(details).to_contain_text(HOSTILE)
    sync_api.expect(details).to_contain_text("Bearer xai-...-key")
    assert page.locator("img").count() == 0
    sync_api.expect(details).to_be_focused()


def test_filters(open_page, client, xaiwire_emulator):
    client.chat.complete("grok-3", "Hello")
    client.models.list_language_models()
    with pytest.raises(RpcError):
        client.models.get_language_model("grok-0")
    page = open_page(xaiwire_emulator)
    page.get_by_label("RPC").first.fill("models")
    sync_api.expect(rows(page)).to_have_count(2)
    page.get_by_label("Status").first.select_option("NOT_FOUND")
    sync_api.expect(rows(page)).to_have_count(1)
    page.get_by_label("with unknown fields").check()
    sync_api.expect(page.locator("#empty")).to_have_text("No call passes the filter.")


def test_faults_are_set_and_removed(open_page, client, xaiwire_emulator):
    page = open_page(xaiwire_emulator)
    form = page.locator("#fault")
    form.get_by_label("RPC").fill("*Chat/*")
    form.get_by_label("Status").select_option("UNAVAILABLE")
    form.get_by_role("button").click()
    sync_api.expect(page.locator("#faults")).to_contain_text("status UNAVAILABLE")
    with pytest.raises(RpcError):
        client.chat.complete("grok-3", "Hello")
    sync_api.expect(page.locator("#faults")).to_contain_text("hit 1 of 1")
    page.get_by_role("button", name="Remove").click()
    sync_api.expect(page.locator("#faults li")).to_have_count(0)
    assert client.chat.complete("grok-3", "Hello").content == "Hello"
    form.get_by_label("Status").select_option("none")
    form.get_by_role("button").click()
    sync_api.expect(page.get_by_role("alert")).to_contain_text("a fault has a status, a delay or a cut_after")


def test_clock_snapshot_and_reset(open_page, client, xaiwire_emulator):
    client.files.upload(b"x", filename="a")
    page = open_page(xaiwire_emulator)
    sync_api.expect(page.locator("#counts")).to_contain_text("files1")
    page.get_by_role("button", name="Snapshot").click()
    page.get_by_role("button", name="Freeze").click()
    sync_api.expect(page.locator("#clock")).to_contain_text("(frozen)")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Reset everything").click()
    sync_api.expect(page.locator("#counts")).to_contain_text("files0")
    page.get_by_role("button", name="Restore").click()
    sync_api.expect(page.locator("#counts")).to_contain_text("files1")


def test_a_token_is_asked_for(browser, xaiwire_emulator_thread):
    with xaiwire_emulator_thread.emulator(Settings(admin_token="let-me-in")) as emulator:
        context = browser.new_context()
        page = context.new_page()
        page.goto(emulator.url)
        page.get_by_label("Admin token").fill("let-me-in")
        page.get_by_role("button", name="Open").click()
        page.get_by_role("status").filter(has_text="live").wait_for()
        sync_api.expect(page.get_by_role("heading", name="Traffic")).to_be_visible()
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_everybody_can_use_it(open_page, client, xaiwire_emulator, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    client.chat.complete("grok-3", "Hello")
    with pytest.raises(RpcError):
        client.models.get_language_model("grok-0")
    xaiwire_emulator.fault("*Image/*", delay=1.0)
    page = open_page(xaiwire_emulator, scheme=scheme, width=width)
    rows(page).first.get_by_role("button").click()
    sync_api.expect(page.locator("#call dl")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_chat_in_several_words_is_one_row(open_page, client, xaiwire_emulator):
    page = open_page(xaiwire_emulator)
    list(client.chat.create("grok-3", messages=[user("a b c")]).stream())
    sync_api.expect(rows(page)).to_have_count(1)
    sync_api.expect(rows(page).first.locator("td").nth(5)).to_have_text("4")
