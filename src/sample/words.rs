//! What commits of the sample project are about. `team` makes pull requests of it.

use super::story::Component;

/// Parts of the web front end.
const WEB_SCOPES: [&str; 7] = [
    "cart",
    "checkout",
    "search",
    "catalogue",
    "account",
    "wishlist",
    "navigation",
];

/// What is done to them: conventional type and words.
const WEB_ASPECTS: [(&str, &str); 7] = [
    ("feat", "keyboard navigation"),
    ("feat", "placeholder while loading"),
    ("perf", "fewer requests per page"),
    ("feat", "readable error messages"),
    ("feat", "layout for small screens"),
    ("feat", "prices in the local format"),
    ("feat", "empty state with suggestions"),
];

/// Parts of the API.
const API_SCOPES: [&str; 7] = [
    "orders", "payments", "stock", "prices", "shipping", "accounts", "vouchers",
];

/// What is done to them.
const API_ASPECTS: [(&str, &str); 7] = [
    ("feat", "safe retries"),
    ("feat", "pages of results"),
    ("perf", "cache for repeated reads"),
    ("feat", "strict validation"),
    ("feat", "history of changes"),
    ("feat", "limit per client"),
    ("feat", "bulk endpoint"),
];

/// What a pull request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Topic {
    kind: &'static str,
    scope: &'static str,
    aspect: &'static str,
}

/// One commit to be: its subject and the file it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The conventional subject.
    pub(super) subject: String,
    /// The file.
    pub(super) path: String,
}

impl Topic {
    /// The topic of the n-th pull request; after 49 they come again.
    pub(super) fn number(component: Component, n: usize) -> Self {
        let (scopes, aspects) = match component {
            Component::Web => (&WEB_SCOPES, &WEB_ASPECTS),
            Component::Api => (&API_SCOPES, &API_ASPECTS),
        };
        // 10 and 49 have no common divisor: every pair comes once before any comes again.
        let place = n % 49 * 10 % 49;
        let (kind, aspect) = aspects[place / 7];
        Self {
            kind,
            scope: scopes[place % 7],
            aspect,
        }
    }

    /// The words of its branch and files.
    pub(super) fn slug(self) -> String {
        format!("{}-{}", self.scope, self.aspect.replace(' ', "-"))
    }

    /// The subject of its main commit, and the title of its pull request.
    pub(super) fn title(self) -> String {
        format!("{}({}): {}", self.kind, self.scope, self.aspect)
    }

    /// Its commits, 1 to 5, in order. One of them, not always the last, has the title as subject.
    pub(super) fn steps(self, count: u32) -> Vec<Step> {
        let main = self.step(&self.title(), "src");
        let cover = self.said("test", "cover", "tests");
        let prepare = self.said("refactor", "make room for", "src");
        let describe = self.said("docs", "describe", "docs");
        match count {
            0 | 1 => vec![main],
            2 => vec![main, cover],
            3 => vec![prepare, main, cover],
            4 => vec![prepare, main, cover, describe],
            _ => vec![prepare, main, self.fix(), cover, describe],
        }
    }

    /// A repair of it.
    pub(super) fn fix(self) -> Step {
        self.said("fix", "repair", "src")
    }

    fn said(self, kind: &str, verb: &str, directory: &str) -> Step {
        let subject = format!("{kind}({}): {verb} {}", self.scope, self.aspect);
        self.step(&subject, directory)
    }

    fn step(self, subject: &str, directory: &str) -> Step {
        let ending = if directory == "docs" { "md" } else { "ts" };
        Step {
            subject: subject.to_owned(),
            path: format!(
                "{directory}/{}/{}.{ending}",
                self.scope,
                self.aspect.replace(' ', "-")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn forty_nine_topics_pass_before_one_comes_again() {
        for component in [Component::Web, Component::Api] {
            let titles: BTreeSet<String> = (0..49)
                .map(|n| Topic::number(component, n).title())
                .collect();
            assert_eq!(titles.len(), 49);
            assert_eq!(Topic::number(component, 49), Topic::number(component, 0));
        }
    }

    #[test]
    fn a_pull_request_has_as_many_commits_as_asked_for_and_one_says_its_title() {
        let topic = Topic::number(Component::Web, 0);
        assert_eq!(topic.title(), "feat(cart): keyboard navigation");
        assert_eq!(topic.slug(), "cart-keyboard-navigation");
        for count in 1..=5 {
            let steps = topic.steps(count);
            assert_eq!(steps.len(), count as usize);
            let titled = steps.iter().filter(|step| step.subject == topic.title());
            assert_eq!(titled.count(), 1);
        }
        assert_eq!(topic.fix().subject, "fix(cart): repair keyboard navigation");
        assert_eq!(topic.fix().path, "src/cart/keyboard-navigation.ts");
    }
}
