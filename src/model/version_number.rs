//! placeholder
/// x
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionNumber(Vec<u64>);
impl VersionNumber {
    /// x
    pub fn read(text: &str) -> Option<Self> {
        let parts: Option<Vec<u64>> = text
            .trim_start_matches('v')
            .split('.')
            .map(|p| p.parse().ok())
            .collect();
        parts.filter(|p| p.len() > 1).map(Self)
    }
}
