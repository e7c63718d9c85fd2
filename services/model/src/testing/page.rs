//! Pages of the documentation that hold tables made from the code's own.

use std::path::Path;

/// Set to write the tables into the pages instead of comparing them.
const WRITE: &str = "VERBUND_WRITE_DOCS";

/// Compares the part of a page of `docs/` between `<!-- table: name -->` and `<!-- end -->` with a table.
pub(crate) fn has_table(page: &str, name: &str, table: &str) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let path = docs.join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- table: {name} -->\n");
    let (before, rest) = text
        .split_once(&begin)
        .expect("the page has the table's mark");
    let (inside, after) = rest.split_once("<!-- end -->").expect("the table ends");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}<!-- end -->{after}")).unwrap();
        return;
    }
    assert_eq!(
        inside, table,
        "docs/{page} is not what the code says; {WRITE}=1 writes it"
    );
}

/// A table as Markdown writes it.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(header.iter().map(|it| (*it).to_owned()).collect());
    table.push_str(&line(header.iter().map(|_| "---".to_owned()).collect()));
    table.extend(rows.into_iter().map(line));
    table
}
