//! A measured value or the reason why there is none. There is no zero for missing, anywhere.

/// A 95 % confidence interval; both ends are in the unit of the value it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A number that was measured, with its sample size, or the reason in words why it was not.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured<T> {
    /// There was something to measure.
    Known {
        /// The value.
        value: T,
        /// How many observations it rests on.
        sample_size: usize,
        /// The 95 % interval, where the method gives one for this sample size.
        interval: Option<Interval>,
    },
    /// There was nothing to measure.
    Unknown {
        /// Why, as a short fragment a person can read ("no deployment in the period").
        reason: String,
    },
}

impl<T> Measured<T> {
    /// The value missing, and why.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown {
            reason: reason.into(),
        }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The interval, if there is one.
    pub fn interval(&self) -> Option<Interval> {
        match self {
            Self::Known { interval, .. } => *interval,
            Self::Unknown { .. } => None,
        }
    }

    /// The reason why there is no value, if there is none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Known { .. } => None,
            Self::Unknown { reason } => Some(reason),
        }
    }
}
