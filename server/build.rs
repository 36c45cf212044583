//! A new migration file must rebuild the program: the macro that builds them in only watches those it has seen.
fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
