"""Writes like letters with ReportLab: FOLDER FILES qr|plain.

Like, not the same: an A4 page with an address, a date, a text that all letters share (a form),
a name, a serial, 24 numbers and 24 codes in an embedded font, and the mark as a Data Matrix: of 44
modules a side, the one size that ReportLab has, where ours has 24. No shaping, no marked content, no
PDF/A, which only helps it.
"""

import random
import sys

from reportlab.graphics.barcode.ecc200datamatrix import ECC200DataMatrix
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

LETTERS = 250
TEXT = [
    (120, "U hebt een tokenkaart aangevraagd. U vindt ze onderaan deze brief."),
    (125, "Met deze kaart meldt u zich aan op de websites van de overheid."),
    (135, "U geeft uw gebruikersnaam en uw wachtwoord. De website vraagt dan"),
    (140, "een van de 24 codes van uw kaart, bijvoorbeeld code 13."),
    (150, "Knip de kaart uit en bewaar ze op een veilige plaats."),
    (155, "Geef uw codes aan niemand, ook niet aan de telefoon."),
    (165, "Bent u uw kaart kwijt? Bel dan meteen 09 210 10 10."),
]


def place(index):
    return 27 + 55 * (index // 8), 222 + 7 * (index % 8)


def text(canvas, font, size, x, y, words):
    canvas.setFont(font, size)
    canvas.drawString(x * mm, (297 - y) * mm, words)


def shared(canvas):
    canvas.beginForm("shared")
    text(canvas, "Bold", 14, 25, 20, "Stad Gent")
    for y, line in TEXT:
        text(canvas, "Text", 10.5, 25, y, line)
    canvas.setFillGray(0.93)
    for row in range(0, 8, 2):
        canvas.rect(25 * mm, (297 - 224 - 7 * row) * mm, 160 * mm, 7 * mm, 0, 1)
    canvas.setFillGray(0)
    for index in range(24):
        x, y = place(index)
        text(canvas, "Text", 8, x, y, str(index + 1))
    canvas.endForm()


def symbol(canvas, rows, x, y, module):
    """Dark modules in a row are one rectangle; the upper left corner is at x and y."""
    strips = canvas.beginPath()
    for row, modules in enumerate(rows, 1):
        start = None
        for column, is_dark in enumerate([*modules, False]):
            if is_dark and start is None:
                start = column
            if not is_dark and start is not None:
                left, lower = x * mm + start * module, (297 - y) * mm - row * module
                strips.rect(left, lower, (column - start) * module, module)
                start = None
    canvas.drawPath(strips, stroke=0, fill=1)


def mark(canvas, sequence):
    matrix = ECC200DataMatrix(f"TK1{'07' * 16}{sequence:09}010151")
    matrix.validate()
    # It begins with the lowest row.
    symbol(canvas, reversed(matrix.encode()), 8, 12, 0.3 * mm)


def qr_code(canvas, serial):
    code = QRCode(None, QRErrorCorrectLevel.Q)
    code.addData(f"https://sign-in.example.be/?s={serial}")
    code.make()
    side = range(code.getModuleCount())
    rows = ([code.isDark(row, column) for column in side] for row in side)
    symbol(canvas, rows, 160, 195, 0.5 * mm)


def letters(path, file, with_qr):
    source = random.Random(file)
    canvas = Canvas(path, A4, pageCompression=1, invariant=1)
    shared(canvas)
    for number in range(file * LETTERS, (file + 1) * LETTERS):
        canvas.doForm("shared")
        name = f"Jan Peeters-{number}"
        serial = f"K7M2-P9RT-3XYV-{number % 10000:04}"
        for y, line in [(62, name), (67, "Lindestraat 14"), (72, "9000 Gent")]:
            text(canvas, "Text", 10.5, 25, y, line)
        text(canvas, "Text", 10.5, 25, 100, "23 november 2026")
        text(canvas, "Bold", 12, 27, 208, name)
        text(canvas, "Codes", 10, 27, 214, serial)
        for index in range(24):
            x, y = place(index)
            groups = ("".join(source.choices("23456789CDFHJKMNPRTVWXY", k=3)) for _ in range(3))
            text(canvas, "Codes", 11, x + 8, y, " ".join(groups))
        mark(canvas, number + 1)
        if with_qr:
            qr_code(canvas, serial)
        canvas.showPage()
    canvas.save()


def main():
    folder, files, kind = sys.argv[1:]
    for name, file in [
        ("Text", "NotoSans-Regular"),
        ("Bold", "NotoSans-Bold"),
        ("Codes", "AtkinsonHyperlegibleMono-Medium"),
    ]:
        pdfmetrics.registerFont(TTFont(name, f"fonts/{file}.ttf"))
    for file in range(int(files)):
        letters(f"{folder}/{file:04}.pdf", file, kind == "qr")


if __name__ == "__main__":
    main()
