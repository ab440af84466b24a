"""Any two colours differ for every kind of colour vision, in plots and on the page."""

import itertools
import re

import numpy as np
import pytest

from sb_contrastive.evaluation.plots.figure import COLOURS
from sb_contrastive.report_page.charts import axes
from sb_contrastive.report_page.rendering import STATIC

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB
VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
)


def lab(colour, vision):
    """CIE L*a*b* of a colour, seen so."""
    part = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
        for p in part
    ]
    seen = np.clip(np.array(vision) @ linear, 0, 1)
    x, y, z = np.cbrt(XYZ @ seen / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def page_colours():
    style = (STATIC / "page.css").read_text(encoding="utf-8")
    found = re.findall(r"--s\d+: (#\w{6});", style)
    return found[: axes.COLOURS], found[axes.COLOURS :]


@pytest.mark.parametrize("kind", VISION)
def test_colours_differ(kind):
    light, dark = page_colours()
    assert light == [colour.lower() for colour in COLOURS]
    assert len(light) == len(dark) == axes.COLOURS
    for colours in (light, dark):
        seen = [lab(colour, VISION[kind]) for colour in colours]
        apart = min(
            np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)
        )
        assert apart > 15  # 2.3 is just noticeable


def test_red_and_green_are_told_to_be_alike():
    red, green = "#b04020", "#6a6a00"
    usual = lab(red, VISION["usual"]) - lab(green, VISION["usual"])
    weak = lab(red, VISION["protanopia"]) - lab(green, VISION["protanopia"])
    assert np.linalg.norm(weak) < 20 < np.linalg.norm(usual)
