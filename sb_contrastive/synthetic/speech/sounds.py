"""Lists vowels and consonants, with the formants and noises that make them."""

from dataclasses import dataclass

# Average formants F1-F4 of men, rounded (Hillenbrand et al. 1995), Hz.
VOWELS = {
    "ee": (340, 2320, 3000, 3650),
    "i": (430, 2030, 2680, 3600),
    "e": (580, 1800, 2600, 3550),
    "ae": (590, 1950, 2600, 3620),
    "a": (770, 1330, 2520, 3550),
    "aw": (650, 1000, 2540, 3480),
    "o": (500, 910, 2460, 3380),
    "u": (380, 1000, 2340, 3360),
    "uh": (620, 1200, 2550, 3560),
    "er": (470, 1380, 1710, 3330),
    "ai": ((760, 1300, 2500, 3550), (430, 2050, 2700, 3600)),
    "au": ((740, 1300, 2500, 3550), (450, 1000, 2400, 3400)),
}


@dataclass(frozen=True)
class Part:
    """Describes a stretch of steady articulation: seconds, formant targets (Hz),
    amplitudes of voicing, aspiration and frication beside an average vowel's,
    and centre and width (Hz) of the frication's spectrum."""

    seconds: float
    formants: tuple
    voicing: float = 0.0
    aspiration: float = 0.0
    frication: float = 0.0
    centre: float = 4000.0
    width: float = 2000.0


LIPS, TONGUE, PALATE = (
    (260, 900, 2300, 3400),
    (260, 1750, 2650, 3600),
    (260, 2050, 2350, 3500),
)
CONSONANTS = {
    "": (),
    "m": (Part(0.065, (280, 1050, 2200, 3300), 0.35),),
    "n": (Part(0.06, (280, 1500, 2500, 3400), 0.35),),
    "l": (Part(0.055, (360, 1150, 2750, 3600), 0.5),),
    "w": (Part(0.06, (320, 700, 2200, 3300), 0.5),),
    "y": (Part(0.055, (290, 2200, 3000, 3700), 0.5),),
    "r": (Part(0.06, (340, 1150, 1600, 3200), 0.5),),
    "h": (Part(0.06, (500, 1500, 2500, 3500), 0.05, 0.2),),
    "f": (Part(0.08, LIPS, 0, 0, 0.06, 5500, 3500),),
    "s": (Part(0.085, TONGUE, 0, 0, 0.22, 6000, 1100),),
    "sh": (Part(0.085, PALATE, 0, 0, 0.28, 3300, 1000),),
    "v": (Part(0.06, LIPS, 0.3, 0, 0.03, 5500, 3500),),
    "z": (Part(0.07, TONGUE, 0.25, 0, 0.12, 6000, 1100),),
    "p": (
        Part(0.065, LIPS),
        Part(0.01, LIPS, 0, 0, 0.2, 900, 900),
        Part(0.03, LIPS, 0, 0.12),
    ),
    "t": (
        Part(0.055, TONGUE),
        Part(0.015, TONGUE, 0, 0, 0.3, 4800, 1600),
        Part(0.03, TONGUE, 0, 0.12),
    ),
    "k": (
        Part(0.055, PALATE),
        Part(0.015, PALATE, 0, 0, 0.3, 2100, 700),
        Part(0.035, PALATE, 0, 0.12),
    ),
    "b": (Part(0.055, LIPS, 0.1), Part(0.008, LIPS, 0.1, 0, 0.2, 900, 900)),
    "d": (
        Part(0.045, TONGUE, 0.1),
        Part(0.008, TONGUE, 0.1, 0, 0.25, 4500, 1600),
    ),
    "g": (
        Part(0.05, PALATE, 0.1),
        Part(0.012, PALATE, 0.1, 0, 0.25, 2100, 700),
    ),
}
CODAS = ("", "", "", "n", "m", "l", "s", "t", "r")
SILENCE = (500, 1500, 2500, 3500)
