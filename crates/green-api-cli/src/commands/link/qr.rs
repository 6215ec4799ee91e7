//! A QR code in the terminal.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use rqrr::{BitGrid, PreparedImage};

/// The width of the white border that scanners need to find the code.
const QUIET_ZONE: usize = 4;
/// The most memory to spend on an image, in bytes; that of a QR code needs a few kilobytes.
const MEMORY: usize = 16 * 1024 * 1024;
/// Black on white, whatever the terminal's colours.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// The squares of a QR code; dark ones are `true`.
pub(crate) struct Squares(Vec<Vec<bool>>);

/// Reads the QR code in a PNG image; `None` if no code can be read.
pub(crate) fn read(png: &[u8]) -> Option<Squares> {
    let (width, height, pixels) = greys(png)?;
    let mut picture =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = picture.detect_grids();
    // Skips what a phone could not read either.
    let grid = grids.into_iter().find(|grid| grid.decode().is_ok())?.grid;
    let size = grid.size();
    let row = |y| (0..size).map(|x| grid.bit(y, x)).collect();
    Some(Squares((0..size).map(row).collect()))
}

/// Decodes a PNG image to its width, height and the brightness of each pixel.
fn greys(png: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: MEMORY });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let size = reader.output_buffer_size().filter(|size| *size <= MEMORY)?;
    let mut buffer = vec![0; size];
    let info = reader.next_frame(&mut buffer).ok()?;
    let samples = match info.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return None,
    };
    let has_alpha = samples % 2 == 0;
    let grey = |pixel: &[u8]| match (has_alpha, pixel.last()) {
        // Transparent pixels count as white.
        (true, Some(0)) => u8::MAX,
        // The code is black and white, so any colour channel will do.
        _ => pixel.first().copied().unwrap_or(u8::MAX),
    };
    let pixels: Vec<u8> = buffer
        .get(..info.buffer_size())?
        .chunks_exact(samples)
        .map(grey)
        .collect();
    let width = usize::try_from(info.width).ok()?;
    let height = usize::try_from(info.height).ok()?;
    (pixels.len() == width.checked_mul(height)?).then_some((width, height, pixels))
}

impl Squares {
    fn is_dark(&self, row: usize, column: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE);
        let square = inside(row)
            .zip(inside(column))
            .and_then(|(row, column)| self.0.get(row)?.get(column));
        square.copied().unwrap_or(false)
    }

    /// Draws two rows of squares per line: black on white with `colours`; without, the light squares, which suits a dark background.
    pub(crate) fn draw(&self, colours: bool) -> String {
        let side = self.0.len() + 2 * QUIET_ZONE;
        let ink = |row: usize, column: usize| row < side && self.is_dark(row, column) == colours;
        let line = |row: usize| {
            let line: String = (0..side)
                .map(|column| match (ink(row, column), ink(row + 1, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect();
            if colours {
                format!("{BLACK_ON_WHITE}{line}{RESET}")
            } else {
                line
            }
        };
        let lines: Vec<String> = (0..side).step_by(2).map(line).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use green_api_sandbox::Sandbox;

    use super::*;

    async fn code() -> Vec<u8> {
        let sandbox = Sandbox::start().await.unwrap();
        let instance = crate::commands::sandbox::instance_of(&sandbox).unwrap();
        let answer = instance.qr().timeout(Duration::from_secs(60)).await;
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD
            .decode(answer.unwrap().message.unwrap())
            .unwrap()
    }

    /// The drawing as a picture again, as a camera would see it.
    fn scan(drawn: &str, ink_is_dark: bool) -> Option<String> {
        const SCALE: usize = 4;
        let rows: Vec<Vec<(bool, bool)>> = drawn
            .lines()
            .map(|line| {
                line.trim_start_matches(BLACK_ON_WHITE)
                    .trim_end_matches(RESET)
                    .chars()
                    .map(|square| (matches!(square, '█' | '▀'), matches!(square, '█' | '▄')))
                    .collect()
            })
            .collect();
        let (width, height) = (rows[0].len() * SCALE, rows.len() * 2 * SCALE);
        let mut picture = PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            let (upper, lower) = rows[y / SCALE / 2][x / SCALE];
            let is_upper = (y / SCALE).is_multiple_of(2);
            let ink = if is_upper { upper } else { lower };
            if ink == ink_is_dark { 0 } else { u8::MAX }
        });
        let grids = picture.detect_grids();
        grids.first()?.decode().ok().map(|(_, content)| content)
    }

    #[tokio::test]
    async fn what_is_drawn_can_be_scanned() {
        let png = code().await;
        let squares = read(&png).unwrap();
        let coloured = scan(&squares.draw(true), true).unwrap();
        assert!(coloured.starts_with("2@"), "{coloured}");
        assert_eq!(scan(&squares.draw(false), false).unwrap(), coloured);
    }

    #[test]
    fn what_is_no_code_is_not_drawn() {
        assert!(read(b"").is_none());
        assert!(read(b"GIF89a").is_none());
    }
}
