#!/usr/bin/env python3
"""Opens the web page of real nodes in headless Chromium: what it shows, by keyboard, in the dark, and on a phone.

usage: .ci/page.py PROGRAM [FOLDER]

Pictures are saved in FOLDER, if one is named. Fails on an error in the console, on a request to any other host, on
text that leaves the page at 400 pixels, and on too little contrast. Needs Chromium; without it, says so and
ends with 0, but for CI=true.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from live_nodes import Daemon

SECONDS = 20
FILE_BYTES = 48 << 20
NAMES = ["chromium", "chromium-browser", "google-chrome"]


class Browser:
    """A Chromium that is told what to do through pipes (the DevTools protocol), with one tab."""

    def __init__(self, program: str, profile: Path) -> None:
        ours, its = os.pipe()[::-1], os.pipe()
        self.write, self.read = ours[0], its[0]
        options = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars"]
        options += [f"--user-data-dir={profile}", "--no-proxy-server", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        # It reads commands from descriptor 3 and answers on 4.
        shell = f'exec "$@" 3<&{ours[1]} 4>&{its[1]}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", program, *options, "about:blank"],
            pass_fds=[ours[1], its[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(ours[1])
        os.close(its[1])
        self.number, self.session, self.unread = 0, None, b""
        self.complaints, self.hosts = [], set()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ["Page", "Runtime", "Network", "Log"]:
            self.call(f"{part}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def call(self, method: str, **params: object) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            told = self.message()
            if told.get("id") == self.number:
                if "error" in told:
                    sys.exit(f"{method}: {told['error']}")
                return told["result"]
            self.notice(told)

    def message(self) -> dict:
        while b"\0" not in self.unread:
            more = os.read(self.read, 1 << 20)
            if not more:
                sys.exit("the browser went away")
            self.unread += more
        first, self.unread = self.unread.split(b"\0", 1)
        return json.loads(first)

    def notice(self, told: dict) -> None:
        params = told.get("params", {})
        match told.get("method"):
            case "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith(("data:", "about:", "blob:")):
                    self.hosts.add("/".join(url.split("/")[:3]))
            case "Runtime.exceptionThrown":
                self.complaints.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning"):
                self.complaints.append(str(params["args"]))

    def value(self, expression: str) -> object:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            sys.exit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, what: str, expression: str) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            # Until the page has come, there is nothing of it.
            if self.value(f"(() => {{ try {{ return {expression}; }} catch {{ return false; }} }})()"):
                print(f"ok: {what}", flush=True)
                return
            time.sleep(0.1)
        sys.exit(f"FAILED: {what}: {expression}\n{self.value('document.body.innerText')}\n{self.complaints}")

    def look(self, width: int, height: int, scheme: str = "light") -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def key(self, key: str, code: int = 0, text: str = "") -> None:
        for kind in ["keyDown", "keyUp"]:
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **extra)

    def picture(self, path: Path) -> None:
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(image))


# The smallest contrast of any text with what is behind it, by the formula of WCAG 2.
CONTRAST = """(() => {
  const light = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const brightness = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  let least = [99, ""];
  for (const it of document.querySelectorAll("body *")) {
    if (!it.checkVisibility() || ![...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    let back = it;
    while (back && (numbers(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
    const pair = [numbers(getComputedStyle(it).color), numbers(getComputedStyle(back || document.body).backgroundColor)].map(brightness).sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < least[0]) least = [contrast, it.outerHTML.slice(0, 90)];
  }
  return least;
})()"""


def main() -> int:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if not browser:
        print("SKIPPED: there is no Chromium here; on Debian: apt-get install chromium")
        return 1 if os.environ.get("CI") == "true" else 0
    program = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else place
        pictures.mkdir(parents=True, exist_ok=True)
        server = Daemon(program, place / "server", "[limits]\nupload = \"1MiB/s\"\n")
        fetcher = Daemon(program, place / "fetcher")
        try:
            with Browser(browser, place / "profile") as tab:
                drive(tab, place, server, fetcher, pictures)
        finally:
            for daemon in (server, fetcher):
                daemon.end()
    return 0


def drive(tab: Browser, place: Path, server: Daemon, fetcher: Daemon, pictures: Path) -> None:
    url, link = fetcher.report["api_url"], fetcher.run("page").stdout.strip()
    (place / "file").write_bytes(os.urandom(FILE_BYTES))
    cid = server.run("add", "-q", str(place / "file")).stdout.strip()
    tab.look(1280, 900)
    tab.call("Page.navigate", url=url)
    tab.wait("without a token it asks for one", "!document.getElementById('door').hidden")
    tab.picture(pictures / "door.png")
    tab.call("Page.navigate", url="about:blank")
    tab.call("Page.navigate", url=link)
    tab.wait("the link opens it", "document.getElementById('state').textContent === 'live'")
    check("the token is in no address", "token" not in tab.value("location.href"))
    with fetcher.start("get", cid, "--peer", server.report["addresses"][0], "-o", str(place / "out")) as fetching:
        try:
            busy(tab, server, pictures)
            change_strategy(tab, place, fetcher, pictures)
            other_sizes(tab, pictures)
            by_keyboard(tab, cid)
        finally:
            fetching.terminate()
    tab.picture(pictures / "explained.png")
    check("it asked its own node only", tab.hosts == {url}, tab.hosts)
    check("nothing was complained of", not tab.complaints, tab.complaints)
    fetcher.process.kill()
    fetcher.process.wait()
    tab.wait("a daemon that is gone is told", "document.getElementById('state').textContent.includes('does not answer')")


def busy(tab: Browser, server: Daemon, pictures: Path) -> None:
    peer = server.report["peer_id"]
    tab.wait("its peer", f"document.querySelector('#peers td[title=\"{peer}\"]') !== null")
    tab.wait("a rate of MiB", "document.getElementById('down-rate').textContent.includes('MiB/s')")
    tab.wait("its wants", "document.querySelectorAll('#wants tbody tr').length >= 10")
    tab.wait("its session", "document.querySelectorAll('#sessions tbody td').length === 6")
    tab.wait("five strategies", "document.querySelectorAll('#strategies tbody tr').length === 5")
    tab.wait("the ledger", "document.querySelector('#ledger tbody').textContent.includes('MiB')")
    tab.wait("an event for each", "['want began', 'want ended, received', 'session began'].every((text) => document.getElementById('events').textContent.includes(text))")
    time.sleep(8)
    tab.picture(pictures / "light.png")
    contrast(tab, "light")


def change_strategy(tab: Browser, place: Path, fetcher: Daemon, pictures: Path) -> None:
    """Another takes over from the page, with a token that looking does not take; it is told as it happens."""
    tab.wait("strategies are offered", "document.querySelectorAll('#role option').length === 5 && document.querySelectorAll('#names option').length > 2")
    tab.value("document.getElementById('role').value = 'peer_selector'")
    tab.value("document.getElementById('role').dispatchEvent(new Event('change'))")
    tab.value("document.getElementById('name').focus()")
    tab.call("Input.insertText", text="power-of-two")
    tab.wait("what it does", "document.getElementById('told').textContent.length > 10")
    tab.key("Enter", 13, "\r")
    tab.wait("it takes the token for changes", "!document.getElementById('unlock').hidden && document.activeElement.id === 'full'")
    check("nothing took over without it", in_charge(fetcher) != "power-of-two", in_charge(fetcher))
    tab.picture(pictures / "unlock.png")
    tab.call("Input.insertText", text=(fetcher.folder / "api.token").read_text().strip())
    tab.key("Enter", 13, "\r")
    tab.wait("it took over", "document.getElementById('changed').textContent.endsWith('→ power-of-two')")
    check("the daemon says so, too", in_charge(fetcher) == "power-of-two", in_charge(fetcher))
    tab.wait("it is told as it happens", "document.getElementById('events').textContent.includes('peer selector is power-of-two now')")
    kept = tab.value("JSON.stringify([sessionStorage, localStorage, document.getElementById('full').value])")
    check("that token is kept nowhere", (fetcher.folder / "api.token").read_text().strip() not in kept, kept)
    # The events leave through a stream: one peer that comes and goes between two looks is told, too.
    late = Daemon(fetcher.program, place / "late")
    late.run("swarm", "connect", fetcher.report["addresses"][0])
    tab.wait("a peer that connects", "document.getElementById('events').textContent.includes('peer connected')")
    late.end()
    tab.wait("and leaves", "document.getElementById('events').textContent.includes('peer left')")


def in_charge(daemon: Daemon) -> str:
    stat = json.loads(daemon.run("stat", "--json").stdout)
    return next(it["strategy"] for it in stat["strategies"] if it["role"] == "peer_selector" and it["in_use"])


def other_sizes(tab: Browser, pictures: Path) -> None:
    tab.look(1280, 900, "dark")
    tab.wait("dark", "matchMedia('(prefers-color-scheme: dark)').matches")
    tab.picture(pictures / "dark.png")
    contrast(tab, "dark")
    tab.look(400, 860, "dark")
    tab.wait("400 pixels", "innerWidth === 400")
    time.sleep(1.2)
    wide = tab.value("""[...document.querySelectorAll('body *')].filter((it) => it.checkVisibility() && !it.closest('svg')
        && !it.classList.contains('skip') && it.getBoundingClientRect().right > 400.5).map((it) => it.outerHTML.slice(0, 90))""")
    check("nothing is wider than 400 pixels", not wide, wide)
    tab.picture(pictures / "phone.png")
    tab.look(1280, 900)


def by_keyboard(tab: Browser, cid: str) -> None:
    tab.value("document.activeElement.blur()")
    reached = []
    for _ in range(60):
        tab.key("Tab", 9)
        reached.append(tab.value("(document.activeElement.id || document.activeElement.textContent).trim()"))
    missing = {"pause", "latency", "owes us", "Copy curl", "role", "name", "params", "take-over", "subject", "forget"} - set(reached)
    check("everything is reached by Tab", not missing, (missing, reached))
    tab.value("document.activeElement.blur()")
    tab.key("p", 80, "p")
    tab.wait("p pauses", "document.getElementById('state').textContent === 'paused'")
    tab.key("p", 80, "p")
    tab.wait("and goes on", "document.getElementById('state').textContent === 'live'")
    button = "[...document.querySelectorAll('#peers thead button')].find((it) => it.textContent === 'latency')"
    tab.value(f"{button}.focus()")
    tab.key("Enter", 13, "\r")
    tab.wait("Enter sorts", f"{button}.closest('th').getAttribute('aria-sort') === 'descending'")
    tab.value("document.activeElement.blur()")
    tab.key("/", 191, "/")
    tab.wait("/ goes to the field", "document.activeElement.id === 'subject'")
    tab.call("Input.insertText", text=cid)
    tab.key("Enter", 13, "\r")
    tab.wait("a story", "document.querySelectorAll('#story li').length > 0")


def contrast(tab: Browser, scheme: str) -> None:
    least, where = tab.value(CONTRAST)
    check(f"contrast of at least 4.5 ({scheme}: {least:.1f})", least >= 4.5, where)


def check(what: str, good: bool, told: object = "") -> None:
    if not good:
        sys.exit(f"FAILED: {what}: {told}")
    print(f"ok: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
