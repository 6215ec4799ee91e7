//! The bodies in `notifications/`: shapes that were seen, with invented values.

use std::fs;
use std::path::Path;

/// Returns every body with the name of its file, in the order of the names.
///
/// # Panics
///
/// When they cannot be read.
#[must_use]
pub fn bodies() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("notifications");
    let mut bodies: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .map(|path| {
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                text,
            )
        })
        .collect();
    bodies.sort();
    bodies
}
