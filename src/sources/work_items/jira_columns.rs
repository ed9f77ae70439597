//! What the columns of Jira's CSV are called, in English and as far as known in German, French and
//! Spanish, and what the categories of statuses are called. `jira_csv` reads the rows.

use crate::model::work_item::Category;

use super::csv_rows::{Header, plain};

const KEY: [&str; 7] = [
    "issue key",
    "work item key",
    "vorgangsschlüssel",
    "clé de ticket",
    "clé du ticket",
    "clave de incidencia",
    "clave de la incidencia",
];
const ID: [&str; 6] = [
    "issue id",
    "work item id",
    "vorgangs-id",
    "id du ticket",
    "id de ticket",
    "id de la incidencia",
];
const TYPE: [&str; 5] = [
    "issue type",
    "work type",
    "vorgangstyp",
    "type de ticket",
    "tipo de incidencia",
];
const SUMMARY: [&str; 4] = ["summary", "zusammenfassung", "résumé", "resumen"];
const STATUS: [&str; 3] = ["status", "état", "estado"];
const RESOLUTION: [&str; 4] = ["resolution", "lösung", "résolution", "resolución"];
const CREATED: [&str; 5] = ["created", "erstellt", "création", "creada", "creado"];
const UPDATED: [&str; 5] = [
    "updated",
    "aktualisiert",
    "mise à jour",
    "actualizada",
    "actualizado",
];
const RESOLVED: [&str; 7] = [
    "resolved", "erledigt", "gelöst", "résolue", "résolu", "resuelta", "resuelto",
];
const LABELS: [&str; 4] = ["labels", "stichwörter", "étiquettes", "etiquetas"];
const CATEGORY: [&str; 4] = [
    "status category",
    "statuskategorie",
    "catégorie d'état",
    "categoría de estado",
];
const CATEGORY_CHANGED: [&str; 4] = [
    "status category changed",
    "statuskategorie geändert",
    "catégorie d'état modifiée",
    "categoría de estado cambiada",
];
/// The key of the parent before its id.
const PARENT: [&str; 3] = ["parent key", "parent", "parent id"];

const CUSTOM: [&str; 4] = [
    "custom field",
    "benutzerdefiniertes feld",
    "champs personnalisés",
    "campo personalizado",
];

/// Whether a file that begins like this is a CSV of Jira.
pub(super) fn is_header(head: &str) -> bool {
    Header::of(head).is_some_and(|header| header.has_all(&[&KEY, &STATUS]))
}

/// Where the columns are; all but the key may be missing.
pub(super) struct Columns {
    pub(super) key: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) type_name: Option<usize>,
    pub(super) summary: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) category: Option<usize>,
    pub(super) category_changed: Option<usize>,
    pub(super) resolution: Option<usize>,
    pub(super) created: Option<usize>,
    pub(super) updated: Option<usize>,
    pub(super) resolved: Option<usize>,
    /// One column per label.
    pub(super) labels: Vec<usize>,
    /// The parent's key, or its id.
    pub(super) parent: Vec<usize>,
    /// Custom fields called business value or value.
    pub(super) value: Vec<usize>,
    /// The custom field that says what stops an item.
    pub(super) flagged: Vec<usize>,
    /// Links to what it is blocked by: as long as one is there, an empty flag ends no block.
    pub(super) blocked_by: Vec<usize>,
    /// The custom field `[CHART] Time in Status`.
    pub(super) chart: Option<usize>,
}

impl Columns {
    pub(super) fn of(header: &Header) -> Self {
        let place = |names: &[&str]| header.position(names);
        let custom = |wanted: &[&str]| -> Vec<usize> {
            let names = header.names().iter().enumerate();
            names
                .filter(|(_, name)| {
                    custom_field(name).is_some_and(|it| wanted.contains(&it.as_str()))
                })
                .map(|(position, _)| position)
                .collect()
        };
        Self {
            key: place(&KEY),
            id: place(&ID),
            type_name: place(&TYPE),
            summary: place(&SUMMARY),
            status: place(&STATUS),
            category: place(&CATEGORY),
            category_changed: place(&CATEGORY_CHANGED),
            resolution: place(&RESOLUTION),
            created: place(&CREATED),
            updated: place(&UPDATED),
            resolved: place(&RESOLVED),
            labels: header.positions(&LABELS),
            parent: PARENT
                .iter()
                .filter_map(|name| header.position(&[name]))
                .collect(),
            value: custom(&["business value", "value"]),
            flagged: custom(&["flagged", "impediment"]),
            blocked_by: header.positions(&["inward issue link (blocks)"]),
            chart: custom(&["[chart] time in status"]).first().copied(),
        }
    }

    /// The columns that hold dates.
    pub(super) fn dates(&self) -> [Option<usize>; 4] {
        [
            self.created,
            self.updated,
            self.resolved,
            self.category_changed,
        ]
    }
}

/// The plain name of a custom field: `Custom field (Business Value)`.
fn custom_field(header: &str) -> Option<String> {
    let (prefix, name) = header.split_once('(')?;
    let name = name.trim_end().strip_suffix(')')?;
    CUSTOM
        .contains(&plain(prefix).as_str())
        .then(|| plain(name))
}

/// What the name of a category means.
pub(super) fn category(name: &str) -> Option<Category> {
    match plain(name).as_str() {
        "to do" | "new" | "zu erledigen" | "à faire" | "por hacer" | "tareas por hacer" => {
            Some(Category::New)
        }
        "in progress" | "indeterminate" | "in arbeit" | "en cours" | "en curso" | "en progreso" => {
            Some(Category::Active)
        }
        "done" | "fertig" | "terminé" | "listo" | "finalizada" => Some(Category::Done),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_fields_are_found_by_the_name_in_parentheses() {
        let header = Header::of(
            "Issue key,Custom field (Business Value),Custom field (Flagged),\
             Custom field ([CHART] Time in Status),Outward issue link (Value),Custom field (VALUE)",
        );
        let columns = Columns::of(&header.unwrap());
        assert_eq!(columns.value, [1, 5]);
        assert_eq!(columns.flagged, [2]);
        assert_eq!(columns.chart, Some(3));
    }

    #[test]
    fn headers_are_recognised_in_other_languages() {
        assert!(is_header("Issue Type,Issue key,Status\n"));
        assert!(is_header(
            "Clave de incidencia;ID de la incidencia;Tipo de Incidencia;Resumen;Estado;Prioridad"
        ));
        assert!(is_header(
            "Zusammenfassung,Vorgangsschlüssel,Vorgangs-ID,Status"
        ));
        assert!(!is_header("key,status,created,updated"));
        assert!(!is_header("Issue key,Summary"));
    }

    #[test]
    fn categories_are_known_by_their_names() {
        assert_eq!(category("To Do"), Some(Category::New));
        assert_eq!(category("In  Progress"), Some(Category::Active));
        assert_eq!(category("Fertig"), Some(Category::Done));
        assert_eq!(category("完成"), None);
        assert_eq!(category(""), None);
    }
}
