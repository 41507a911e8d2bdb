#!/usr/bin/env python3
"""Do the program's own pages keep their symbols on bad paper?

Issues cards and letters, draws their codes as an office printer does, spoils them as measure.py
spoils its cards, has Tesseract read them back, and compares with the text in the PDF. Codes come
from the operating system, so the figures of two runs differ by chance.
"""

import argparse
import collections
import csv
import html
import random
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from measure import ALPHABET, DPI, FINE, MM, mistaken, read, slips, spoil
from PIL import Image, ImageDraw, ImageOps

POINTS = 72 * MM  # in a millimetre
MARGIN_MM = 3.0  # white around the codes, as a card has it
WORD = re.compile(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>')


def run(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def issue(program, design, cards, folder):
    """The PDF files of a run over as many invented holders."""
    holders = folder / "holders.csv"
    with holders.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "name", "street", "postal_code", "city"])
        for number in range(1, cards + 1):
            rows.writerow([number, f"An Peeters {number}", f"Kerkstraat {number}", "9000", "Gent"])
    out = folder / design
    # The hashes aren't looked at, so they may be cheap.
    cheap = ("--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf")
    office = ("--office", "Stad Gent")
    run(program, "issue", holders, "--design", design, *cheap, *office, "--out", out)
    return sorted((out / "cards").glob("*.pdf"))


class Grid:
    """The rows and columns of a design's codes, in millimetres."""

    def __init__(self, program, design):
        grid = tomllib.loads(run(program, "design", "show", design))["grid"]
        self.x, self.y, self.width, self.height = (grid[k] for k in ("x", "y", "width", "height"))
        self.columns, self.rows = grid["columns"], grid["rows"]
        self.column, self.row = self.width / self.columns, self.height / self.rows
        self.number_right, self.code_left = grid["number_right"], grid["code_left"]

    def codes(self, page):
        """What `pdftotext -bbox` says of a page: its codes in columns, without spaces."""
        cells = collections.defaultdict(str)
        for left, top, _, bottom, text in WORD.findall(page):
            x = float(left) / POINTS - self.x
            y = (float(top) + float(bottom)) / 2 / POINTS - self.y
            column, row = x // self.column, y // self.row
            is_code = x - column * self.column > self.number_right
            if is_code and 0 <= column < self.columns and 0 <= row < self.rows:
                cells[column, row] += html.unescape(text)
        right = "".join(cells[cell] for cell in sorted(cells))
        if len(cells) != 24 or set(right) - set(ALPHABET):
            sys.exit("a page's codes can't be told from its text; did the design change?")
        return right

    def pages(self, file, folder):
        """The grids of a file's pages at 600 dpi, greys as dots, in order."""
        dots = DPI * FINE * MM
        crop = [("-x", self.x), ("-y", self.y), ("-W", self.width), ("-H", self.height)]
        crop = [part for flag, length in crop for part in (flag, str(round(length * dots)))]
        run("pdftoppm", "-mono", "-r", str(DPI * FINE), *crop, file, folder / "page")
        for path in sorted(folder.glob("page*")):
            page = Image.open(path).convert("L")
            # Some numbers are made of the codes' symbols.
            pen = ImageDraw.Draw(page)
            for column in range(self.columns):
                left = column * self.column
                right = left + (self.number_right + self.code_left) / 2
                pen.rectangle([left * dots, 0, right * dots, page.height], fill=255)
            yield ImageOps.expand(page, round(MARGIN_MM * dots), fill=255)
            path.unlink()

    def cut(self, page):
        """A scanned page cut into columns of codes, a little wider than they are printed."""
        dots = DPI * MM
        for column in range(self.columns):
            left = MARGIN_MM + column * self.column
            edges = (left + self.number_right, left + self.column + self.number_right / 3)
            left, right = (round(edge * dots) for edge in edges)
            yield page.crop((left, 0, right, page.height))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=200)
    options.add_argument("--seed", type=int, default=1, help="of turns and stains")
    options.add_argument("--designs", nargs="+", default=["card", "letter"])
    options.add_argument("--program", default="target/debug/tokenkaart")
    options.add_argument("--keep", type=Path, help="a folder for the first page of each")
    options = options.parse_args()

    print("| design | symbols | % right | stained, % right | most mistaken |")
    print("|---|---|---|---|---|")
    for design in options.designs:
        rng = random.Random(options.seed)
        grid = Grid(options.program, design)
        wrong, total, pairs = {False: 0, True: 0}, 0, collections.Counter()
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for file in issue(options.program, design, options.cards, folder):
                texts = run("pdftotext", "-bbox", file, "-").split("<page ")[1:]
                for text, page in zip(texts, grid.pages(file, folder), strict=True):
                    right = grid.codes(text)
                    for is_stained in wrong:
                        spoilt = spoil(page, is_stained, rng)
                        if options.keep and total == 0:
                            options.keep.mkdir(parents=True, exist_ok=True)
                            name = "stained" if is_stained else "clean"
                            spoilt.save(options.keep / f"{design}-{name}.png")
                        read_back = read(list(grid.cut(spoilt)), folder)
                        wrong[is_stained] += slips(right, read_back)
                        pairs.update(mistaken(right, read_back))
                    total += len(right)
        percent = [f"{100 * (1 - count / total):.2f}" for count in wrong.values()]
        most = ", ".join(f"{pair} {count}" for pair, count in pairs.most_common(2))
        print("|", " | ".join([design, str(total), *percent, most]), "|", flush=True)


if __name__ == "__main__":
    main()
