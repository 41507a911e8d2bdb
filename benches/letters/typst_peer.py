"""Writes a file of like letters with typst: FOLDER.

Like, not the same: as those of reportlab_peer.py, without a QR code and a Data Matrix. What all letters share is said
on every page, for typst has no other way.
"""

import random
import sys

import typst

from reportlab_peer import LETTERS, TEXT, place


def source():
    put = lambda x, y, what: f"#place(dx: {x}mm, dy: {y}mm)[{what}]"
    yield "#set page(width: 210mm, height: 297mm, margin: 0mm)"
    yield '#set text(font: "Noto Sans", size: 10.5pt)'
    yield '#let code(it) = text(font: "Atkinson Hyperlegible Mono", weight: 500, size: 11pt, it)'
    symbols = random.Random(7)
    for number in range(LETTERS):
        if number:
            yield "#pagebreak()"
        yield put(25, 16, "#text(size: 14pt)[*Stad Gent*]")
        for y, line in TEXT:
            yield put(25, y - 3, line)
        for row in range(0, 8, 2):
            yield put(25, 217 + 7 * row, "#rect(width: 160mm, height: 7mm, fill: luma(93%))")
        for y, line in [(62, f"Jan Peeters-{number}"), (67, "Lindestraat 14"), (72, "9000 Gent")]:
            yield put(25, y - 3, line)
        yield put(25, 97, "23 november 2026")
        yield put(27, 204, f"#text(size: 12pt)[*Jan Peeters-{number}*]")
        yield put(27, 211, f"#code[K7M2-P9RT-3XYV-{number % 10000:04}]")
        for index in range(24):
            x, y = place(index)
            groups = ("".join(symbols.choices("23456789CDFHJKMNPRTVWXY", k=3)) for _ in range(3))
            yield put(x, y - 2, f"#text(size: 8pt)[{index + 1}]")
            yield put(x + 8, y - 3, f"#code[{' '.join(groups)}]")


def main():
    pdf = typst.compile("\n".join(source()).encode(), font_paths=["fonts"], ignore_system_fonts=True)
    with open(f"{sys.argv[1]}/0000.pdf", "wb") as file:
        file.write(pdf)


if __name__ == "__main__":
    main()
