//! A listing that can only be read from its newest end, page after page until what is known.
//! `deployments`, `pulls` and `issues` say which one and what of it is kept.

use super::Stop;
use crate::model::Notice;
use crate::sources::github::{GithubError, Page, Trail};

/// Pages of one listing: 100,000 rows.
const MOST_PAGES: usize = 1_000;
/// The key of a listing that is the only one of its kind.
pub(super) const WHOLE: &str = "";

/// Hands on page after page, as long as there are more and `take` wants more. Whether all that was
/// wanted was had.
pub(super) fn each_page<T>(
    what: &str,
    first: Page<T>,
    more: &dyn Fn(&str) -> Result<Page<T>, GithubError>,
    mut take: impl FnMut(Page<T>) -> Result<bool, Stop>,
    notices: &mut Vec<Notice>,
) -> Result<bool, Stop> {
    let mut page = first;
    let mut trail = Trail::of(MOST_PAGES);
    loop {
        notices.append(&mut page.notices);
        if page.is_unchanged {
            return Ok(true);
        }
        let next = page.next.take();
        if !take(page)? {
            return Ok(true);
        }
        page = match next {
            None => return Ok(true),
            Some(next) if trail.goes_on(&next) => more(&next)?,
            Some(_) => {
                let message = format!("not all {what} can be listed: the rest is left out");
                notices.push(Notice::new("github-list-cut", message).incomplete());
                return Ok(false);
            }
        };
    }
}
