//! Ids of records as screens show them: `production-20260302T093000Z-1a2b3c4` is named by a begin that means
//! no other, which every command takes.

/// The id up to its minute, up to its second, or whole: the first of these that `is_of_one` says means no
/// other. `production-20260302T0930` of `production-20260302T093000Z-1a2b3c4`.
pub(super) fn brief(id: &str, is_of_one: impl Fn(&str) -> bool) -> &str {
    // `PAY-12` has no time to be known by.
    let has_time = |head: &&str| {
        let digits = head
            .strip_suffix('Z')
            .and_then(|head| head.rsplit_once('T'));
        digits.is_some_and(|(_, it)| it.len() == 6 && it.bytes().all(|it| it.is_ascii_digit()))
    };
    let to_second = id.rsplit_once('-').map(|(head, _)| head).filter(has_time);
    let to_minute = to_second.and_then(|head| {
        let digits = head.strip_suffix('Z')?;
        digits.get(..digits.len().checked_sub(2)?)
    });
    let mut briefer = to_minute.into_iter().chain(to_second);
    briefer.find(|begin| is_of_one(begin)).unwrap_or(id)
}

/// The same among ids that are shown together.
pub fn brief_among<'i>(id: &'i str, all: &[&str]) -> &'i str {
    brief(id, |begin| {
        let mut others = all.iter().filter(|other| **other != id);
        !others.any(|other| other.starts_with(begin))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_as_brief_as_the_others_allow() {
        let id = "incident-20261120T203059Z-81700b0";
        assert_eq!(brief_among(id, &[id]), "incident-20261120T2030");
        let same_minute = "incident-20261120T203001Z-0000000";
        assert_eq!(
            brief_among(id, &[id, same_minute]),
            "incident-20261120T203059Z"
        );
        let same_second = "incident-20261120T203059Z-0000000";
        assert_eq!(brief_among(id, &[same_second, id]), id);
        assert_eq!(brief_among("shop#12", &[id]), "shop#12");
        assert_eq!(brief_among("PAY-12", &[]), "PAY-12");
    }
}
