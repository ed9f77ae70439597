//! Which keys of foreign data name people: those are not taken over into `.dora/` (spec 1, 6).

/// Whether a key of foreign data names a person.
pub(super) fn names_a_person(key: &str) -> bool {
    const WORDS: [&str; 26] = [
        "actor",
        "approver",
        "assigned",
        "assignee",
        "assignees",
        "author",
        "authors",
        "committer",
        "creator",
        "deployer",
        "engineer",
        "login",
        "oncall",
        "operator",
        "owner",
        "owners",
        "people",
        "person",
        "reporter",
        "resolver",
        "responder",
        "responders",
        "reviewer",
        "reviewers",
        "user",
        "username",
    ];
    let key = key.to_lowercase().replace('-', "_");
    key.ends_with("_by")
        || key.contains("email")
        || WORDS.contains(&key.replace('_', "").as_str())
        || key.split('_').any(|part| WORDS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_name_people_are_recognised() {
        for key in [
            "deployed_by",
            "author",
            "assignee",
            "reporter",
            "created_by",
            "email",
            "authorEmail",
            "on-call",
            "author_name",
            "user_id",
        ] {
            assert!(names_a_person(key), "{key}");
        }
        for key in [
            "id",
            "title",
            "environment",
            "severity",
            "caused_by_change",
            "used",
        ] {
            assert!(!names_a_person(key), "{key}");
        }
    }
}
