"""A real browser for tests: Chromium without a window, driven over the DevTools protocol.

Messages are JSON, each ended by a zero byte, on file descriptors 3 and 4 of the browser
(`--remote-debugging-pipe`), so that no library and no port is needed. Every host name is mapped
to nothing: what a page loads from the network cannot arrive.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_S = 60
LAUNCHER = """\
import fcntl, os, sys
# Out of the way first: the numbers may be 3 and 4 already, the wrong way round.
commands, answers = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(commands, 3), os.dup2(answers, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find_chromium() -> str | None:
    """Return the browser's program, if there is one on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(folder: Path) -> Iterator["Tab"]:
    """Start the browser with a profile of its own in a folder, and give one empty tab."""
    program = find_chromium()
    assert program is not None
    commands, answers = os.pipe(), os.pipe()
    arguments = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'profile'}",
        "--remote-debugging-pipe",
    ]
    inherited = (commands[0], answers[1])
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *map(str, inherited), *arguments],
        pass_fds=inherited,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "HOME": str(folder)},
    )
    for number in inherited:
        os.close(number)
    try:
        yield Tab(commands[1], answers[0])
    finally:
        # The group is the browser's own: its helpers write into the folder until they end.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)
        os.close(commands[1])
        os.close(answers[0])


class Tab:
    """One page of the browser. `requests` lists every address that was asked for."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer, self._last = b"", 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda answer: answer.get("id") == self._last)
        return dict(answer["result"])

    def visit(self, address: str, *, width: int = 1280, height: int = 900) -> None:
        """Open an address at a size in CSS pixels, and wait until all of it is there."""
        self.resize(width, height)
        self.ask("Page.navigate", url=address)
        self._wait(lambda answer: answer.get("method") == "Page.loadEventFired")

    def resize(self, width: int, height: int, *, is_phone: bool = False) -> None:
        """Change the size of the window."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}
        self.ask("Emulation.setDeviceMetricsOverride", **size)

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression gives, as JSON carries it."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, such as ArrowRight or Tab, where the focus is."""
        codes = {"Tab": 9, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=codes[key],
            )

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one place, move it to another and let go."""
        steps = (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end))
        for kind, (x, y) in steps:
            self.ask(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                buttons=1,
                clickCount=1,
            )

    def swipe(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Put a finger down at one place, move it to another in small steps and lift it."""
        self.ask("Emulation.setTouchEmulationEnabled", enabled=True)
        places = [
            {"x": start[0] + (end[0] - start[0]) * step / 5, "y": start[1]} for step in range(6)
        ]
        for place in places:
            kind = "touchStart" if place is places[0] else "touchMove"
            self.ask("Input.dispatchTouchEvent", type=kind, touchPoints=[place])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write a PNG of the page."""
        answer = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _wait(self, is_wanted: Any) -> dict[str, Any]:
        answer: dict[str, Any]
        while True:
            while b"\0" not in self._buffer:
                ready, _, _ = select([self._answers], [], [], PATIENCE_S)
                assert ready, "the browser does not answer"
                received = os.read(self._answers, 1 << 20)
                assert received, "the browser has ended"
                self._buffer += received
            message, _, self._buffer = self._buffer.partition(b"\0")
            answer = json.loads(message)
            self._note(answer)
            if is_wanted(answer):
                assert "error" not in answer, answer
                return answer

    def _note(self, answer: dict[str, Any]) -> None:
        parameters = answer.get("params", {})
        if answer.get("method") == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif answer.get("method") == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        elif answer.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"]))
