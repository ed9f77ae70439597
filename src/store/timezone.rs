//! Names of time zones as people write them.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::suggestion::nearest;

/// The zone of this name, or what to write instead.
pub(super) fn parse(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
        let near = nearest(name, names()).or_else(|| {
            let near = nearest(name, names().map(city))?;
            names().find(|zone| city(zone) == near)
        });
        match near {
            Some(zone) => format!("did you mean \"{zone}\"?"),
            None => "write a name of the IANA database, like \"Europe/Berlin\" or \"UTC\"".into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_zone_or_a_bare_city_is_suggested_in_full() {
        assert_eq!(parse("Asia/Tokyo"), Ok(Tz::Asia__Tokyo));
        for (written, suggested) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("utc", "UTC"),
        ] {
            let expected = format!("did you mean \"{suggested}\"?");
            assert_eq!(parse(written), Err(expected), "{written}");
        }
        assert!(parse("Middle-earth/Hobbiton-on-Water").is_err());
        assert!(parse("").is_err());
    }
}
