//! Which state files a step writes, read off its shell text as far as that is plain: a command that
//! only reads one (`jq … state/uat-deployed-versions.json`) deploys nothing. Nothing is run. What
//! cannot be told counts as written.

use std::collections::BTreeSet;

const ENDING: &str = "-deployed-versions.json";

/// State files kept per job.
const MOST_MENTIONS: usize = 64;

/// Longest path, in bytes.
const LONGEST_PATH: usize = 255;

/// Commands that read the files they are given.
const READERS: [&str; 22] = [
    "cat",
    "jq",
    "grep",
    "head",
    "tail",
    "test",
    "[",
    "[[",
    "ls",
    "diff",
    "less",
    "more",
    "wc",
    "echo",
    "printf",
    "stat",
    "cmp",
    "source",
    ".",
    "sha256sum",
    "file",
    "basename",
];

/// Actions of git that change no file.
const GIT_READERS: [&str; 8] = [
    "show", "diff", "log", "status", "ls-files", "blame", "cat-file", "fetch",
];

/// Words before the name of a command.
const BEFORE_A_COMMAND: [&str; 11] = [
    "if", "then", "else", "elif", "do", "while", "until", "!", "{", "sudo", "time",
];

/// Adds the state files that a shell text writes.
pub(super) fn add_written(script: &str, found: &mut BTreeSet<String>) {
    if !script.contains(ENDING) {
        return;
    }
    let script = script.replace("\\\n", " ").replace("\\\r\n", " ");
    for line in script.lines().filter(|line| line.contains(ENDING)) {
        for command in commands(line) {
            let written = written_arguments(&command);
            let last = command.iter().rposition(|word| word.redirected.is_none());
            for (at, word) in command.iter().enumerate() {
                let is_written = match (word.redirected, &written) {
                    (Some(sign), _) => sign == '>',
                    (None, Arguments::All) => true,
                    (None, Arguments::Last) => last == Some(at),
                    (None, Arguments::None) => false,
                };
                if is_written {
                    add_mentioned(&word.text, found);
                }
            }
        }
    }
}

/// Adds every state file that a text names, unless the name of its environment is an expression.
pub(super) fn add_mentioned(text: &str, found: &mut BTreeSet<String>) {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    for (at, _) in text.match_indices(ENDING) {
        let mut begin = at.saturating_sub(LONGEST_PATH);
        while !text.is_char_boundary(begin) {
            begin += 1;
        }
        let before = &text[begin..at];
        let start = before.rfind(|c: char| !is_of_path(c)).map_or(0, |last| {
            last + before[last..].chars().next().map_or(1, char::len_utf8)
        });
        let path = &before[start..];
        let environment = path.rsplit('/').next().unwrap_or_default();
        // `$ENV-deployed-versions.json`, `${{ x }}-eu-deployed-versions.json`, `%ENV%-…`
        let is_computed = environment == path
            && before[..start].ends_with(['$', '}', '%', ')', '{', '*', '>', '`']);
        let is_name = environment.starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_name && !is_computed && path.len() + ENDING.len() <= LONGEST_PATH {
            if found.len() >= MOST_MENTIONS {
                return;
            }
            found.insert(format!("{path}{ENDING}"));
        }
    }
}

/// A word of a command, without its outer quotes.
#[derive(Debug, Default)]
struct Word {
    text: String,
    /// What it follows: `>` or `<`.
    redirected: Option<char>,
}

/// The commands of one line, substitutions included, each as its words.
fn commands(line: &str) -> Vec<Vec<Word>> {
    let mut commands = vec![Vec::new()];
    let mut word = Word::default();
    // Which quote is open, per level of `$(…)`.
    let mut quotes: Vec<Option<char>> = vec![None];
    let mut rest = line.chars().peekable();
    let end_word = |word: &mut Word, commands: &mut Vec<Vec<Word>>| {
        if !word.text.is_empty()
            && let Some(command) = commands.last_mut()
        {
            command.push(std::mem::take(word));
        }
    };
    while let Some(c) = rest.next() {
        let open = quotes.last().copied().flatten();
        match c {
            '\'' | '"' if open == Some(c) => set_last(&mut quotes, None),
            '\'' | '"' if open.is_none() => set_last(&mut quotes, Some(c)),
            // An expression of GitHub is text, whatever stands in it.
            '$' if rest.peek() == Some(&'(') && open != Some('\'') => {
                rest.next();
                end_word(&mut word, &mut commands);
                commands.push(Vec::new());
                quotes.push(None);
            }
            _ if open.is_some() => word.text.push(c),
            ')' if quotes.len() > 1 => {
                quotes.pop();
                end_word(&mut word, &mut commands);
                commands.push(Vec::new());
            }
            ';' | '|' | '&' | '`' | '(' | ')' => {
                end_word(&mut word, &mut commands);
                commands.push(Vec::new());
            }
            '>' | '<' => {
                // The number before it is that of a stream.
                if word.text.chars().all(|c| c.is_ascii_digit()) {
                    word = Word::default();
                }
                end_word(&mut word, &mut commands);
                word.redirected = Some(c);
                while rest
                    .next_if(|next| matches!(next, '>' | '|' | '&'))
                    .is_some()
                {}
            }
            c if c.is_whitespace() => end_word(&mut word, &mut commands),
            c => word.text.push(c),
        }
    }
    end_word(&mut word, &mut commands);
    commands
}

fn set_last(quotes: &mut [Option<char>], to: Option<char>) {
    if let Some(last) = quotes.last_mut() {
        *last = to;
    }
}

/// Which of its arguments a command writes.
enum Arguments {
    All,
    Last,
    None,
}

/// What a command does to the files that it is given, by its name. One that is not known may write.
fn written_arguments(command: &[Word]) -> Arguments {
    let is_assignment = |text: &str| {
        let name = text.split('=').next().unwrap_or_default();
        name.len() < text.len() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut words = command
        .iter()
        .filter(|word| word.redirected.is_none())
        .map(|word| word.text.as_str())
        .skip_while(|text| BEFORE_A_COMMAND.contains(text) || is_assignment(text));
    let Some(name) = words.next() else {
        return Arguments::All;
    };
    let written_if = |is_written: bool| match is_written {
        true => Arguments::All,
        false => Arguments::None,
    };
    match name.rsplit('/').next().unwrap_or(name) {
        "cp" | "mv" | "install" | "rsync" | "ln" => Arguments::Last,
        "sed" | "yq" | "perl" => {
            let in_place = |flag: &str| flag.starts_with("-i") || flag.starts_with("--in");
            written_if(words.any(in_place))
        }
        "git" => written_if(
            !words
                .next()
                .is_some_and(|action| GIT_READERS.contains(&action)),
        ),
        name => written_if(!READERS.contains(&name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(script: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        add_written(script, &mut found);
        found.into_iter().collect()
    }

    const UAT: &str = "state/uat-deployed-versions.json";
    const PRODUCTION: &str = "state/production-deployed-versions.json";

    #[test]
    fn a_file_that_is_added_edited_or_written_to_is_written() {
        for script in [
            "git add state/production-deployed-versions.json && git commit -m deploy",
            "echo \"$JSON\" > state/production-deployed-versions.json",
            "echo \"$JSON\" >> \"./state/production-deployed-versions.json\"",
            "jq .web=1 in.json | tee state/production-deployed-versions.json",
            "jq '.web = \"1\" | .api = \"2\"' state/production-deployed-versions.json \\\n  > tmp && mv tmp state/production-deployed-versions.json",
            "yq -i '.web = 1' state/production-deployed-versions.json",
            "sed -i.bak s/1/2/ state/production-deployed-versions.json",
            "./record.sh state/production-deployed-versions.json \"$SHA\"",
            "FILE=state/production-deployed-versions.json",
            "python -c \"open('state/production-deployed-versions.json', 'w')\"",
            "if true; then cp new.json state/production-deployed-versions.json; fi",
        ] {
            let found = written(script);
            assert_eq!(found.len(), 1, "{script}: {found:?}");
            assert!(found[0].ends_with(PRODUCTION), "{script}");
        }
    }

    #[test]
    fn a_file_that_is_only_read_is_not_written() {
        for script in [
            "cat state/uat-deployed-versions.json",
            "VERSION=\"$(jq -r '.web | .version' state/uat-deployed-versions.json)\"",
            "VERSION=$(jq -r .web < state/uat-deployed-versions.json)",
            "if [ -f state/uat-deployed-versions.json ]; then echo there; fi",
            "git show HEAD~1:state/uat-deployed-versions.json",
            "git diff --quiet state/uat-deployed-versions.json || true",
            "echo \"see state/uat-deployed-versions.json\"",
            "sed -n 1p state/uat-deployed-versions.json",
        ] {
            assert!(
                written(script).is_empty(),
                "{script}: {:?}",
                written(script)
            );
        }
    }

    #[test]
    fn a_promotion_reads_one_and_writes_the_other() {
        for script in [
            "cp state/uat-deployed-versions.json state/production-deployed-versions.json",
            "jq .web state/uat-deployed-versions.json > state/production-deployed-versions.json",
            "cat state/uat-deployed-versions.json | jq . 2>&1 >state/production-deployed-versions.json",
        ] {
            assert_eq!(written(script), [PRODUCTION], "{script}");
        }
        assert_eq!(
            written(
                "git add state/uat-deployed-versions.json state/production-deployed-versions.json"
            ),
            [PRODUCTION, UAT]
        );
    }

    #[test]
    fn a_computed_environment_names_none() {
        for script in [
            "git add state/$ENV-deployed-versions.json",
            "git add state/${ENV}-deployed-versions.json",
            "git add \"state/${{ inputs.environment }}-deployed-versions.json\"",
            "git add state/${{ inputs.region }}-eu-deployed-versions.json",
            "git add state/*-deployed-versions.json",
            "git add state/<env>-deployed-versions.json",
        ] {
            assert!(
                written(script).is_empty(),
                "{script}: {:?}",
                written(script)
            );
        }
        assert_eq!(
            written("git add ${DIR}/uat-deployed-versions.json"),
            ["/uat-deployed-versions.json"],
            "only the directory is computed"
        );
    }

    #[test]
    fn hostile_text_is_read_to_its_end() {
        for script in [
            "$(".repeat(10_000) + "state/uat-deployed-versions.json",
            "'\"`".repeat(10_000) + UAT,
            "ä-deployed-versions.json".to_owned(),
            "-deployed-versions.json".repeat(10_000),
            ">".repeat(1000) + UAT,
        ] {
            let _ = written(&script);
        }
        let many: String = (0..500)
            .map(|n| format!("git add state/e{n}-deployed-versions.json\n"))
            .collect();
        assert_eq!(written(&many).len(), MOST_MENTIONS);
    }
}
