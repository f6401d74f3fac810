//! How a text may stand in a raw record.

/// As typed, as JSON writes it, and as Go's JSON does (`&` as `\u0026`); those alike but for ASCII case once.
pub fn spellings(text: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(text).to_string();
    let json = &quoted[1..quoted.len() - 1];
    let go = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let mut spellings: Vec<String> = Vec::with_capacity(3);
    for spelling in [text, json, &go] {
        if spellings.iter().all(|known| !known.eq_ignore_ascii_case(spelling)) {
            spellings.push(spelling.to_string());
        }
    }
    spellings
}
