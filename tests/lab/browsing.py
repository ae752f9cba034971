"""What do the tests in a real browser share? A page of a running lab, watched for errors and for strangers."""

import contextlib
import shutil

from tests.lab.serving import until

READY = "Lab.page.source !== null && Lab.page.networks.length > 0 && Lab.page.networks[0].pictures > 0"
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
SIZES = {"laptop": (1366, 768), "projector": (1920, 1080), "phone": (390, 844)}


class Page:
    """One page of the lab in a real browser.

    Parameters
    ----------
    browser : playwright Browser
    url : str
    ready : str
        An expression that is true once the page can be used: by default, once it shows its world.
    prepare : callable
        Is given the tab before it goes anywhere.
    **how
        For playwright's ``new_page``.
    """

    def __init__(self, browser, url, ready=READY, prepare=lambda tab: None, **how):
        how = {
            "viewport": dict(zip(("width", "height"), SIZES["laptop"], strict=True)),
            "accept_downloads": True,
            **how,
        }
        self.tab = browser.new_page(**how)
        self.problems, self.asked = [], []
        self.tab.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        self.tab.on("pageerror", lambda problem: self.problems.append(str(problem)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("websocket", lambda socket: self.asked.append(socket.url))
        prepare(self.tab)
        self.tab.goto(url)
        self.until(ready)

    def js(self, code):
        """Return what an expression in the page is worth."""
        return self.tab.evaluate(code)

    def until(self, code, seconds=15):
        """Wait until an expression in the page is true; the page's own policy forbids playwright's way of waiting."""

        def true():
            with contextlib.suppress(self.lost):
                return self.tab.evaluate(f"Boolean({code})")

        until(true, seconds)

    @property
    def lost(self):
        from playwright.sync_api import Error

        return Error

    @property
    def tick(self):
        return self.js("Lab.page.worlds[0].tick")

    def step(self, times=1):
        for _ in range(times):
            before = self.tick
            self.tab.click("#step")
            self.until(f"Lab.page.worlds[0].tick === {before + 1}")

    def settle(self):
        """Let the layout come to rest, so that what is read of the picture is what is drawn."""
        self.js("Lab.page.networks.forEach((one) => { for (let k = 0; k < 500; k++) one.layout.step(0.97); "
                "one.view.scale = 0; one.dirty = true; })")  # fmt: skip
        drawn = self.js("Lab.page.networks[0].pictures")
        self.until(f"Lab.page.networks[0].pictures > {drawn + 1} || !Lab.page.networks[0].dirty")

    def pixel(self, slot, which=0):
        """Return red, green, blue and opacity where a person is drawn."""
        return self.js(
            f"""(() => {{ const one = Lab.page.networks[{which}], [x, y] = one.at({slot});
            return [...one.canvas.getContext("2d").getImageData(x * one.ratio, y * one.ratio, 1, 1).data]; }})()"""
        )

    def painted(self, which=0):
        """Return how much of a canvas is painted, from 0 to 1."""
        return self.js(
            f"""(() => {{ const one = document.getElementById("canvas-{which}");
            const data = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
            let some = 0; for (let k = 3; k < data.length; k += 4) some += data[k] > 0;
            return 4 * some / data.length; }})()"""
        )

    def close(self, own):
        """Close the page; nothing may have gone wrong, and nothing may have been asked of anybody else."""
        strangers = [
            url for url in self.asked if not url.startswith((own, own.replace("http", "ws"), "data:", "blob:"))
        ]
        self.tab.close()
        assert (self.problems, strangers) == ([], [])
