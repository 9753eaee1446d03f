"""The page of `colorize report` as a real browser shows it."""

import base64
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chromium import Tab, find_chromium, open_browser
from command_line import run_colorize
from finished_runs import make_finished_run
from packed_data import pack_photos
from photos import save_photos

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Report on two runs, with photos from outside the set."""
    home = tmp_path_factory.mktemp("home")
    data = pack_photos(home / "data", train=12, test=9)
    make_finished_run(home / "skip", data, epochs=5)
    make_finished_run(home / "plain", data, output="rgb", has_metrics=False)
    save_photos(home / "album", range(2))
    ended = run_colorize(home, "report", "skip", "plain", "-o", "out", "--photos", "album")
    assert ended.returncode == 0, ended.stderr
    return home / "out/report.html"


@pytest.fixture(scope="module")
def tab(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Open the page in a browser that reaches no host."""
    with open_browser(tmp_path_factory.mktemp("browser")) as tab:
        tab.visit(page.as_uri())
        yield tab


def test_the_browser_asks_for_nothing_but_the_page_and_has_nothing_to_complain_of(
    tab: Tab, page: Path
) -> None:
    asked = {address for address in tab.requests if not address.startswith("data:")}
    assert asked == {page.as_uri()}
    assert tab.complaints == []


def test_every_picture_is_seen(tab: Tab) -> None:
    boxes = tab.evaluate(
        "[...document.querySelectorAll('.slider svg, .strips svg')]"
        ".map(svg => svg.firstElementChild.getBoundingClientRect())"
        ".map(box => Math.min(box.width, box.height))"
    )
    assert len(boxes) > 40
    assert min(boxes) > 30
    box = box_of(tab, 1)
    clip = {name: box[name] for name in ("x", "y", "width", "height")}
    clip["y"] += tab.evaluate("scrollY")
    answer = tab.ask("Page.captureScreenshot", clip={**clip, "scale": 1})
    with Image.open(BytesIO(base64.b64decode(answer["data"]))) as image:
        seen = np.asarray(image.convert("RGB")).astype(int)
    left, right = np.split(seen, 2, axis=1)
    # What this model generates is nearly gray; the real photo to its right is not.
    assert np.ptp(left[:, :-20], axis=-1).mean() < 6
    assert np.ptp(right[:, 20:], axis=-1).mean() > 20
    assert left[..., 1].std() > 10


def position_of(tab: Tab, place: int) -> Any:
    """Return where a slider stands: its value, the edge as it is clipped, and what is spoken."""
    return tab.evaluate(
        f"(() => {{ const slider = document.querySelectorAll('.slider')[{place}];"
        "const input = slider.querySelector('input');"
        "const clip = getComputedStyle(slider.querySelector('.over')).clipPath;"
        "return [+input.value, clip, input.getAttribute('aria-valuetext')] })()"
    )


def box_of(tab: Tab, place: int) -> dict[str, float]:
    """Scroll a slider into sight and return its box."""
    text: str = tab.evaluate(
        f"(() => {{ const slider = document.querySelectorAll('.slider')[{place}];"
        "slider.scrollIntoView({block: 'center', behavior: 'instant'});"
        "return JSON.stringify(slider.getBoundingClientRect()) })()"
    )
    box: dict[str, float] = json.loads(text)
    return box


def test_a_slider_is_moved_by_the_keyboard(tab: Tab) -> None:
    tab.evaluate("document.querySelectorAll('.slider input')[0].focus()")
    before, _, _ = position_of(tab, 0)
    for _ in range(3):
        tab.press("ArrowRight")
    value, clip, spoken = position_of(tab, 0)
    assert (before, value) == (50, 53)
    assert "calc(47%)" in clip or "47%" in clip
    assert spoken == "53 % gray"
    tab.press("Home")
    assert position_of(tab, 0)[0] == 0
    tab.press("Tab")
    assert tab.evaluate("document.activeElement === document.querySelectorAll('.slider input')[1]")


def test_a_slider_is_moved_by_the_mouse(tab: Tab) -> None:
    box = box_of(tab, 2)
    middle = box["top"] + box["height"] / 2
    at = [box["left"] + box["width"] * share for share in (0.5, 0.2)]
    tab.drag((at[0], middle), (at[1], middle))
    value, clip, _ = position_of(tab, 2)
    assert value == pytest.approx(20, abs=1)
    assert f"{100 - value}%" in clip
    assert position_of(tab, 3)[0] == 50


def test_a_slider_is_moved_by_a_finger(tab: Tab) -> None:
    box = box_of(tab, 4)
    middle = box["top"] + box["height"] / 2
    start, end = (box["left"] + box["width"] * share for share in (0.4, 0.9))
    tab.swipe((start, middle), (end, middle))
    assert position_of(tab, 4)[0] == pytest.approx(90, abs=1)


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_no_screen_is_too_narrow(tab: Tab, width: int) -> None:
    tab.resize(width, 800, is_phone=width < 800)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    smallest = tab.evaluate(
        "Math.min(...[...document.querySelectorAll('svg text')]"
        ".map(text => text.getBoundingClientRect().height))"
    )
    assert smallest > 7
    tab.resize(1280, 900)


def test_texts_can_be_read_in_light_and_in_dark(tab: Tab) -> None:
    for scheme, is_dark in (("light", False), ("dark", True)):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        tab.ask("Emulation.setEmulatedMedia", features=[feature])
        for selector in ("h1", ".lead", ".tile .more", ".words li", "footer", ".legend, .sides"):
            ink, paper = colors_of(tab, selector)
            assert contrast(ink, paper) >= 4.5, (scheme, selector)
            assert (luminance(paper) < 0.2) == is_dark
    tab.ask("Emulation.setEmulatedMedia", features=[])


def test_on_paper_both_pictures_of_a_slider_stand_side_by_side(tab: Tab) -> None:
    tab.ask("Emulation.setEmulatedMedia", media="print")
    left, right, clip = tab.evaluate(
        "(() => { const [under, over] = document.querySelectorAll('.slider')[0]"
        ".querySelectorAll('svg'); return [over.getBoundingClientRect().right,"
        "under.getBoundingClientRect().left, getComputedStyle(over).clipPath] })()"
    )
    tab.ask("Emulation.setEmulatedMedia", media="")
    assert left <= right
    assert clip == "none"


def colors_of(tab: Tab, selector: str) -> list[list[float]]:
    """Return the colour of a text and of what is behind it, as sRGB codes."""
    code = (
        "(() => { let node = document.querySelector(SELECTOR);"
        "const ink = getComputedStyle(node).color; let paper = 'rgba(0, 0, 0, 0)';"
        "while (/, 0\\)$/.test(paper)) {"
        "paper = getComputedStyle(node).backgroundColor; node = node.parentElement; }"
        "return [ink, paper] })()"
    )
    texts = tab.evaluate(code.replace("SELECTOR", json.dumps(selector)))
    return [[float(number) for number in re.findall(r"[\d.]+", text)[:3]] for text in texts]


def luminance(color: list[float]) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [code / 255 for code in color]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(first: list[float], second: list[float]) -> float:
    """Return the contrast ratio of WCAG 2.2; 4.5 is what it asks of texts (level AA)."""
    dark, bright = sorted((luminance(first), luminance(second)))
    return (bright + 0.05) / (dark + 0.05)
