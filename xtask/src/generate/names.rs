//! How documented names become Rust names.

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::Span;
use syn::Ident;

/// A method's, module's or field's name; keywords get an underscore, as progenitor writes them.
pub(super) fn snake(name: &str) -> Ident {
    let name = name.to_snake_case();
    match syn::parse_str::<Ident>(&name) {
        Ok(ident) => ident,
        Err(_) => Ident::new(&format!("{name}_"), Span::call_site()),
    }
}

/// A type's or variant's name.
pub(super) fn pascal(name: &str) -> Ident {
    let name = name.to_pascal_case();
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let prefix = if begins { "" } else { "X" };
    Ident::new(&format!("{prefix}{name}"), Span::call_site())
}

/// A constant's name.
pub(super) fn shouty(name: &str) -> Ident {
    Ident::new(&name.to_shouty_snake_case(), Span::call_site())
}
