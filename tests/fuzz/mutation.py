"""Ways to damage bytes, texts and JSON values; all that is drawn comes from a seeded generator."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

ODD_NUMBERS: Final = (
    *(0, 1, 2, 3, 4, 7, 8, 255, 256, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1),
    *(2**63 - 1, 2**64 - 1),
)
"""Where lengths, counts and sides run over."""

ODD_TEXTS: Final = (
    "",
    "\0",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202egnp.exe",
    "a\nb\r\nc",
    "\ud800",
    "../../../../etc/passwd",
    "/dev/zero",
    "%s%n{0}{x.__class__}",
    "[bold]x[/red]",
    "<rdf:li>&lol;</rdf:li>",
    "9" * 400,
    "x" * 70000,
    "\u00e4\U0001f600",
)

ODD_VALUES: Final[Sequence[Any]] = (
    *(None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, float("inf"), float("nan"), 2**31, 2**63),
    *(10**400, [], {}, [[]], [None], {"": None}, {"x": [1]}, ["a", "b"], "1", "unet"),
)


def damaged(random: Random, data: bytes) -> bytes:
    """Return bytes with one to a few faults, each of any kind."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        data = random.choice(DAMAGES)(random, data)
    return data


def _flip_bits(random: Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        if found:
            found[random.randrange(len(found))] ^= 1 << random.randrange(8)
    return bytes(found)


def _set_bytes(random: Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        if found:
            found[random.randrange(len(found))] = random.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
    return bytes(found)


def _cut_off(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _lie(random: Random, data: bytes) -> bytes:
    """Put a number that is odd somewhere, where a length, a count or an offset may stand."""
    width = random.choice((1, 2, 2, 4, 4, 4, 8))
    if len(data) < width:
        return data
    place = random.randrange(len(data) - width + 1)
    order = random.choice(("little", "big"))
    present = int.from_bytes(data[place : place + width], order)
    near = [present + step for step in (-2, -1, 1, 2)] + [2 * present, present // 2]
    number = random.choice([*ODD_NUMBERS, *near]) % 256**width
    return data[:place] + number.to_bytes(width, order) + data[place + width :]


def _splice(random: Random, data: bytes) -> bytes:
    """Copy, move or leave out a block."""
    start, stop = sorted(random.randrange(len(data) + 1) for _ in range(2))
    block, place = data[start:stop][:4096], random.randrange(len(data) + 1)
    kind = random.randrange(3)
    if kind == 0:
        return data[:place] + block + data[place:]
    if kind == 1:
        return data[:start] + data[start + len(block) :]
    return data[:place] + block + data[place + len(block) :]


def _insert_noise(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.randbytes(random.choice((1, 4, 64))) + data[place:]


DAMAGES: Final[Sequence[Callable[[Random, bytes], bytes]]] = (
    _flip_bits,
    _set_bytes,
    _cut_off,
    _lie,
    _lie,
    _splice,
    _insert_noise,
)


def odd_json(random: Random, value: Any) -> Any:
    """Return a JSON value in which something is another value, missing, renamed or too much."""
    places = list(_places(value))
    if not places or random.random() < 0.03:
        return odd_value(random)
    holder, key = random.choice(places)
    kind = random.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[odd_text(random)] = holder.pop(key)
    elif kind == 2 and isinstance(holder, dict):
        holder[odd_text(random)] = odd_value(random)
    else:
        holder[key] = odd_value(random)
    return value


def _places(value: Any) -> Any:
    """Yield each container with each of its keys or indices."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, entry in [*inside]:
        yield value, key
        yield from _places(entry)


def odd_value(random: Random) -> Any:
    """Return some JSON value, of any type."""
    if random.random() < 0.3:
        return odd_text(random)
    if random.random() < 0.2:
        return random.choice((1, -1)) * random.choice(ODD_NUMBERS)
    return json.loads(json.dumps(random.choice(ODD_VALUES)))


def odd_text(random: Random) -> str:
    """Return a text that terminals, file systems, formats or XML may stumble over."""
    return random.choice(ODD_TEXTS)


def json_bytes(random: Random, value: Any) -> bytes:
    """Return JSON with an odd value in it, or as damaged bytes, or nested without end."""
    chance = random.random()
    if chance < 0.03:
        return b"[" * 100_000
    text = json.dumps(value)
    for _ in range(random.choice((1, 1, 2, 3))):
        text = json.dumps(odd_json(random, json.loads(text)))
    data = text.encode("utf-8", "surrogatepass")
    return damaged(random, data) if chance < 0.25 else data
