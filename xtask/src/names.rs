//! How documented names become Rust names.

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::Span;
use syn::Ident;

/// Returns the name of a method, module or field; keywords get an underscore, as progenitor writes them.
pub fn snake(name: &str) -> Ident {
    unreserved(&name.to_snake_case())
}

fn unreserved(name: &str) -> Ident {
    let keyword = syn::parse_str::<Ident>(name).is_err();
    let suffix = if keyword { "_" } else { "" };
    Ident::new(&format!("{name}{suffix}"), Span::call_site())
}

/// Returns the name of a type or variant.
pub fn pascal(name: &str) -> Ident {
    let name = name.to_pascal_case();
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let prefix = if begins { "" } else { "X" };
    unreserved(&format!("{prefix}{name}"))
}

/// Returns the name of a constant.
pub fn shouty(name: &str) -> Ident {
    Ident::new(&name.to_shouty_snake_case(), Span::call_site())
}
