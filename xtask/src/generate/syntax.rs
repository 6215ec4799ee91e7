//! What there is to read in types and structs that others have written.

use syn::{Field, GenericArgument, ItemStruct, PathArguments, PathSegment, Type};

/// The first argument of the generic type of that name.
pub(super) fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let last = last(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn last(ty: &Type) -> Option<&PathSegment> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last()
}

/// The last name in the path of a type.
pub(super) fn last_name(ty: &Type) -> Option<String> {
    Some(last(ty)?.ident.to_string())
}

/// Whether the type has fields with names.
pub(super) fn named_fields(item: &ItemStruct) -> impl Iterator<Item = &Field> {
    item.fields.iter().filter(|field| field.ident.is_some())
}
