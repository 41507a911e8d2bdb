"""The like cards by other makers of PDF: bytes a card and cards a second.

Like, not the same: an ID-1 page with a title, a date, a name, a serial, 24 numbers, 24 codes of
nine symbols, five bands and lines; what all pages share is a form where the maker has forms.
Nobody but ours shapes, marks up or conforms to PDF/A here, which only helps the others.
"""

import random
import sys
import time

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
import typst

CARDS = 250
WIDTH, HEIGHT = 85.6, 53.98
LEFT, TOP, COLUMN, ROW = 3.0, 17.5, 26.0, 4.0
GIVEN = "An Renée Jean-Baptiste Łukasz Zoë Marie-Ange Jörg Ana Tom Fatima Søren Noor Willem".split()
FAMILY = "Peeters Janssens Çelik Kovačević Müller Dubois Šimůnek Wójcik Rossi Vandenbossche".split()


def cards():
    source = random.Random(7)
    symbols = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    group = lambda length: "".join(source.choice(symbols) for _ in range(length))
    for _ in range(CARDS):
        name = f"{source.choice(GIVEN)} {source.choice(FAMILY)}-{source.choice(FAMILY)}"
        serial = "-".join(group(4) for _ in range(4))
        yield name, serial, [" ".join(group(3) for _ in range(3)) for _ in range(24)]


def place(index):
    return LEFT + COLUMN * (index // 8), TOP + ROW * (index % 8)


def reportlab(path, with_qr):
    canvas = Canvas(path, (WIDTH * mm, HEIGHT * mm), pageCompression=1, invariant=1)
    canvas.beginForm("shared")
    canvas.setFillGray(0.93)
    for row in range(0, 8, 2):
        canvas.rect(LEFT * mm, (HEIGHT - TOP - ROW * row - 1) * mm, 79 * mm, ROW * mm, 0, 1)
    canvas.setFillGray(0)
    canvas.setFont("Bold", 7)
    canvas.drawString(LEFT * mm, (HEIGHT - 5) * mm, "Tokenkaart")
    canvas.setFont("Text", 6.5)
    canvas.drawString(30 * mm, (HEIGHT - 5) * mm, "Aangevraagd op 22 november 2026")
    canvas.setFont("Text", 6)
    for index in range(24):
        x, y = place(index)
        canvas.drawRightString((x + 4) * mm, (HEIGHT - y) * mm, str(index + 1))
    canvas.endForm()
    for name, serial, codes in cards():
        canvas.doForm("shared")
        canvas.setFont("Bold", 11)
        canvas.drawString(LEFT * mm, (HEIGHT - 10) * mm, name)
        canvas.setFont("Codes", 7)
        canvas.drawString(LEFT * mm, (HEIGHT - 14) * mm, serial)
        if with_qr:
            code = QRCode(None, QRErrorCorrectLevel.Q)
            code.addData(f"https://aanmelden.gemeente.example.be/?s={serial}")
            code.make()
            side = code.getModuleCount()
            module = 13.4 / (side + 8)
            strips = canvas.beginPath()
            for row in range(side):
                start = None
                for column in range(side + 1):
                    dark = column < side and code.isDark(row, column)
                    if dark and start is None:
                        start = column
                    if not dark and start is not None:
                        x, y = 69 + (4 + start) * module, HEIGHT - 3 - (5 + row) * module
                        strips.rect(x * mm, y * mm, (column - start) * module * mm, module * mm)
                        start = None
            canvas.drawPath(strips, stroke=0, fill=1)
        canvas.setFont("Codes", 8)
        for index, code in enumerate(codes):
            x, y = place(index)
            canvas.drawString((x + 5) * mm, (HEIGHT - y) * mm, code)
        canvas.showPage()
    canvas.save()


def typst_source():
    put = lambda x, y, what: f"#place(dx: {x}mm, dy: {y}mm)[{what}]"
    yield f"#set page(width: {WIDTH}mm, height: {HEIGHT}mm, margin: 0mm)"
    yield '#set text(font: "Noto Sans", size: 6.5pt)'
    yield '#let code(it) = text(font: "Fira Code", size: 8pt, it)'
    for number, (name, serial, codes) in enumerate(cards()):
        if number:
            yield "#pagebreak()"
        for row in range(0, 8, 2):
            yield put(LEFT, TOP + ROW * row - 3, f"#rect(width: 79mm, height: {ROW}mm, fill: luma(93%))")
        yield put(LEFT, 3, "*Tokenkaart*")
        yield put(30, 3, "Aangevraagd op 22 november 2026")
        yield put(LEFT, 7, f"#text(size: 11pt)[*{name}*]")
        yield put(LEFT, 12, f"#code[{serial}]")
        for index, code in enumerate(codes):
            x, y = place(index)
            yield put(x, y - 3, str(index + 1))
            yield put(x + 5, y - 3, f"#code[{code}]")


def report(who, size, seconds):
    print(f"{who}: {size // CARDS} bytes a card, {CARDS / seconds:.0f} cards a second")


def measured(work):
    best = None
    for _ in range(3):
        begun = time.perf_counter()
        result = work()
        taken = time.perf_counter() - begun
        best = taken if best is None else min(best, taken)
    return result, best


def main():
    folder = sys.argv[1]
    for name, file in [("Text", "NotoSans-Regular"), ("Bold", "NotoSans-Bold"), ("Codes", "FiraCode-Medium")]:
        pdfmetrics.registerFont(TTFont(name, f"fonts/{file}.ttf"))
    for what, with_qr in [("a QR code a serial", True), ("no QR code", False)]:
        path = f"{folder}/reportlab-{'qr' if with_qr else 'plain'}.pdf"
        _, seconds = measured(lambda: reportlab(path, with_qr))
        with open(path, "rb") as file:
            report(f"ReportLab, {what}", len(file.read()), seconds)
    source = "\n".join(typst_source()).encode()
    pdf, seconds = measured(lambda: typst.compile(source, font_paths=["fonts"], ignore_system_fonts=True))
    report("typst, no QR code", len(pdf), seconds)


if __name__ == "__main__":
    main()
