//! Lists inside the rows of GitHub and GitLab: plain, or with pages as GraphQL gives them; names that are
//! texts or objects. What a list holds that it should not costs neither the list nor its row.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json_values::Scalar;

/// A list: `[…]`, or `{"nodes": […], "pageInfo": {"hasNextPage": …}, "totalCount": …}`.
#[derive(Debug)]
pub(in crate::sources) struct Connection<T> {
    /// What it holds.
    pub(in crate::sources) nodes: Vec<T>,
    /// Whether it says that there are more.
    pub(in crate::sources) is_cut: bool,
    /// Whether it says whether there are more.
    pub(in crate::sources) is_counted: bool,
    /// Whether there is a list at all.
    pub(in crate::sources) is_told: bool,
}

impl<T> Default for Connection<T> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            is_cut: false,
            is_counted: false,
            is_told: false,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Connection<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(ConnectionVisitor(PhantomData))
    }
}

struct ConnectionVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ConnectionVisitor<T> {
    type Value = Connection<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Connection::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Connection {
            nodes,
            is_cut: false,
            is_counted: false,
            is_told: true,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut connection = Connection::default();
        let mut total = None;
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*name {
                "nodes" => {
                    let Self::Value { nodes, is_told, .. } = members.next_value()?;
                    connection.nodes = nodes;
                    connection.is_told = is_told;
                }
                "pageInfo" => {
                    connection.is_cut |= members.next_value::<PageInfo>()?.has_next;
                    connection.is_counted = true;
                }
                "totalCount" => total = members.next_value::<Scalar<'de>>()?.count(),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let count = u64::try_from(connection.nodes.len()).unwrap_or(u64::MAX);
        connection.is_cut |= total.is_some_and(|total| total > count);
        connection.is_counted |= total.is_some();
        Ok(connection)
    }
}

/// Whether more pages follow, as GraphQL says it.
#[derive(Debug, Default, Clone, Copy, serde::Deserialize)]
#[serde(default)]
pub(super) struct PageInfo {
    /// Whether they do.
    #[serde(rename = "hasNextPage", deserialize_with = "flag")]
    pub(super) has_next: bool,
}

/// Yes or no; anything else is no.
pub(super) fn flag<'de, D: Deserializer<'de>>(json: D) -> Result<bool, D::Error> {
    let scalar = Scalar::deserialize(json)?;
    Ok(scalar.flag().unwrap_or(false))
}

/// A name: a text, or the `name` (GitLab: `title`) of an object.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Named(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(json)?;
        Ok(Self(name_of(raw.get())))
    }
}

fn name_of(json: &str) -> Option<String> {
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Object<'a> {
        #[serde(borrow)]
        name: Scalar<'a>,
        #[serde(borrow)]
        title: Scalar<'a>,
    }
    let text = if json.starts_with('{') {
        let object: Object<'_> = serde_json::from_str(json).ok()?;
        let name = object.name.written();
        match name.is_empty() {
            true => object.title.written().to_owned(),
            false => name.to_owned(),
        }
    } else {
        let scalar: Scalar<'_> = serde_json::from_str(json).ok()?;
        scalar.written().to_owned()
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The names of a list, as they were written.
pub(super) fn names(list: Connection<Named>) -> Vec<String> {
    list.nodes.into_iter().filter_map(|name| name.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Vec<String>, bool, bool) {
        let list: Connection<Named> = serde_json::from_str(json).unwrap();
        let (is_cut, is_told) = (list.is_cut, list.is_told);
        (names(list), is_cut, is_told)
    }

    #[test]
    fn lists_are_plain_or_have_pages() {
        let both = vec!["a".to_owned(), "b".to_owned()];
        for json in [
            r#"["a","b"]"#,
            r#"[{"name":"a","color":"f00"},{"title":"b"}]"#,
            r#"{"nodes":[{"name":"a"},"b"]}"#,
            r#"{"totalCount":2,"nodes":["a","b"],"pageInfo":{"hasNextPage":false,"endCursor":"x"}}"#,
        ] {
            assert_eq!(read(json), (both.clone(), false, true), "{json}");
        }
        for json in [
            r#"{"totalCount":3,"nodes":["a","b"]}"#,
            r#"{"nodes":["a","b"],"pageInfo":{"hasNextPage":true}}"#,
        ] {
            assert_eq!(read(json), (both.clone(), true, true), "{json}");
        }
    }

    #[test]
    fn what_is_no_list_is_none_and_what_is_no_name_is_passed_over() {
        for json in ["null", "7", "-1", "1.5", "true", "\"a\"", "{}"] {
            assert_eq!(read(json), (vec![], false, false), "{json}");
        }
        let odd = r#"[null,7,{},{"name":null},{"name":["x"]},[],""," ","a"]"#;
        assert_eq!(read(odd).0, ["a"]);
    }
}
