#!/usr/bin/env python3
"""Opens a page of `unroll report` in headless Chromium, as tests/cli/report.bats asks.

    browser.py PAGE CHECK [ARGUMENT...]

speaks WebDriver with chromedriver, by the standard library alone. Ends with 0 when CHECK holds, and
says on stderr what does not. The checks are the functions below called check_NAME.
"""
import base64
import json
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

HEADERS = {"Content-Type": "application/json"}


class Browser:
    """One Chromium under a chromedriver of its own."""

    def __init__(self):
        for program, package in (("chromedriver", "chromium-driver"), ("chromium", "chromium")):
            if not shutil.which(program):
                sys.exit(f"{program} is missing: install the package {package} (make deps)")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                port = found.group(1)
                break
        if not port:
            sys.exit("chromedriver does not start")
        self.address = f"http://127.0.0.1:{port}/session"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1280,1000", "--no-first-run", "--disable-background-networking"]
        options = {"args": arguments, "binary": shutil.which("chromium")}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options,
                                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}
        session = self.call("", {"capabilities": wanted})
        self.address += "/" + session["sessionId"]

    def call(self, path, content):
        request = urllib.request.Request(self.address + path, json.dumps(content).encode(), HEADERS)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            sys.exit(f"chromedriver: {path}: {error.read().decode()[:600]}")

    def end(self):
        try:
            urllib.request.urlopen(urllib.request.Request(self.address, method="DELETE"),
                                   timeout=30).close()
        finally:
            self.driver.terminate()
            self.driver.wait()

    def open(self, page):
        self.call("/url", {"url": page})

    def run(self, script, *arguments):
        return self.call("/execute/sync", {"script": script, "args": list(arguments)})

    def command(self, name, **parameters):
        """One of the DevTools protocol."""
        return self.call("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def log(self, kind):
        return self.call("/se/log", {"type": kind})

    def requested(self):
        """Every address that was asked for since the last look."""
        addresses = []
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                addresses.append(message["params"]["request"]["url"])
        return addresses

    def complaints(self):
        """What stands on the console."""
        return [entry["message"] for entry in self.log("browser")]


def expect(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")


def check_alone(browser, page):
    """Nothing but the page itself is asked for; no message; every picture is there."""
    browser.open(page)
    pictures = browser.run("return Promise.all(Array.from(document.images, image => image.decode()"
                           ".then(() => image.naturalWidth, () => 0)))")
    asked = [address for address in browser.requested() if not address.startswith("data:")]
    expect(asked == [page], f"only {page} is asked for, but: {asked}")
    complaints = browser.complaints()
    expect(not complaints, f"an empty console, but: {complaints}")
    expect(len(pictures) > 0 and all(width > 100 for width in pictures),
           f"pictures of some width, but: {pictures}")


def check_sealed(browser, page):
    """What got into the page in spite of everything could fetch nothing and run nothing."""
    browser.open(page)
    browser.requested()
    browser.run("""
        window.broken = [];
        document.addEventListener('securitypolicyviolation',
                                  event => window.broken.push(event.effectiveDirective));
        const box = document.createElement('div');
        box.innerHTML = '<img src="http://127.0.0.1:9/x.png"><b onclick="window.hit = 1">x</b>' +
                        '<p style="background: url(http://127.0.0.1:9/y.png)">y</p>';
        document.body.append(box);
        const script = document.createElement('script');
        script.textContent = 'window.hit = 2';
        document.body.append(script);
        box.querySelector('b').click();
        fetch('http://127.0.0.1:9/z').catch(() => {});
        new FontFace('x', 'url(http://127.0.0.1:9/f.woff)').load().catch(() => {});""")
    browser.run("return new Promise(done => setTimeout(done, 300))")
    expect(browser.run("return window.hit === undefined"), "a script without nonce does not run")
    broken = browser.run("return window.broken")
    expect(any(name.startswith("img") for name in broken), f"a refused picture, but: {broken}")
    expect("connect-src" in broken, f"a refused fetch, but: {broken}")
    expect("font-src" in broken, f"a refused font, but: {broken}")
    expect(any(name.startswith("script") for name in broken), f"a refused script, but: {broken}")
    expect(any(name.startswith("style") for name in broken), f"a refused style, but: {broken}")


COLUMN = """
    const table = document.querySelectorAll('table.sortable')[arguments[0]];
    return Array.from(table.tBodies[0].rows, row => row.cells[arguments[1]].textContent);"""
PRESS = """
    const table = document.querySelectorAll('table.sortable')[arguments[0]];
    const heading = Array.from(table.tHead.rows).pop().cells[arguments[1]];
    heading.querySelector('button').click();
    return heading.getAttribute('aria-sort');"""


def number(text):
    """A cell's number; missing ones are larger than all."""
    plain = text.replace("−", "-").replace(",", "").replace("†", "")
    return float("inf") if plain == "–" else float(plain)


def check_sorts(browser, page):
    """A click on a heading sorts, another one the other way round, by the keyboard too."""
    browser.open(page)
    mean = 2
    before = browser.run(COLUMN, 0, mean)
    expect(browser.run(PRESS, 0, mean) == "ascending", "aria-sort is ascending")
    up = browser.run(COLUMN, 0, mean)
    expect(up == sorted(before, key=number), f"ascending order, but: {up}")
    expect(browser.run(PRESS, 0, mean) == "descending", "aria-sort is descending")
    down = browser.run(COLUMN, 0, mean)
    there = [text for text in before if text != "–"]
    expected = sorted(there, key=number, reverse=True) + ["–"] * (len(before) - len(there))
    expect(down == expected, f"descending order, missing last, but: {down}")
    expect(up != down and before != up, f"another order, but: {before}, {up}, {down}")
    browser.run("document.querySelector('table.sortable thead tr:last-child th button').focus()")
    browser.call("/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
        {"type": "keyDown", "value": "\uE007"}, {"type": "keyUp", "value": "\uE007"}]}]})
    names = browser.run(COLUMN, 0, 0)
    expect(names == sorted(names), f"names in their order after a key, but: {names}")
    expect(browser.run("return document.querySelectorAll('table:first-of-type [aria-sort]').length"
                       " === 1"), "one heading says how it sorts")


def check_orders(browser, page):
    """Numbers sort as numbers, and what is missing comes last both ways; keyboard stops are where
    a table scrolls alone."""
    browser.open(page)
    table, seeds = browser.run("""
        const tables = Array.from(document.querySelectorAll('table.sortable'));
        const table = tables.findIndex(each => each.caption.textContent === 'Runs of lstm');
        const headings = Array.from(tables[table].tHead.rows).pop().cells;
        return [table, Array.from(headings).findIndex(
            cell => cell.textContent.startsWith('test loss'))];""")
    browser.run(PRESS, table, seeds)
    up = browser.run(COLUMN, table, seeds)
    expect(up == ["−1.0000", "9.0000", "10.0000", "–"], f"ascending numbers, but: {up}")
    browser.run(PRESS, table, seeds)
    down = browser.run(COLUMN, table, seeds)
    expect(down == ["10.0000", "9.0000", "−1.0000", "–"], f"descending numbers, but: {down}")
    for width, some in ((1280, False), (400, True)):
        browser.command("Emulation.setDeviceMetricsOverride", width=width, height=800,
                        deviceScaleFactor=1, mobile=width < 600)
        browser.open(page)
        wrong = browser.run("""
            return Array.from(document.querySelectorAll('.wide'))
                .filter(box => (box.scrollWidth > box.clientWidth + 1) !== (box.tabIndex === 0 &&
                    box.getAttribute('role') === 'region' && !!box.getAttribute('aria-label')))
                .map(box => box.outerHTML.slice(0, 200));""")
        expect(not wrong, f"stops of the keyboard where a box scrolls, but: {wrong}")
        cut = browser.run("""
            return Array.from(document.querySelectorAll('#figures .wide'))
                .some(box => box.scrollWidth > box.clientWidth + 1);""")
        expect(cut == some, f"at {width} pixels tables that scroll: {some}, but: {cut}")


STYLE = """
    const style = element => getComputedStyle(document.querySelector(element));
    const light = text => text.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
    return [light(style('body').backgroundColor), light(style('body').color),
            style('nav').display, style('.paper').display, style('.wide').overflowX];"""


def check_media(browser, page):
    """Light on dark where that is wished, dark on light on screens and on paper."""
    def look(scheme, media):
        browser.command("Emulation.setEmulatedMedia", media=media,
                        features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(page)
        return browser.run(STYLE)
    for scheme, media, is_dark in (("light", "screen", False), ("dark", "screen", True),
                                   ("dark", "print", False)):
        ground, ink, nav, paper, overflow = look(scheme, media)
        expect((ground < 150 and ink > 600) if is_dark else (ground > 700 and ink < 150),
               f"{scheme}, {media}: ground {ground}, ink {ink}")
        printed = media == "print"
        expect((nav == "none") == printed and (paper == "none") != printed and
               (overflow == "visible") == printed, f"{media}: {nav}, {paper}, {overflow}")


def check_plain(browser, page, *texts):
    """Without JavaScript every one of TEXTS can be read, and no button is there."""
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page)
    browser.command("DOM.enable")
    root = browser.command("DOM.getDocument")["root"]["nodeId"]
    buttons = browser.command("DOM.querySelectorAll", nodeId=root, selector="button")["nodeIds"]
    expect(not buttons, "no button where no script runs")
    tree = browser.command("Accessibility.getFullAXTree")["nodes"]
    read = " ".join(node["name"]["value"] for node in tree if node.get("name", {}).get("value"))
    for text in texts:
        expect(text in read, f"{text!r} can be read without a script")


def check_harmless(browser, page, *names):
    """NAMES stand on the page as text, and made no element and no attribute."""
    browser.open(page)
    expect(browser.run("return window.hit === undefined"), "nothing ran")
    headings = browser.run("return Array.from(document.querySelectorAll('h3'), h => h.textContent)")
    for name in names:
        expect(name in headings, f"{name!r} is among {headings}")
    strange = browser.run("""
        const usual = ['A', 'BODY', 'BUTTON', 'CAPTION', 'CODE', 'DD', 'DETAILS', 'DIV', 'DL', 'DT',
            'FIGCAPTION', 'FIGURE', 'H1', 'H2', 'H3', 'HEADER', 'IMG', 'LI', 'MAIN', 'NAV', 'P',
            'PRE', 'SCRIPT', 'SECTION', 'STRONG', 'SUMMARY', 'SUP', 'TABLE', 'TBODY', 'TD', 'TH',
            'THEAD', 'TIME', 'TR', 'UL'];
        return Array.from(document.body.querySelectorAll('*')).filter(element =>
            !usual.includes(element.tagName) || element.getAttributeNames().some(name =>
                name.startsWith('on') || name === 'style') ||
            (element.src && !element.src.startsWith('data:image/svg+xml;base64,')))
            .map(element => element.outerHTML.slice(0, 200));""")
    expect(not strange, f"only elements of ours, but: {strange}")
    lost = browser.run("""
        return Array.from(document.querySelectorAll('a[href]'), link => link.getAttribute('href'))
            .filter(href => !href.startsWith('#') || !document.getElementById(href.slice(1)));""")
    expect(not lost, f"every link leads somewhere on the page, but: {lost}")


def check_fits(browser, page):
    """On a telephone no more than the tables' own boxes is wider than the screen."""
    browser.command("Emulation.setDeviceMetricsOverride", width=400, height=800,
                    deviceScaleFactor=1, mobile=True)
    browser.open(page)
    wide = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    expect(wide[0] <= 400, f"a page of 400 pixels, but: {wide}")
    over = browser.run("""return [...document.querySelectorAll("tbody th")]
        .filter(cell => cell.scrollWidth > cell.clientWidth + 1).length""")
    expect(over == 0, f"{over} names of rows reach into the next column")


def check_picture(browser, page, path, scheme="light", width="1280"):
    """Not a check: writes what the page looks like to PATH (.png, or .pdf as printed)."""
    browser.command("Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(page)
    if path.endswith(".pdf"):
        content = browser.command("Page.printToPDF", preferCSSPageSize=True)["data"]
    else:
        browser.command("Emulation.setDeviceMetricsOverride", width=int(width), height=900,
                        deviceScaleFactor=1, mobile=int(width) < 600)
        content = browser.command("Page.captureScreenshot", captureBeyondViewport=True)["data"]
    pathlib.Path(path).write_bytes(base64.b64decode(content))


def main():
    page = pathlib.Path(sys.argv[1]).resolve().as_uri()
    browser = Browser()
    try:
        globals()["check_" + sys.argv[2]](browser, page, *sys.argv[3:])
    finally:
        browser.end()


if __name__ == "__main__":
    main()
