#!/usr/bin/env python3
"""Which face keeps the symbols of a code apart, on bad paper?

Draws cards of 24 codes, spoils them as printers, copiers and coffee do, and has Tesseract read
them back; then lays the blurred shapes of all symbols over each other. Same seed, same pages:
the figures differ only with the versions of Tesseract, Pillow and the fonts.
"""

import argparse
import collections
import difflib
import itertools
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

ALPHABET = "23456789CDFHJKMNPRTVWXY"
GROUPS, IN_GROUP = 3, 3
COLUMNS, ROWS = 3, 8
DPI, FINE = 300, 2  # an office printer draws twice as fine as a scanner sees
CARD_MM = (85.6, 53.98)
POINT, MM = 1 / 72, 1 / 25.4  # in inches

BLUR = 1.0  # standard deviation in dots of 300 dpi: 0.085 mm
TURN = 0.7  # degrees, one way or the other
CUT = 150  # lighter than this is paper

# What a card goes through: its size in points, and whether something was spilt on it.
TRIALS = {
    "9.5 pt": (9.5, False),
    "9.5 pt, stained": (9.5, True),
    "7 pt, stained": (7.0, True),
}

FONTS = Path(__file__).parents[2] / "fonts"
DEBIAN = Path("/usr/share/fonts")
FACES = [
    ("OCR-B", DEBIAN / "opentype/ocr-b/OCRB.otf", "public domain"),
    ("Fira Code", DEBIAN / "truetype/firacode/FiraCode-Regular.ttf", "OFL 1.1"),
    ("Fira Code Medium", DEBIAN / "truetype/firacode/FiraCode-Medium.ttf", "OFL 1.1"),
    ("B612 Mono", DEBIAN / "opentype/b612/B612Mono-Regular.otf", "OFL 1.1"),
    (
        "Atkinson Hyperlegible Mono Medium",
        FONTS / "AtkinsonHyperlegibleMono-Medium.ttf",
        "OFL 1.1",
    ),
    (
        "JetBrains Mono",
        DEBIAN / "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
        "Apache 2.0",
    ),
    (
        "JetBrains Mono Medium",
        DEBIAN / "truetype/jetbrains-mono/JetBrainsMono-Medium.ttf",
        "Apache 2.0",
    ),
    ("DejaVu Sans Mono", DEBIAN / "truetype/dejavu/DejaVuSansMono.ttf", "Bitstream Vera"),
    ("Noto Sans Mono", DEBIAN / "truetype/noto/NotoSansMono-Regular.ttf", "OFL 1.1"),
]


class Face:
    """A font file, measured in ems."""

    def __init__(self, name, path, licence):
        self.name, self.path, self.licence = name, path, licence
        big = self.at(1000)
        self.advance = big.getlength("H") / 1000
        self.capital = -big.getbbox("H", anchor="ls")[1] / 1000

    def at(self, pixels):
        return ImageFont.truetype(str(self.path), pixels, layout_engine=ImageFont.Layout.BASIC)

    def outlines(self):
        return "CFF" if self.path.read_bytes()[:4] == b"OTTO" else "TrueType"


def codes(rng):
    """24 codes as printed, in three groups of three."""

    def group():
        return "".join(rng.choice(ALPHABET) for _ in range(IN_GROUP))

    return [" ".join(group() for _ in range(GROUPS)) for _ in range(COLUMNS * ROWS)]


def card(face, points, texts):
    """A card as it leaves the printer: black or white, at 600 dpi."""
    dots = DPI * FINE
    page = Image.new("L", [round(side * MM * dots) for side in CARD_MM], 255)
    pen, font = ImageDraw.Draw(page), face.at(points * POINT * dots)
    width = font.getlength(texts[0])
    gap = (page.width - COLUMNS * width) / (COLUMNS + 1)
    pitch = page.height / (ROWS + 1)
    for index, text in enumerate(texts):
        row, column = divmod(index, COLUMNS)
        place = (gap + column * (width + gap), (row + 1) * pitch)
        pen.text(place, text, font=font, fill=0, anchor="lm")
    return page.point(lambda v: 255 * (v > 127))


def stain(size, rng):
    """How much of the noise shows where: a ring as a cup leaves it, less of it everywhere."""
    mask = Image.new("L", size, 80)
    radius = size[1] * rng.uniform(0.25, 0.4)
    x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
    box = [x - radius, y - radius, x + radius, y + radius]
    ImageDraw.Draw(mask).ellipse(box, fill=105, outline=135, width=round(radius / 6))
    return mask.filter(ImageFilter.GaussianBlur(4))


def spoil(page, is_stained, rng):
    """Turned, blurred, stained, scanned at 300 dpi and cut to black and white."""
    page = page.rotate(rng.choice((-TURN, TURN)), Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(BLUR * FINE)).reduce(FINE)
    grain = Image.frombytes("L", page.size, rng.randbytes(page.width * page.height))
    where = stain(page.size, rng)
    if is_stained:
        page = Image.composite(grain.filter(ImageFilter.GaussianBlur(0.6)), page, where)
    return page.point(lambda v: 255 * (v > CUT))


def read(pages, folder):
    """What Tesseract makes of pages, freed of specks as scanners do it; without spaces."""
    paths = [Path(folder) / f"spoilt-{number}.png" for number in range(len(pages))]
    for page, path in zip(pages, paths):
        page.filter(ImageFilter.MedianFilter(3)).convert("1").save(path, dpi=(DPI, DPI))
    listed = Path(folder) / "pages.txt"
    listed.write_text("".join(f"{path}\n" for path in paths))
    command = ["tesseract", listed, "-", "--dpi", str(DPI), "--psm", "6", "-l", "eng"]
    words = ("load_system_dawg=0", "load_freq_dawg=0")
    for setting in (f"tessedit_char_whitelist={ALPHABET}", *words):
        command += ["-c", setting]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return "".join(done.stdout.split())


def slips(right, read_back):
    """How many symbols must be changed, added or taken away: the edit distance."""
    row = list(range(len(read_back) + 1))
    for i, a in enumerate(right, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(read_back, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def mistaken(right, read_back):
    """The symbols taken for others, or for nothing, one pair each."""
    changes = difflib.SequenceMatcher(None, right, read_back, autojunk=False).get_opcodes()
    return [
        f"{right[a:b]}→{read_back[c:d] or '∅'}"
        for kind, a, b, c, d in changes
        if kind in ("replace", "delete") and b - a == 1 and d - c < 2
    ]


def closest(face):
    """The two symbols whose blurred shapes overlap most, at 9.5 pt: 1 is the same shape."""
    dots = DPI * FINE
    font = face.at(9.5 * POINT * dots)
    side = round(12 * POINT * dots)
    shapes = {}
    for symbol in ALPHABET:
        cell = Image.new("L", (side, side), 0)
        ImageDraw.Draw(cell).text((side / 2, side * 0.75), symbol, font=font, fill=255, anchor="ms")
        blurred = cell.filter(ImageFilter.GaussianBlur(2 * BLUR * FINE)).reduce(FINE)
        shapes[symbol] = blurred.tobytes()

    def overlap(pair):
        a, b = (shapes[symbol] for symbol in pair)
        return sum(map(min, a, b)) / sum(map(max, a, b))

    pair = max(itertools.combinations(ALPHABET, 2), key=overlap)
    return "/".join(pair), overlap(pair)


def trial(face, name, options):
    """Reads all cards of one face and trial back: symbols right in %, and what was mistaken."""
    points, is_stained = TRIALS[name]
    # Every face and trial gets the same codes, turns and stains.
    rng = random.Random(options.seed)
    wrong, total, pairs = 0, 0, collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.cards):
            texts = codes(rng)
            page = spoil(card(face, points, texts), is_stained, rng)
            if options.keep and number == 0:
                options.keep.mkdir(parents=True, exist_ok=True)
                page.save(options.keep / f"{face.name} {name}.png".replace(" ", "-"))
            right, read_back = "".join(texts).replace(" ", ""), read([page], folder)
            wrong += slips(right, read_back)
            total += len(right)
            pairs.update(mistaken(right, read_back))
    print(f"{face.name}, {name}: {wrong} of {total} wrong", file=sys.stderr, flush=True)
    return 100 * (1 - wrong / total), pairs


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--faces", nargs="+", default=[""], help="parts of their names")
    options.add_argument("--keep", type=Path, help="a folder for the first card of each")
    options = options.parse_args()

    head = ["face", "licence", "outlines", "width, em", "capitals, em", "closest pair"]
    head += [f"{name}, % right" for name in TRIALS] + ["most mistaken"]
    print("|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for face in (Face(*face) for face in FACES):
        if not any(part in face.name for part in options.faces):
            continue
        pair, overlap = closest(face)
        cells = [face.name, face.licence, face.outlines(), f"{face.advance:.3f}"]
        cells += [f"{face.capital:.3f}", f"{pair} {overlap:.2f}"]
        pairs = collections.Counter()
        for name in TRIALS:
            percent, mistakes = trial(face, name, options)
            cells.append(f"{percent:.2f}")
            pairs.update(mistakes)
        cells.append(", ".join(f"{pair} {count}" for pair, count in pairs.most_common(2)))
        print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
