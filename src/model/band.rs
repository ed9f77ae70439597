//! The words with which a number is judged: band, certainty, direction. How they are found is in
//! `metrics::bands` and `metrics::trend`.

use serde::{Deserialize, Serialize};

/// A performance band, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Elite.
    Elite,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
}

impl Band {
    /// All bands, best first.
    pub const ALL: [Self; 4] = [Self::Elite, Self::High, Self::Medium, Self::Low];

    /// The lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elite => "elite",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// The next better band, if there is one.
    pub fn better(self) -> Option<Self> {
        match self {
            Self::Elite => None,
            Self::High => Some(Self::Elite),
            Self::Medium => Some(Self::High),
            Self::Low => Some(Self::Medium),
        }
    }
}

/// How sure a band is (spec 2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Too few observations to say.
    Insufficient,
    /// Enough observations, but the interval reaches into another band, or there is none.
    Likely,
    /// The whole 95 % interval lies in the band.
    Firm,
}

/// The judgement of a change against the previous period (spec 2.10); never a direction of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Better than before.
    Improving,
    /// Worse than before.
    Degrading,
    /// Less than 5 % relative change.
    Stable,
    /// Nothing to compare with.
    #[default]
    Unknown,
}

impl Judgement {
    /// The lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Improving => "improving",
            Self::Degrading => "degrading",
            Self::Stable => "stable",
            Self::Unknown => "unknown",
        }
    }
}
