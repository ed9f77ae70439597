//! `dora explain`: definitions from the documents that are built in. It reads no repository, no
//! configuration and no clock.

use crate::cli;
use crate::error::{Error, Exit};
use crate::report::explain::{Explanation, Lexicon};
use crate::store::nearest;

use super::output::Output;

/// Defines a term, or lists all of them.
pub(super) fn run(flags: &cli::Explain, output: &mut Output) -> Result<Exit, Error> {
    let lexicon = Lexicon::new(Exit::ALL.map(|exit| (exit.code(), exit.meaning())));
    let term = Some(flags.term.join(" ")).filter(|term| !term.trim().is_empty());
    let entries = match &term {
        None => lexicon.all().to_vec(),
        Some(term) => lexicon.explain(term),
    };
    if let (true, Some(term)) = (entries.is_empty(), &term) {
        return Err(unknown(&lexicon, term));
    }
    output.show(&Explanation {
        schema_version: 1,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        term,
        entries,
    })?;
    Ok(Exit::Done)
}

fn unknown(lexicon: &Lexicon, term: &str) -> Error {
    let names = lexicon.all().iter().map(|entry| entry.name.as_str());
    let mut meant: Vec<&str> = nearest(term, names).into_iter().collect();
    for name in lexicon.resembling(term) {
        if !meant.contains(&name) {
            meant.push(name);
        }
    }
    let error = Error::usage(format!("`{term}` is no term that is explained here"));
    let error = match meant.is_empty() {
        true => error,
        false => error.hint(format!("did you mean: {}", meant.join(", "))),
    };
    error.hint("dora explain lists every term")
}
