//! What there is to read in types and structs that others have written.

use syn::{Field, GenericArgument, ItemStruct, PathArguments, Type};

/// The first argument of the generic type of that name.
pub(super) fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last();
    let last = last.filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Whether the type has fields with names.
pub(super) fn named_fields(item: &ItemStruct) -> impl Iterator<Item = &Field> {
    item.fields.iter().filter(|field| field.ident.is_some())
}
