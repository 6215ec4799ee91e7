//! Short names: paths in generated code lose their modules, and what they name is imported at the top.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{File, Item, Path};

use super::print::import;

/// The names that a file may use, each with the module that it is in.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Adds the names of a module. What is known already keeps its module.
    pub(super) fn add<N: ToString>(
        mut self,
        module: &str,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        for name in names {
            let known = self.0.entry(name.to_string());
            known.or_insert_with(|| module.to_owned());
        }
        self
    }

    /// Whether this name is in a module of that last name.
    fn is_in(&self, name: &str, module: &str) -> bool {
        let at = self.0.get(name);
        at.is_some_and(|at| at.rsplit("::").next() == Some(module))
    }

    /// Makes paths short and puts the imports at the top.
    pub(super) fn import(&self, mut file: File) -> File {
        Shorten(self).visit_file_mut(&mut file);
        let mut used = BTreeSet::new();
        collect(file.to_token_stream(), &mut used);
        let mut modules: BTreeMap<(u8, &str), Vec<&String>> = BTreeMap::new();
        for (name, module) in self.0.iter().filter(|(name, _)| used.contains(*name)) {
            let order = match module.split("::").next() {
                Some("std") => 0,
                Some("crate" | "super") => 2,
                _ => 1,
            };
            modules.entry((order, module)).or_default().push(name);
        }
        let modules = modules.into_iter();
        let imports = modules.filter_map(|((_, module), names)| import(module, names));
        let imports: Vec<Item> = imports.collect();
        file.items.splice(0..0, imports);
        file
    }
}

struct Shorten<'a>(&'a Names);

impl VisitMut for Shorten<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        let known = path.segments.iter().zip(path.segments.iter().skip(1));
        let at = known.map(|(module, name)| (module.ident.to_string(), name.ident.to_string()));
        let at = at.enumerate().filter(|(_, (module, name))| {
            ["option", "string", "vec"].contains(&module.as_str()) || self.0.is_in(name, module)
        });
        if let Some((before, _)) = at.last() {
            path.leading_colon = None;
            path.segments = path.segments.iter().skip(before + 1).cloned().collect();
        }
        visit_mut::visit_path_mut(self, path);
    }
}

fn collect(tokens: TokenStream, used: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                used.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), used),
            _ => {}
        }
    }
}
