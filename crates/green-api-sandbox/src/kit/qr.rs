//! QR codes: what they say and the picture.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use qrcode::{Color, QrCode};

/// How often there is another code, in seconds.
pub(crate) const PERIOD: u64 = 20;
/// Pixels to a square of the code.
const SCALE: usize = 6;
/// Squares of white around the code, without which scanners do not find it.
const QUIET_ZONE: usize = 4;

/// Returns the content of the code: shaped like WhatsApp's own, and constant for one period.
pub(crate) fn content(instance: u64, period: u64) -> String {
    let mut hasher = DefaultHasher::new();
    (instance, period).hash(&mut hasher);
    let mut rng = fastrand::Rng::with_seed(hasher.finish());
    let parts: [String; 4] =
        std::array::from_fn(|_| BASE64.encode(std::array::from_fn::<u8, 32, _>(|_| rng.u8(..))));
    format!("2@{}", parts.join(","))
}

/// Draws the code as a black and white PNG.
pub(crate) fn png(content: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(content).ok()?;
    let width = (code.width() + 2 * QUIET_ZONE) * SCALE;
    let mut pixels = vec![u8::MAX; width * width];
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let left = (place % code.width() + QUIET_ZONE) * SCALE;
            let top = (place / code.width() + QUIET_ZONE) * SCALE;
            for row in top..top + SCALE {
                pixels[row * width + left..][..SCALE].fill(0);
            }
        }
    }

    let mut file = Vec::new();
    let side = u32::try_from(width).ok()?;
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(file)
}
