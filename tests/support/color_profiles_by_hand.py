"""ICC profiles of RGB, made from published primaries by formulas that the product does not use."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])  # ICC.1:2022, 7.2.16
D65 = (0.3127, 0.3290)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))

# Bradford's matrix of cone responses (ICC.1:2022, annex E).
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

# Published primaries, white and exponent: Display P3, Adobe RGB (1998), ISO 22028-2 (ROMM).
SPACES = {
    "Display P3": (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65, "srgb"),
    "Adobe RGB": (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, 563 / 256),
    "ProPhoto": (
        ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
        (0.3457, 0.3585),
        460 / 256,
    ),
}


def colorants(primaries, white) -> np.ndarray:
    """Return XYZ of the primaries, adapted to D50 by Bradford's transform, as columns."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    x, y = white
    target = np.array([x / y, 1, (1 - x - y) / y])
    unadapted = columns * np.linalg.solve(columns, target)
    gain = (BRADFORD @ D50) / (BRADFORD @ target)
    return np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD @ unadapted


def stored(primaries, white) -> np.ndarray:
    """Return them as profiles hold them, in 65536ths."""
    return np.round(colorants(primaries, white) * 65536) / 65536


def s15(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def profile_of(curves: dict[bytes, bytes], columns: np.ndarray, **more: bytes) -> bytes:
    text = struct.pack(">4sI", b"text", 0) + b"none\0" + b"\0" * 3
    name = struct.pack(">4sII", b"desc", 0, 5) + b"test\0" + b"\0" * 79
    parts = {b"desc": name, b"cprt": text, b"wtpt": b"XYZ \0\0\0\0" + s15(*D50), **curves}
    for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True):
        parts[tag] = b"XYZ \0\0\0\0" + s15(*xyz)
    parts |= {key.encode(): value for key, value in more.items()}
    table, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        padded = content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += padded
    fields = (start + len(body), b"", 0x04200000, b"mntr", b"RGB ", b"XYZ ", b"", b"acsp")
    header = struct.pack(">I4sI4s4s4s12s4s", *fields) + bytes(28) + s15(*D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def same_curves(curve: bytes) -> dict[bytes, bytes]:
    return dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)


def para(kind: int, *numbers: float) -> bytes:
    return struct.pack(">4sIHH", b"para", 0, kind, 0) + s15(*numbers)


def curv(*numbers: int) -> bytes:
    return struct.pack(f">4sII{len(numbers)}H", b"curv", 0, len(numbers), *numbers)


SRGB_NUMBERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CURVE = para(3, *SRGB_NUMBERS)


def named_profile(name: str) -> bytes:
    primaries, white, exponent = SPACES[name]
    curve = SRGB_CURVE if exponent == "srgb" else curv(round(exponent * 256))
    return profile_of(same_curves(curve), colorants(primaries, white))
