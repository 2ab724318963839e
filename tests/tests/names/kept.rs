//! The ledger keeps a name.

use enforcer_tests::network::CLOUD_V4;
use enforcer_tests::resolver::answer;

use super::{GATE, NAME, ask, client, ledger, resolver, site, start, told, told_with_domain};

#[test]
fn the_ledger_keeps_a_name_across_restarts_and_after_it_has_ended() {
    let site = site("names_ledger");
    let mut daemon = start(&site, "names: true");
    let (resolver, client) = (resolver(&site), client(&site));
    ask(&client, &resolver, &answer(NAME, CLOUD_V4));
    told_with_domain(&site, GATE, "192.168.50.21");
    assert_eq!(ledger(&site)["dest_domain"], NAME);
    daemon.terminate().unwrap();
    // Without a daemon, and with one that hears nothing.
    assert_eq!(ledger(&site)["dest_domain"], NAME);
    let _daemon = start(&site, "names: false");
    let before = ledger(&site)["packets"].as_u64();
    told(&site, GATE, "192.168.50.21");
    let line = ledger(&site);
    assert!(line["packets"].as_u64() > before, "{line}");
    assert_eq!(line["dest_domain"], NAME);
    assert_eq!(line["dest_cloud"], "Hikvision");
}
