//! The shape of an answer of `dora explain`. `mod` fills it; it is the JSON export.

/// An answer: one term, or all of them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explanation {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// What was asked for; `None` for everything.
    pub term: Option<String>,
    /// What it means, in every sense it has.
    pub entries: Vec<Entry>,
}

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A number of the reports.
    Metric,
    /// A word of the glossary.
    Word,
    /// A rule by which deployments fail.
    FailureRule,
    /// A rule by which findings of the stream are found.
    Finding,
    /// A code of notices.
    Notice,
    /// A rule by which `dora trend` judges a series.
    TrendRule,
    /// A profile of bands.
    Profile,
    /// How a run ended.
    ExitCode,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Metric,
        Self::Word,
        Self::FailureRule,
        Self::Finding,
        Self::TrendRule,
        Self::Notice,
        Self::Profile,
        Self::ExitCode,
    ];

    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Word => "word",
            Self::FailureRule => "failure-rule",
            Self::Finding => "finding",
            Self::Notice => "notice",
            Self::TrendRule => "trend-rule",
            Self::Profile => "profile",
            Self::ExitCode => "exit-code",
        }
    }
}

/// One sense of a term.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its name: `lead-time`, `shallow-clone`.
    pub name: String,
    /// What else it is called.
    pub also: Vec<String>,
    /// What it means.
    pub text: String,
    /// What there is to know beside it.
    pub facts: Vec<Fact>,
    /// Of a profile: its limits.
    pub limits: Vec<LimitRow>,
    /// The page of the documentation that says more.
    pub page: Option<&'static str>,
}

/// Something to know of a term.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fact {
    /// What it is about: `formula`.
    pub label: String,
    /// What is said.
    pub text: String,
}

/// The limits of one metric in a profile, as they are written; `None` where it has no such band.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LimitRow {
    /// Name of the metric: `lead-time`.
    pub metric: &'static str,
    /// Limit of elite.
    pub elite: Option<String>,
    /// Limit of high.
    pub high: Option<String>,
    /// Limit of medium; what fits none is low.
    pub medium: Option<String>,
}

impl Entry {
    /// An entry without anything beside it.
    pub(super) fn new(kind: Kind, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            also: Vec::new(),
            text: text.into(),
            facts: Vec::new(),
            limits: Vec::new(),
            page: None,
        }
    }

    /// The same, called something else as well.
    pub(super) fn also(mut self, name: impl Into<String>) -> Self {
        self.also.push(name.into());
        self
    }

    /// The same with a fact, unless it says nothing.
    pub(super) fn fact(mut self, label: &str, text: impl Into<String>) -> Self {
        let (label, text) = (label.to_owned(), text.into());
        if !text.is_empty() {
            self.facts.push(Fact { label, text });
        }
        self
    }

    /// The same with the page that says more.
    pub(super) fn on(mut self, page: &'static str) -> Self {
        self.page = Some(page);
        self
    }
}
