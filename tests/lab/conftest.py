"""A real browser and a lab for the tests that need them; they are skipped, with the reason, where there is none."""

import pytest

from tests.lab.browsing import CHROMIUM, Page


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra dev)")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def lab():
    pytest.importorskip("uvicorn", reason="the extra lab is not installed")
    from tests.lab.serving import Lab

    with Lab() as running:
        yield running


@pytest.fixture
def open_page(browser, lab):
    """A function that opens the lab with what comes after # in its address."""
    opened = []

    def open_one(link="seed=7&agents=60", **how):
        opened.append(Page(browser, f"{lab.url}#{link}", **how))
        return opened[-1]

    yield open_one
    for page in opened:
        page.close(lab.url)
