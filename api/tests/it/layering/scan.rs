//! A minimal Rust scanner for the floor rule: tokens and the paths they form.

/// The words and punctuation of a source, without comments and literals; `::` is one token.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => {
                            depth += 1;
                            i += 2
                        }
                        ('*', '/') => {
                            depth -= 1;
                            i += 2
                        }
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            '"' => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 }
                }
                i += 1;
            }
            // A character literal, not a lifetime.
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1
                }
                i += 1
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            ':' if at(i + 1) == ':' => {
                tokens.push("::".to_owned());
                i += 2
            }
            c if is_word(c) => {
                let from = i;
                while is_word(at(i)) {
                    i += 1
                }
                let word: String = chars[from..i].iter().collect();
                let hashes = (i..).take_while(|index| at(*index) == '#').count();
                if ["r", "br", "cr"].contains(&word.as_str()) && at(i + hashes) == '"' {
                    i += hashes + 1;
                    let ends =
                        |i: usize| at(i) == '"' && (1..=hashes).all(|hash| at(i + hash) == '#');
                    while i < chars.len() && !ends(i) {
                        i += 1
                    }
                    i += hashes + 1;
                } else {
                    tokens.push(word);
                }
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string())
                }
                i += 1
            }
        }
    }
    tokens
}

/// Removes items marked `#[cfg(test)]`.
pub(super) fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if !tokens[i..].iter().take(MARK.len()).eq(MARK) {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        // The item ends with its block, or with `;` before any block.
        let mut depth = 0;
        i += MARK.len();
        while i < tokens.len() {
            match tokens[i].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            let ended = depth == 0 && (tokens[i] == "}" || tokens[i] == ";");
            i += 1;
            if ended {
                break;
            }
        }
    }
    kept
}

/// All paths in the tokens, with groups of `use` expanded.
pub(super) fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let is_word = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut paths = Vec::new();
    // The path before each open `{`; empty for a block.
    let mut groups: Vec<Vec<String>> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let after_colons = i > 0 && tokens[i - 1] == "::";
        if is_word(token) {
            if !after_colons {
                path = groups.last().cloned().unwrap_or_default();
            }
            path.push(token.clone());
            // `use ::rmcp`: keywords are not part of the path.
            let keyword =
                ["use", "as", "dyn", "impl", "in", "mut", "return"].contains(&token.as_str());
            if keyword || tokens.get(i + 1).is_none_or(|next| next != "::") {
                paths.push(std::mem::take(&mut path));
            }
        } else if token == "{" {
            groups.push(if after_colons {
                std::mem::take(&mut path)
            } else {
                Vec::new()
            });
        } else if token == "}" {
            groups.pop();
        } else if token == "*" && after_colons {
            path.push("*".to_owned());
            paths.push(std::mem::take(&mut path));
        } else if token != "::" {
            path.clear();
        }
    }
    paths
}

/// Splits a file into its re-exports (`pub use …;`) and the rest, which has no visibilities.
pub(super) fn split_reexports(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut reexports, mut rest) = (Vec::new(), Vec::new());
    let mut i = 0;
    while i < tokens.len() {
        let mut end = i;
        if tokens[i] == "pub" {
            end += 1;
            if tokens.get(end).is_some_and(|token| token == "(") {
                end += tokens[end..]
                    .iter()
                    .take_while(|token| *token != ")")
                    .count()
                    + 1;
            }
        }
        if end > i && tokens.get(end).is_some_and(|token| token == "use") {
            let length = tokens[end..]
                .iter()
                .take_while(|token| *token != ";")
                .count()
                + 1;
            reexports.extend(tokens[end..].iter().take(length).cloned());
            i = end + length;
        } else if end > i {
            i = end;
        } else {
            rest.push(tokens[i].clone());
            i += 1;
        }
    }
    (reexports, rest)
}
