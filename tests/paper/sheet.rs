//! A page made by hand with the PDF library, for the reader to look at.

use std::sync::LazyLock;

use printpdf::{
    DictItem, FontId, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFontHandle, PdfPage,
    PdfSaveOptions, Point, Pt, Rect, TextItem,
};
use tokenkaart::paper::Paper;

pub(crate) const WIDTH: f32 = 85.6;
pub(crate) const HEIGHT: f32 = 53.98;

static SANS: LazyLock<ParsedFont> = LazyLock::new(|| font("NotoSans-Regular.ttf"));
static MONO: LazyLock<ParsedFont> = LazyLock::new(|| font("AtkinsonHyperlegibleMono-Medium.ttf"));

fn font(name: &str) -> ParsedFont {
    let path = format!("{}/fonts/{name}", env!("CARGO_MANIFEST_DIR"));
    ParsedFont::from_bytes(&std::fs::read(path).unwrap(), 0, &mut Vec::new()).unwrap()
}

/// A card-sized document under the tester's hands; places in mm from the top left.
pub(crate) struct Sheet {
    document: PdfDocument,
    pub(crate) sans: FontId,
    mono: FontId,
    ops: Vec<Op>,
}

impl Sheet {
    pub(crate) fn new() -> Self {
        let mut document = PdfDocument::new("test");
        let sans = document.add_font(&SANS);
        let mono = document.add_font(&MONO);
        Self { document, sans, mono, ops: Vec::new() }
    }

    pub(crate) fn show(
        mut self,
        font: PdfFontHandle,
        place: [f32; 2],
        size: f32,
        items: Vec<TextItem>,
    ) -> Self {
        self.ops.extend([
            Op::StartTextSection,
            Op::SetTextCursor { pos: Point::new(Mm(place[0]), Mm(HEIGHT - place[1])) },
            Op::SetFont { font, size: Pt(size) },
            Op::ShowText { items },
            Op::EndTextSection,
        ]);
        self
    }

    pub(crate) fn sans(self, place: [f32; 2], size: f32, text: &str) -> Self {
        let font = PdfFontHandle::External(self.sans.clone());
        self.show(font, place, size, vec![TextItem::Text(text.into())])
    }

    pub(crate) fn mono(self, place: [f32; 2], size: f32, text: &str) -> Self {
        let font = PdfFontHandle::External(self.mono.clone());
        self.show(font, place, size, vec![TextItem::Text(text.into())])
    }

    pub(crate) fn ops(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.ops.extend(ops);
        self
    }

    pub(crate) fn actual_text(self, text: &str) -> Self {
        let data = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes);
        let value = DictItem::String { data: data.collect(), literal: false };
        self.ops([Op::BeginMarkedContentWithProperties {
            tag: "Span".into(),
            properties: DictItem::Dict { map: [("ActualText".into(), value)].into() },
        }])
    }

    /// A QR code with modules of `module` mm.
    pub(crate) fn qr(mut self, place: [f32; 2], module: f32, text: &str) -> Self {
        let code = qrcode::QrCode::new(text).unwrap();
        for (index, colour) in code.to_colors().into_iter().enumerate() {
            let (x, y) = ((index % code.width()) as f32, (index / code.width()) as f32);
            if colour == qrcode::Color::Dark {
                self.ops.push(Op::DrawRectangle {
                    rectangle: Rect {
                        x: Mm(place[0] + x * module).into(),
                        y: Mm(HEIGHT - place[1] - (y + 1.0) * module).into(),
                        width: Mm(module).into(),
                        height: Mm(module).into(),
                        mode: Some(PaintMode::Fill),
                        winding_order: None,
                    },
                });
            }
        }
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.saved(&PdfSaveOptions::default())
    }

    pub(crate) fn saved(mut self, options: &PdfSaveOptions) -> Vec<u8> {
        let page = PdfPage::new(Mm(WIDTH), Mm(HEIGHT), self.ops);
        self.document.with_pages(vec![page]).save(options, &mut Vec::new())
    }

    pub(crate) fn paper(self) -> Paper {
        Paper::open(self.bytes()).unwrap()
    }
}

/// Texts with their face, size (pt) and place (mm from the top left).
pub(crate) const TEXTS: [(bool, f32, [f32; 2], &str); 8] = [
    (false, 9.0, [5.0, 6.0], "Ren\u{e9}e D\u{2019}Hondt-\u{c7}elik van \u{2019}t Hof"),
    (false, 6.0, [60.0, 6.0], "22 november 2026"),
    (false, 9.0, [5.0, 12.0], "\u{141}ukasz \u{15a}wi\u{119}tek \u{2013} Ng\u{f4}"),
    (false, 5.0, [5.0, 23.7], "1"),
    (true, 8.0, [8.0, 24.0], "CDF 234 56H"),
    (false, 5.0, [35.0, 23.7], "13"),
    (true, 8.0, [38.0, 24.0], "TVW XY9 8RP"),
    (true, 6.0, [5.0, 50.0], "K7M2-P9RT-3XYV-4CDN"),
];

pub(crate) fn texts_of_a_card() -> Sheet {
    TEXTS.iter().fold(Sheet::new(), |sheet, (is_mono, size, place, text)| {
        if *is_mono { sheet.mono(*place, *size, text) } else { sheet.sans(*place, *size, text) }
    })
}
