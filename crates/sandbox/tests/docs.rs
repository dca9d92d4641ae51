//! What `docs/sandbox.md` says is served is served.
//!
//! `UPDATE_DOCS=1 cargo test -p sandbox --test docs` writes the list anew.

use std::fmt::Write as _;
use std::path::Path;

const BEGIN: &str = "<!-- generated: operations -->\n";
const END: &str = "<!-- end -->";

fn list() -> String {
    let mut list = String::new();
    for (service, names) in sandbox::operations() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        write!(list, "**{service}** ({}): {}\n\n", names.len(), names.join(" "))
            .expect("writing to text does not fail");
    }
    list
}

#[test]
fn the_list_of_operations_is_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md");
    let text = fs_err::read_to_string(&page).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the list begins");
    let (there, after) = rest.split_once(END).expect("the list ends");
    let wanted = format!("\n{}", list());
    if there == wanted {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCS").is_some(),
        "`UPDATE_DOCS=1 cargo test -p sandbox --test docs` writes the list anew"
    );
    fs_err::write(&page, format!("{before}{BEGIN}{wanted}{END}{after}")).expect("the page can be written");
}
