"""The numbers of colour: what Lab, sRGB and networks agree on, and what photographs decided.

They stand here, and NumPy nowhere, since a filter's only picture is coloured without it
(`core.gray_coloring`). What `general` and `birds` are, `core.color_cast` says.
"""

from typing import Final

RGB_TO_XYZ: Final = (
    (0.4123907992659595, 0.3575843393838780, 0.1804807884018343),
    (0.2126390058715104, 0.7151686787677559, 0.0721923153607337),
    (0.0193308187155918, 0.1191947797946259, 0.9505321522496608),
)
"""Linear sRGB to XYZ, CSS Color 4 section 18 (white D65 at x 0.3127, y 0.3290)."""

XYZ_TO_RGB: Final = (
    (3.2409699419045226, -1.537383177570094, -0.4986107602930034),
    (-0.9692436362808796, 1.8759675015077202, 0.04155505740717559),
    (0.05563007969699366, -0.20397695888897652, 1.0569715142428786),
)
"""Its inverse, from the same place."""

WHITE_XYZ: Final = tuple(sum(row) for row in RGB_TO_XYZ)

LAB_EPSILON: Final = 216 / 24389
"""Below this fraction of white the cube root becomes a line (CIE 15:2018)."""
LAB_KAPPA: Final = 24389 / 27

LIGHTNESS_HALF_RANGE: Final = 50.0
"""Networks see lightness as L / 50 - 1, in [-1, 1]."""
AB_RANGE: Final = 110.0
"""Networks give a and b as a / 110 and b / 110: sRGB's own are within [-108, 99]."""

COLOR_CONVENTIONS: Final = {
    "space": "CIE Lab of sRGB, D65",
    "input": "L / 50 - 1",
    "ab": "ab / 110",
    "rgb": "2 * sRGB - 1",
}
"""What model files say of their inputs and outputs; a file that says otherwise is refused."""

DARK_MARGIN, BRIGHT_MARGIN = 1e-7, 2e-6
"""How far linear light may leave [0, 1]: the rounding of float32, a fifth of a 16-bit code."""

BISECTIONS: Final = 10
"""Halvings of the chroma's scale: to a thousandth, below what rounding changes."""

CODE_ROOTS: Final = {8: 2**14, 16: 2**20}
"""Entries of the table of codes by bit depth: 64 a code for 8 bits, 16 for 16 bits, so that the
error is below a twentieth of a code."""

WINDOW_RADIUS: Final = 1
"""Windows of 3x3 small pixels, which averaging makes 5x5: larger did worse on 7 photographs."""

FLAT_VARIANCE: Final = 0.25
"""Variance of L*, besides the grain's, below which a window counts as flat: half a step of L*."""

GRAIN_WEIGHT: Final = 4.0
"""How many times its own variance grain counts: the least error of 1, 4, 8, 16 and 32 at factor
16; at factor 8 more would be better, and 1 was worse by 6 in 100."""

BLACK: Final = 8.0
"""L* below which chroma fades, to none at 0.

General photos have a mean chroma of 1.3 at L* 0 to 1, 4.7 at 3 to 4, 8.6 at 6 to 8, and 20 in
mid-tones; the model's chroma there is best multiplied by 0.01, 0.18 and 0.37, and by 0.53 in
mid-tones. Of 3, 4, 6, 8, 10, 12 and 15 its error falls most with 6 and 8 on birds, the more the
higher on both halves of the general photos (with 8, by 0.003 and 0.02 of 16 in all, by 0.09 and
0.23 to 0.26 where the picture is so dark). The truth itself loses 0.06 to 0.16 by both ends.
"""

WHITE: Final = 98.0
"""L* above which chroma fades, to none at 100.

General photos have a mean chroma of 6.2 at L* 97 to 98, 5.0 at 98 to 99, 3.1 at 99 to 99.5 and
1.1 above; the model's is best multiplied by 0.72, 0.58, 0.45 and 0.27. Its error falls by 0.3 and
0.5 in so light places on all three sets, and with 97 or 96 hardly more.
"""

LEAST_EVENNESS: Final = 0.45
"""Up to this evenness colour counts as the picture's own.

Above are 1.8 and 2.2 % of the general photos themselves (chosen on, tried on), 0.8 % of birds.
"""

GREATEST_EVENNESS: Final = 0.65
"""From this evenness on it is a tint: above are 0.4 and 0.2 % of general photos, no bird."""

TINT_LEFT: Final = 0.5
"""What is left of a tint's chroma. It may be true: so are some photos' of water or of wood."""

MID_TONES: Final = (10.0, 98.0)
"""L* between which evenness is measured: outside, photos and predictions have little chroma."""

RARE: Final = 0.01
"""Evenness is that of the least coloured hundredth of the pixels.

Tints of 12 in a random hue over half the model's colours were told from 98 % of real photos in
87 %, by the twentieth in 84 %, by the standard deviation in 83 %, by the least of 16 parts of the
picture and 6 bands of lightness in 80 %, and by |mean ab| / mean chroma alone in 39 %: that is
above 0.75 in 56 % of real photos, above 0.95 in 21 %.
"""
