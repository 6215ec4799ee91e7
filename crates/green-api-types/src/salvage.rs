//! Reads what can be read of JSON that does not fit.

use std::any::Any;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::raw_json::RawJson;

/// More wrong places than any server makes, and few enough to look for.
const MAX_MISFITS: usize = 32;

/// Reads an object without what does not fit in it, as if that were `null`. `None` if it is not an object, or does not fit even so.
pub(crate) fn salvage<T: DeserializeOwned>(raw: &RawJson) -> Option<T> {
    if !raw.as_str().starts_with('{') {
        return None;
    }
    if let Ok(value) = serde_json::from_str(raw.as_str()) {
        return Some(value);
    }
    let mut json = raw.to_value();
    for _ in 0..MAX_MISFITS {
        match serde_path_to_error::deserialize(&json) {
            Ok(value) => return Some(value),
            Err(error) => take_out(&mut json, error.path())?,
        }
    }
    None
}

/// Makes `null` of what stands at the path, or of what it stands in if that is `null` already. `None` if that would be all.
fn take_out(json: &mut Value, path: &Path) -> Option<()> {
    let mut depth = 0;
    let mut at = &*json;
    for (number, segment) in path.iter().enumerate() {
        let next = step(segment).and_then(|pointer| at.pointer(&pointer));
        match next {
            Some(next) if !next.is_null() => at = next,
            _ => break,
        }
        depth = number + 1;
    }
    if depth == 0 {
        return None;
    }
    let pointer: String = path.iter().take(depth).filter_map(step).collect();
    *json.pointer_mut(&pointer)? = Value::Null;
    Some(())
}

/// The segment as a part of a JSON pointer.
fn step(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// What was salvaged, once somebody asked for it.
#[derive(Default)]
pub(crate) struct Salvaged(
    OnceLock<Option<Box<dyn Any + Send + Sync + UnwindSafe + RefUnwindSafe>>>,
);

impl Salvaged {
    /// Returns what `read` returned at first; every call has to name the same type.
    pub(crate) fn get_or_read<T: Salvage>(&self, read: impl FnOnce() -> Option<T>) -> Option<&T> {
        let salvaged = self.0.get_or_init(|| Some(Box::new(read()?)));
        let any: &dyn Any = salvaged.as_deref()?;
        any.downcast_ref()
    }
}

/// What can be kept beside the JSON, so that whatever has the JSON stays as thread-safe as it is.
#[doc(hidden)]
pub trait Salvage: Any + Send + Sync + UnwindSafe + RefUnwindSafe {}

impl<T: Any + Send + Sync + UnwindSafe + RefUnwindSafe> Salvage for T {}

impl Clone for Salvaged {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Salvaged {
    /// It follows from the JSON.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
