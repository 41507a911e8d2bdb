//! Relying parties that we didn't write, each through a full sign-in.

use super::demo::Demo;

#[test]
fn openid_client_signs_people_in() {
    assert!(Demo::start().node("client.mjs", &[]).contains("2 sign-ins"));
}
