//! Who imports whom: no circle between the modules of a crate, and in the sandbox no arrow from a lower floor to a higher one.
//!
//! Read are the sources as text: `use` declarations and inline paths that begin with `crate`, `super` or `self`. Tests and generated
//! folders are left out. What a module re-exports counts as that from which it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The folders that still have circles: the crate, and the module whose children they are; `""` is the root. Empty this list.
const KNOWN: [(&str, &str); 1] = [("green-api", "client")];

/// The floors of the sandbox, lowest first. Modules on one floor do not know each other.
const FLOORS: [&[&str]; 5] = [
    &["kit"],
    &["world"],
    &["api", "control", "handles"],
    &["sandbox"],
    &[ROOT],
];

/// What the root of a crate is called here, `lib.rs` or `main.rs`.
const ROOT: &str = "lib.rs";

/// A module, by the names that lead to it; the root of a crate has none.
type Module = Vec<String>;

/// A name that a module imports, and the path behind it.
type Import = (String, Vec<String>);

/// A crate: the text of each module without comments, strings and tests.
struct Crate {
    modules: BTreeMap<Module, String>,
    imports: BTreeMap<Module, Vec<Import>>,
}

/// One module knows another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: Module,
    to: Module,
}

impl Crate {
    /// Takes the files of a crate, by their paths under `src/`.
    fn new<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut modules = BTreeMap::new();
        let mut tests = BTreeSet::new();
        for (path, text) in files {
            let mut module: Module = path
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            if matches!(
                module.last().map(String::as_str),
                Some("lib" | "main" | "mod")
            ) {
                module.pop();
            }
            let (text, excluded) = without_tests(&code_only(text));
            tests.extend(excluded.into_iter().map(|name| child(&module, &name)));
            modules
                .entry(module)
                .or_insert_with(String::new)
                .push_str(&text);
        }
        modules.retain(|module: &Module, _| !tests.iter().any(|test| module.starts_with(test)));
        let imports = modules
            .iter()
            .map(|(module, text)| (module.clone(), imports(text)))
            .collect();
        Self { modules, imports }
    }

    /// Reads the crate in a folder.
    fn read(folder: &Path) -> Self {
        let mut files = Vec::new();
        collect(&folder.join("src"), "", &mut files);
        Self::new(
            files
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        )
    }

    fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (from, text) in &self.modules {
            for path in paths(text) {
                if let Some(to) = self.resolve(from, &path, 0)
                    && to != *from
                {
                    let from = from.clone();
                    arrows.insert(Arrow { from, to });
                }
            }
        }
        arrows
    }

    /// Returns the module that holds what a path names.
    fn resolve(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let mut module = from.clone();
        let mut steps = path.iter().map(String::as_str).peekable();
        match steps.next()? {
            "crate" => module.clear(),
            "self" => {}
            "super" => drop(module.pop()),
            first => module = self.step(&module, first, depth)?,
        }
        while steps.next_if_eq(&"super").is_some() {
            module.pop();
        }
        for step in steps {
            match self.step(&module, step, depth) {
                Some(next) => module = next,
                None => break,
            }
        }
        Some(module)
    }

    /// Returns the module behind a name in another one: a child, what an import comes from, or where a macro is.
    fn step(&self, module: &Module, name: &str, depth: usize) -> Option<Module> {
        let next = child(module, name);
        if self.modules.contains_key(&next) {
            return Some(next);
        }
        let mut imports = self.imports.get(module)?.iter();
        if depth < 8
            && let Some((_, path)) = imports.find(|(known, _)| known == name)
        {
            return self.resolve(module, path, depth + 1);
        }
        let definition = format!("macro_rules! {name} ");
        let mut defining = self.modules.iter();
        let found = defining.find(|(_, text)| module.is_empty() && text.contains(&definition));
        found.map(|(module, _)| module.clone())
    }

    /// Returns the circles between the children of each module, under the name of that module.
    fn circles(&self) -> Vec<(String, String)> {
        let arrows = self.arrows();
        let mut circles = Vec::new();
        for parent in self.modules.keys() {
            let mut graph: BTreeMap<&str, BTreeMap<&str, &Arrow>> = BTreeMap::new();
            for arrow in &arrows {
                if let (Some(from), Some(to)) =
                    (under(parent, &arrow.from), under(parent, &arrow.to))
                    && from != to
                {
                    graph.entry(from).or_default().entry(to).or_insert(arrow);
                }
            }
            let mut seen = BTreeSet::new();
            for start in graph.keys() {
                let circle: BTreeSet<&str> = reachable(&graph, start)
                    .into_iter()
                    .filter(|other| reachable(&graph, other).contains(start))
                    .collect();
                if circle.is_empty() || !seen.insert(circle.clone()) {
                    continue;
                }
                let mut lines = vec![format!("a circle of {}:", circle.len())];
                for from in &circle {
                    let inside = graph[from].iter().filter(|(to, _)| circle.contains(*to));
                    lines.extend(inside.map(|(to, arrow)| format!("  {from} -> {to}: {arrow}")));
                }
                circles.push((parent.join("/"), lines.join("\n")));
            }
        }
        circles
    }

    /// Returns the arrows that do not lead to a lower floor.
    fn climbing(&self, floors: &[&[&str]]) -> Vec<String> {
        let floor = |name: &str| floors.iter().position(|floor| floor.contains(&name));
        let root = Module::new();
        let arrows = self.arrows();
        let climbing = arrows.iter().filter_map(|arrow| {
            let (from, to) = (under(&root, &arrow.from)?, under(&root, &arrow.to)?);
            let goes_down = floor(from)
                .zip(floor(to))
                .is_some_and(|(from, to)| from > to);
            (from != to && !goes_down).then(|| format!("{from} must not know {to}: {arrow}"))
        });
        climbing.collect()
    }
}

impl std::fmt::Display for Arrow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = |module: &Module| match module.is_empty() {
            true => ROOT.to_owned(),
            false => format!("{}.rs", module.join("/")),
        };
        write!(f, "{} uses {}", file(&self.from), file(&self.to))
    }
}

fn child(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// Returns the child of `parent` that a module is in. Of the root of the crate, that is the root itself as well.
fn under<'m>(parent: &Module, module: &'m Module) -> Option<&'m str> {
    if parent.is_empty() && module.is_empty() {
        return Some(ROOT);
    }
    let rest = module.strip_prefix(parent.as_slice())?;
    rest.first().map(String::as_str)
}

/// Returns everything that some arrows lead to, one after the other.
fn reachable<'g>(
    graph: &BTreeMap<&'g str, BTreeMap<&'g str, &Arrow>>,
    start: &str,
) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(name) = open.pop() {
        for next in graph.get(name).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

/// Reads the sources in a folder, but for generated ones.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() && name != "generated" {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if name.ends_with(".rs") {
            files.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// Returns a text with comments removed and strings emptied.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = rest.find('"').unwrap() + 1;
            let length = rest[start..].find(&end).map_or(rest.len(), |at| start + at);
            (length + end.len()).min(rest.len())
        } else if letter == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = ["'\"'", "'\\\"'", "'{'", "'}'", "'\\''"]
            .iter()
            .find(|quoted| rest.starts_with(**quoted))
            .map(|quoted| quoted.len())
        {
            length
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[length..];
    }
    code
}

/// Returns the number of `#` when a raw string begins here.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r').or_else(|| text.strip_prefix("br"))?;
    let quote = hashes.trim_start_matches('#');
    quote.starts_with('"').then(|| hashes.len() - quote.len())
}

/// Returns a text without the items for tests only, and the names of the modules among them that are files of their own.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let mut parts = text.split("#[cfg(test)]");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    let mut modules = Vec::new();
    for part in parts {
        let (mut depth, mut end) = (0, part.len());
        for (place, letter) in part.char_indices() {
            match letter {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(letter, ';' | '}' | ',') {
                end = place + 1;
                break;
            }
        }
        let item: Vec<&str> = part[..end]
            .trim_end_matches(';')
            .split_whitespace()
            .collect();
        if let [.., "mod", name] = item.as_slice() {
            modules.push((*name).to_owned());
        }
        kept.push_str(&part[end..]);
    }
    (kept, modules)
}

/// Returns every path in a text that begins with `crate`, `super` or `self`; of a group, each path in it.
fn paths(text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        // What a macro names with `$crate` is its users' business.
        let begins = place == 0 || !matches!(tokens[place - 1], "::" | "$");
        if matches!(*token, "crate" | "super" | "self") && begins {
            expand(&tokens[place..], &[], &mut found);
        }
    }
    found.retain(|(path, _)| path.len() > 1);
    found.into_iter().map(|(path, _)| path).collect()
}

/// Returns the names that a text imports or re-exports.
fn imports(text: &str) -> Vec<Import> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (place, _) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| **token == "use")
    {
        expand(&tokens[place + 1..], &[], &mut found);
    }
    let named = |(path, alias): (Vec<String>, Option<String>)| {
        let name = alias.or_else(|| path.last().cloned())?;
        (path.len() > 1).then_some((name, path))
    };
    found.into_iter().filter_map(named).collect()
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let length = match word.unwrap_or(rest.len()) {
            0 if rest.starts_with("::") => 2,
            0 => rest.chars().next().map_or(1, char::len_utf8),
            length => length,
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Reads one path, or several in a group, and returns how many tokens that took.
fn expand(
    tokens: &[&str],
    prefix: &[String],
    found: &mut Vec<(Vec<String>, Option<String>)>,
) -> usize {
    let mut path = prefix.to_vec();
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        if *token == "{" && (place == 0 || tokens[place - 1] == "::") {
            place += 1;
            while tokens.get(place).is_some_and(|token| *token != "}") {
                place += expand(&tokens[place..], &path, found).max(1);
            }
            return place + 1;
        }
        if token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') {
            // In a group, `self` is what stands before it.
            if *token != "self" || path.is_empty() {
                path.push((*token).to_owned());
            }
            place += 1;
        }
        if tokens.get(place) != Some(&"::") {
            break;
        }
        place += 1;
    }
    let mut alias = None;
    if tokens.get(place) == Some(&"as") {
        alias = tokens.get(place + 1).map(|name| (*name).to_owned());
        place += 2;
    }
    found.push((path, alias));
    place
}

/// The folders of our crates.
fn crates() -> Vec<(String, Crate)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let members = fs::read_dir(root.join("crates")).unwrap();
    let mut folders: Vec<_> = members.map(|entry| entry.unwrap().path()).collect();
    folders.push(root.join("xtask"));
    folders.sort();
    let read = |folder: &std::path::PathBuf| {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        (name, Crate::read(folder))
    };
    folders.iter().map(read).collect()
}

#[test]
fn no_crate_has_a_circle() {
    let mut problems = Vec::new();
    let mut found = BTreeSet::new();
    for (name, sources) in crates() {
        for (folder, circle) in sources.circles() {
            if !KNOWN.contains(&(&name, &folder)) {
                problems.push(format!("{name}/{folder} has {circle}"));
            }
            found.insert(format!("{name}/{folder}"));
        }
    }
    for (name, folder) in KNOWN {
        let place = format!("{name}/{folder}");
        if !found.contains(&place) {
            problems.push(format!("{place} has no circle: take it out of KNOWN"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_arrows_of_the_sandbox_go_down() {
    let crates = crates();
    let (_, sandbox) = crates
        .iter()
        .find(|(name, _)| name == "green-api-sandbox")
        .unwrap();
    let climbing = sandbox.climbing(&FLOORS);
    assert!(climbing.is_empty(), "\n{}", climbing.join("\n"));
    // The test sees something at all: each floor stands on the one below.
    let arrows = sandbox.arrows();
    let knows = |from: &str, to: &str| {
        arrows
            .iter()
            .any(|arrow| arrow.from.first().is_some_and(|name| name == from) && arrow.to[0] == to)
    };
    for (from, to) in [("world", "kit"), ("api", "world"), ("control", "world")] {
        assert!(knows(from, to), "{from} -> {to}");
    }
}

#[test]
fn a_circle_and_an_upward_arrow_are_found() {
    let sources = Crate::new([
        (
            "lib.rs",
            "mod kit; mod world; pub use self::world::{Map, sea::Ship as Boat};",
        ),
        (
            "kit.rs",
            "use crate::Boat; // crate::nothing\n const TEXT: &str = \"crate::nothing\";",
        ),
        (
            "world.rs",
            "mod land; mod sea; pub(crate) use land::Hill; pub struct Map;",
        ),
        (
            "world/land.rs",
            "fn sail() -> super::sea::Ship { crate::kit::build::<u8>() }",
        ),
        (
            "world/sea.rs",
            "use super::{Hill, Map}; #[cfg(test)] mod tests { use crate::world::nothing; }",
        ),
        ("alone.rs", "#[cfg(test)] mod tests; use std::fmt;"),
        ("alone/tests.rs", "use crate::kit; use crate::world;"),
    ]);
    let shown: Vec<String> = sources.arrows().iter().map(Arrow::to_string).collect();
    let expected = [
        "lib.rs uses world.rs",
        "lib.rs uses world/sea.rs",
        "kit.rs uses world/sea.rs",
        "world/land.rs uses kit.rs",
        "world/land.rs uses world/sea.rs",
        "world/sea.rs uses world.rs",
        "world/sea.rs uses world/land.rs",
    ];
    assert_eq!(shown, expected);

    let circles = sources.circles();
    let circles: Vec<_> = circles
        .iter()
        .map(|(at, text)| (at.as_str(), text.as_str()))
        .collect();
    let outer = "a circle of 2:\n  kit -> world: kit.rs uses world/sea.rs\n  world -> kit: world/land.rs uses kit.rs";
    let inner = "a circle of 2:\n  land -> sea: world/land.rs uses world/sea.rs\n  sea -> land: world/sea.rs uses world/land.rs";
    assert_eq!(circles, [("", outer), ("world", inner)]);
    let floors: [&[&str]; 3] = [&["kit"], &["world"], &[ROOT]];
    assert_eq!(
        sources.climbing(&floors),
        ["kit must not know world: kit.rs uses world/sea.rs"]
    );
}
