//! Prints generated Rust as a person would write it: short paths with imports, air between items, and lines of up to 100 columns.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ExprLit, File, Item, Lit, LitStr, Meta, Path};

use super::attributes::doc_text;

/// How long a line may become when it is put together again; prettyplease breaks lines at 89.
const WIDTH: usize = 100;

/// Formats a file, documentation as `///` lines.
pub(super) fn print(mut file: File) -> String {
    Lines.visit_file_mut(&mut file);
    let mut text = String::new();
    let mut after_use = true;
    for item in file.items {
        let is_use = matches!(item, Item::Use(_));
        if !(after_use && (is_use || text.is_empty())) {
            text.push('\n');
        }
        after_use = is_use;
        text.push_str(&prettyplease::unparse(&file_of(vec![item])));
    }
    reflow(&text)
}

/// A file of these items.
pub(super) fn file_of(items: Vec<Item>) -> File {
    File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items,
    }
}

/// Imports names of a module.
pub(super) fn import<'a>(
    module: &str,
    names: impl IntoIterator<Item = &'a String>,
) -> Option<Item> {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    let names = match names.as_slice() {
        [name] => (*name).to_owned(),
        names => format!("{{{}}}", names.join(", ")),
    };
    syn::parse_str(&format!("use {module}::{names};")).ok()
}

/// Joins what fits on one line, and sets methods apart.
fn reflow(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if lines.last().is_some_and(|last| last == "    }") && line.starts_with("    ") {
            lines.push(String::new());
        }
        lines.push(line.to_owned());
        if line.trim_start().starts_with([')', ']']) {
            join(&mut lines);
        }
    }
    lines.join("\n") + "\n"
}

/// Joins the last line with what it closes, if that is a plain list and fits.
fn join(lines: &mut Vec<String>) -> Option<()> {
    let (close, before) = lines.split_last()?;
    let margin = indent(close);
    let open = before.iter().rposition(|line| indent(line) <= margin)?;
    let inner = &before[open + 1..];
    let listed = inner.iter().rev().skip(1).all(|line| line.ends_with(','));
    let plain = inner
        .iter()
        .all(|line| indent(line) == margin + 4 && !line.trim_start().starts_with("//"));
    if inner.is_empty() || !listed || !plain || !before[open].ends_with(['(', '[']) {
        return None;
    }
    let inner: Vec<&str> = inner.iter().map(|line| line.trim()).collect();
    let (inner, close) = (inner.join(" "), close.trim_start());
    let joined = format!("{}{}{close}", before[open], inner.trim_end_matches(','));
    if joined.chars().count() <= WIDTH {
        lines.truncate(open);
        lines.push(joined);
    }
    Some(())
}

/// An entry that is `open`, a list and `close`: on one line if it fits there, else one item a line.
pub(super) fn list(
    margin: usize,
    open: &str,
    items: impl IntoIterator<Item = String>,
    close: &str,
) -> String {
    let items: Vec<String> = items.into_iter().collect();
    let line = format!("{open}{}{close}", items.join(", "));
    if margin + line.chars().count() <= WIDTH {
        return line;
    }
    let pad = " ".repeat(margin);
    let items = items.iter().map(|item| format!("{pad}    {item},\n"));
    let items: String = items.collect();
    format!("{open}\n{items}{pad}{close}")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// One doc attribute a line.
struct Lines;

impl VisitMut for Lines {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let lines = |attribute: Attribute| match doc_text(&attribute) {
            None => vec![attribute],
            Some(text) => text
                .trim_end()
                .lines()
                .map(|line| with_line(&attribute, line))
                .collect(),
        };
        *attributes = mem::take(attributes).into_iter().flat_map(lines).collect();
    }
}

/// The same doc attribute with this one line. Put together by hand, since parsing thousands of them takes longer than all the rest of printing.
fn with_line(attribute: &Attribute, line: &str) -> Attribute {
    let mut attribute = attribute.clone();
    if let Meta::NameValue(pair) = &mut attribute.meta {
        let bare = line.is_empty() || line.starts_with(' ');
        let line = format!("{}{line}", if bare { "" } else { " " });
        pair.value = Expr::Lit(ExprLit {
            attrs: Vec::new(),
            lit: Lit::Str(LitStr::new(&line, proc_macro2::Span::call_site())),
        });
    }
    attribute
}

/// Shortens absolute paths, and remembers what must be imported for that.
#[derive(Default)]
pub(super) struct Paths {
    rules: Vec<(Vec<String>, String)>,
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Paths {
    /// Shortens what the prelude has.
    pub(super) fn new() -> Self {
        ["convert", "default", "option", "string", "vec"]
            .iter()
            .fold(Self::default(), |paths, module| {
                paths.rule(&format!("std::{module}"), "")
            })
    }

    /// What stands in the module `from` is imported out of `to`, which is empty for what is in scope already. The first rule that fits wins.
    pub(super) fn rule(mut self, from: &str, to: &str) -> Self {
        let from = from.split("::").map(str::to_owned).collect();
        self.rules.push((from, to.to_owned()));
        self
    }

    /// Imports one name.
    pub(super) fn import(&mut self, module: &str, name: &str) {
        let names = self.imports.entry(module.to_owned()).or_default();
        names.insert(name.to_owned());
    }

    /// The imports, as items.
    pub(super) fn uses(&self) -> Vec<Item> {
        let modules = self.imports.iter();
        modules
            .filter_map(|(module, names)| import(module, names))
            .collect()
    }
}

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let begins = |from: &[String]| {
            path.segments.len() > from.len()
                && from.iter().zip(&path.segments).all(|(a, b)| b.ident == a)
        };
        if let Some((from, to)) = self.rules.iter().find(|(from, _)| begins(from)) {
            let (skipped, to) = (from.len(), to.clone());
            path.segments = mem::take(&mut path.segments)
                .into_iter()
                .skip(skipped)
                .collect();
            if !to.is_empty() {
                let name = path.segments[0].ident.to_string();
                self.import(&to, &name);
            }
        }
        path.leading_colon = None;
    }

    // The arguments of attributes are no paths to shorten, and their names must stay.
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
}
