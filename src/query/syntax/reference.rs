//! The language on one page: what the page shows as help.

/// A form of the language and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// An example, which parses as it stands.
    pub example: &'static str,
    pub meaning: &'static str,
}

/// Forms that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub forms: &'static [Form],
}

const fn form(example: &'static str, meaning: &'static str) -> Form {
    Form { example, meaning }
}

/// The whole language, by example; `docs/search.md` says it at length.
pub static REFERENCE: &[Section] = &[
    Section {
        title: "Fields",
        forms: &[
            form("verb:delete", "The field has this value; upper and lower case are the same"),
            form("verb:(create,delete)", "One of these values; OR between them will do too"),
            form("user:system:serviceaccount:*", "* stands for any run of characters, \\* for a star itself"),
            form(
                "name:\"a name\"",
                "Quotes around a value with spaces, brackets, commas or quotes; \\\" and \\\\ inside",
            ),
            form("ns:\"\"", "Events without the field"),
            form("ns:*", "Events with the field, whatever its value"),
        ],
    },
    Section {
        title: "Comparisons",
        forms: &[
            form("code>=400", "<, <=, >, >= and = compare response codes, latency and time"),
            form("code!=404", "The opposite of code=404: events without a code too"),
            form("code:4xx", "A class of response codes"),
            form("latency>1.5s", "A number with its unit: us, ms, s, m, h or d; 1m30s too"),
            form("time:2026-11-23", "That day in UTC; a year, a month, a minute or a second will do too"),
            form("time>=2026-11-23T09:00:00Z", "From then on; UTC unless the time has an offset, as in +01:00"),
        ],
    },
    Section {
        title: "Free text",
        forms: &[
            form("token", "The raw event contains this text, upper and lower case being the same"),
            form("\"free text\"", "The same for a text with spaces or signs"),
        ],
    },
    Section {
        title: "Joining",
        forms: &[
            form("verb:delete ns:prod", "Both; AND between them means the same"),
            form("ns:prod OR ns:staging", "Either; AND binds tighter than OR"),
            form("-user:system:*", "Not; NOT before it means the same"),
            form("ns:prod (verb:delete OR code>=400)", "Brackets group"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FIELDS, Field};
    use crate::query::syntax::parse;

    #[test]
    fn every_example_parses_and_stands_in_the_docs() {
        let docs = include_str!("../../../docs/search.md");
        for form in REFERENCE.iter().flat_map(|section| section.forms) {
            assert!(parse(form.example).is_ok(), "{}", form.example);
            assert!(docs.contains(&format!("`{}`", form.example)), "{} is not in docs/search.md", form.example);
        }
        let examples = docs.lines().filter(|line| line.starts_with("| ")).flat_map(|line| {
            let spans: Vec<&str> = line.split('`').collect();
            // A table's first column, or its last: what stands between the first two backticks.
            let is_field = Field::from_key(spans.get(1).copied().unwrap_or_default()).is_some();
            spans.get(1).filter(|_| !is_field).map(|example| example.to_string())
        });
        let mut checked = 0;
        for example in examples {
            assert!(parse(&example).is_ok(), "{example} in docs/search.md");
            checked += 1;
        }
        assert!(checked > 30, "{checked} examples found");
        for spec in FIELDS {
            assert!(docs.contains(&format!("| `{}` |", spec.key)), "{} is not in docs/search.md", spec.key);
        }
    }
}
