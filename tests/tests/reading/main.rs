//! What the methods of `green_api::reading` make of every body in the corpus, and what `Drift` finds in them.

mod content;
mod drift;
mod odd;
mod shapes;
