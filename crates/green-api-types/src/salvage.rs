//! Reads what can be read of JSON that does not fit.

use std::any::Any;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use crate::raw_json::RawJson;

/// More wrong places than any server makes, and few enough to look for.
const MAX_MISFITS: usize = 64;

/// An item of a list that is an answer, such as a message in a journal. It is read by itself, so that only what does not fit in it is lost.
#[doc(hidden)]
pub trait Entry: Sized {
    /// Reads it if all fits.
    ///
    /// # Errors
    ///
    /// For what does not fit.
    fn fitting<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Reads what fits. It is compiled once, with the type, and not for all that it is read from.
    ///
    /// # Errors
    ///
    /// For what is nothing of the kind.
    fn read(raw: &RawJson) -> serde_json::Result<Self>;
}

/// Makes an [`Entry`] of a type by way of its twin, whose `Deserialize` is derived for it (`#[serde(remote = "…")]`). With a property, a list in
/// its place is read as that.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($name:ident by $twin:ident $(as $property:literal)?) => {
        impl $crate::__private::Entry for $name {
            fn fitting<'de, D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $twin::deserialize(deserializer)
            }

            fn read(raw: &$crate::RawJson) -> $crate::__private::serde_json::Result<Self> {
                $crate::entry!(@read raw $($property)?)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let raw = <$crate::RawJson as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                $crate::__private::Entry::read(&raw).map_err($crate::__private::serde::de::Error::custom)
            }
        }
    };
    (@read $raw:ident) => {
        $crate::__private::entry($raw)
    };
    (@read $raw:ident $property:literal) => {
        $crate::__private::listed($raw, $property)
    };
}

/// Reads an object, or a list as the object that has it under this name.
#[doc(hidden)]
pub fn listed<T: Entry>(raw: &RawJson, property: &str) -> serde_json::Result<T> {
    let read = if raw.as_str().starts_with('[') {
        let object = json!({ property: raw.to_value() });
        serde_json::from_str(&object.to_string())
    } else {
        serde_json::from_str(raw.as_str())
    };
    read.map(|Fitting(object)| object)
}

struct Fitting<T>(T);

impl<'de, T: Entry> Deserialize<'de> for Fitting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::fitting(deserializer).map(Self)
    }
}

/// Reads an entry without what does not fit in it. One that is not an object is kept as an empty one, for the sake of the others.
#[doc(hidden)]
pub fn entry<T: Entry>(raw: &RawJson) -> serde_json::Result<T> {
    let read = salvage(raw).map_or_else(|| serde_json::from_str("{}"), Ok);
    read.map(|Fitting(entry)| entry)
}

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
///
/// An item of a list is made an empty object first: most lists are of objects, and the other items stay then.
fn take_out(json: &mut Value, path: &Path) -> Option<()> {
    let (mut depth, mut is_item) = (0, false);
    let mut at = &*json;
    for (number, segment) in path.iter().enumerate() {
        let next = step(segment).and_then(|pointer| at.pointer(&pointer));
        match next {
            Some(next) if !next.is_null() => at = next,
            _ => break,
        }
        depth = number + 1;
        is_item = matches!(segment, Segment::Seq { .. });
    }
    if depth == 0 {
        return None;
    }
    let pointer: String = path.iter().take(depth).filter_map(step).collect();
    let misfit = json.pointer_mut(&pointer)?;
    let empty = json!({});
    *misfit = if is_item && *misfit != empty {
        empty
    } else {
        Value::Null
    };
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

/// A value that can be kept beside the JSON, so that whatever has the JSON stays as thread-safe as it is.
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
