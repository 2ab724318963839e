//! What five cameras of three makes send, to the frame, and what is to be said of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use enforcer_tests::frame::{Mac, data, ethernet, ipv4, tcp, udp};
use enforcer_tests::network::RECORDER;
use enforcer_tests::owners::Owner;
use enforcer_tests::resolver::question;
use enforcer_tests::site::ROUTER;

use crate::cast::{CAMERAS, Camera, OWNERS, VENDORS};

/// The name server that all of them are shipped with.
pub(crate) const RESOLVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 153);

/// Where SADP looks for others, and as a frame (RFC 1112, section 6.4).
const SEARCH: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
const SEARCH_MAC: Mac = [0x01, 0x00, 0x5e, 0x7f, 0xff, 0xfa];

/// Each flow of each camera in the order in which they begin: the ports at both ends, how many packets, by which name the
/// camera asked for the receiver, as which service it is to be counted, and what `learn` is to make of it.
const SCRIPT: &str = "
yard  udp  40053  198.51.100.153    53   2  -                      udp/53          public
till  udp  40053  198.51.100.153    53   2  -                      udp/53          public
hall  udp  40053  198.51.100.153    53   1  -                      udp/53          public
gate  udp  40053  198.51.100.153    53   4  -                      udp/53          public
door  udp  40053  198.51.100.153    53   6  -                      udp/53          public
door  udp  40602  203.0.113.11    6002  24  litedev.ezvizlife.com  udp/6002        vendor_cloud
door  tcp  40443  203.0.113.10     443  12  dev.hik-connect.com    tcp/443         vendor_cloud
door  udp    123  198.51.100.154   123   5  time.example           udp/123         public
door  udp  37020  239.255.255.250 37020  9  -                      udp/37020       discovery
door  tcp  40866  192.0.2.44      8666  11  -                      tcp/8666        public
door  tcp    554  192.168.50.10  50554  40  -                      from:tcp/554    covered
door  tcp  40023  192.168.50.10     23   2  -                      tcp/23          one_off
yard  tcp  40443  203.0.113.10     443   7  dev.hik-connect.com    tcp/443         vendor_cloud
yard  udp  40001  198.51.100.21  27713   8  -                      udp/27713       public
yard  udp  40001  198.51.100.22  31009   6  -                      udp/31009       public
yard  udp  40001  192.0.2.45     51413   5  -                      udp/51413       public
yard  udp  37020  239.255.255.250 37020  4  -                      udp/37020       discovery
yard  tcp    554  192.168.50.10  50555  30  -                      from:tcp/554    covered
till  udp  40880  198.51.100.20   8800  14  www.easy4ipcloud.com   udp/8800        vendor_cloud
till  udp  15000  198.51.100.23  49321   5  -                      from:udp/15000  public
till  udp    123  198.51.100.154   123   3  -                      udp/123         public
till  udp   8000  192.168.50.10  50556  35  -                      from:udp/8000   covered
till  tcp  40080  192.168.50.32     80   1  -                      tcp/80          one_off
hall  tcp  40443  198.51.100.20    443   6  www.easy4ipcloud.com   tcp/443         vendor_cloud
hall  udp    123  192.0.2.44       123   3  -                      udp/123         public
hall  tcp    554  192.168.50.10  50557  25  -                      from:tcp/554    covered
hall  udp   8000  192.168.50.10  50558  20  -                      from:udp/8000   covered
gate  udp  40999  198.51.100.140  9999  13  p2p.reolink.com        udp/9999        vendor_cloud
gate  tcp  40443  203.0.113.12     443   9  apis.reolink.com       tcp/443         vendor_cloud
gate  udp  40002  198.51.100.24  58200   7  -                      udp/58200       public
gate  tcp    554  192.168.50.10  50559  45  -                      from:tcp/554    covered
";

/// What a camera sends to one place.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) camera: &'static Camera,
    is_tcp: bool,
    from: u16,
    pub(crate) to: Ipv4Addr,
    port: u16,
    pub(crate) packets: u64,
    /// What its frames ask for, if they go to the name server.
    asks: Vec<&'static str>,
    pub(crate) name: Option<&'static str>,
    pub(crate) service: String,
    pub(crate) draft: &'static str,
}

/// A flow in what is told: the camera, the receiver and the service.
pub(crate) type Key = (String, String, String);

/// Where frames get to that are not dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Cloud,
    Recorder,
    /// Behind the port that they came from.
    Nowhere,
}

/// All flows.
pub(crate) fn script() -> Vec<Flow> {
    let lines = SCRIPT.lines().filter(|line| !line.is_empty());
    lines.map(Flow::read).collect()
}

/// Each name, and its address.
pub(crate) fn zone() -> Vec<(&'static str, Ipv4Addr)> {
    let zone: BTreeMap<_, _> = script()
        .iter()
        .filter_map(|flow| Some((flow.name?, flow.to)))
        .collect();
    assert_eq!(zone.len(), VENDORS.len());
    zone.into_iter().collect()
}

impl Flow {
    fn read(line: &'static str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [
            camera,
            protocol,
            from,
            to,
            port,
            packets,
            name,
            service,
            draft,
        ] = words[..]
        else {
            panic!("not nine words: {line}");
        };
        let to = to.parse().unwrap();
        let asks = if to == RESOLVER {
            names_of(camera)
        } else {
            Vec::new()
        };
        Self {
            camera: CAMERAS.iter().find(|it| it.name == camera).unwrap(),
            is_tcp: protocol == "tcp",
            from: from.parse().unwrap(),
            to,
            port: port.parse().unwrap(),
            packets: packets.parse().unwrap(),
            asks,
            name: Some(name).filter(|name| *name != "-"),
            service: service.replace(':', " "),
            draft,
        }
    }

    /// Its frames.
    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        let link = || ethernet(self.camera.mac).to(self.next());
        let packet = || ipv4(self.camera.address, &self.to.to_string());
        let opens = self.is_tcp && self.port < 1 << 15;
        let mut asks = self.asks.iter().cycle();
        let frames = (0..self.packets).map(|number| {
            let front = link() / packet();
            if opens && number == 0 {
                return (front / tcp(self.from, self.port).syn()).build();
            }
            if self.is_tcp {
                return (front / tcp(self.from, self.port).ack() / data(b"something")).build();
            }
            let inside = asks.next().map(|name| question(name));
            let inside = inside.unwrap_or_else(|| b"something".to_vec());
            (front / udp(self.from, self.port) / data(&inside)).build()
        });
        frames.collect()
    }

    /// What it is called in what is told.
    pub(crate) fn key(&self) -> Key {
        let camera = self.camera.name.to_owned();
        (camera, self.to.to_string(), self.service.clone())
    }

    /// Where they go if nothing stops them.
    pub(crate) fn end(&self) -> End {
        if self.to == RECORDER.v4 || self.to == SEARCH {
            End::Recorder
        } else if self.to.is_private() {
            End::Nowhere
        } else {
            End::Cloud
        }
    }

    /// Whether it is what the camera is there for.
    pub(crate) fn is_video(&self) -> bool {
        self.draft == "covered"
    }

    /// Whose the receiver is.
    pub(crate) fn owner(&self) -> Option<&'static Owner> {
        self.whose().map(|(owner, _)| owner)
    }

    /// The vendor whose cloud the receiver is in.
    pub(crate) fn cloud(&self) -> Option<&'static str> {
        let vendor = VENDORS.iter().find(|(name, _)| Some(*name) == self.name);
        vendor.and_then(|(_, vendor)| *vendor)
    }

    /// Whose the receiver is, and how a report says that.
    pub(crate) fn whose(&self) -> Option<&'static (Owner, &'static str)> {
        OWNERS.iter().find(|(owner, _)| {
            let prefix: ipnet::Ipv4Net = owner.prefix.parse().unwrap();
            prefix.contains(&self.to)
        })
    }

    /// The MAC address that its frames are for.
    fn next(&self) -> Mac {
        if self.to == SEARCH {
            return SEARCH_MAC;
        }
        if self.to == RECORDER.v4 {
            return [2, 0, 0, 0, 0x50, 0x10];
        }
        let to = self.to.to_string();
        let neighbour = CAMERAS.iter().find(|camera| camera.address == to);
        neighbour.map_or(ROUTER, |camera| camera.mac)
    }
}

/// What a camera has to ask for; last what it uses first.
fn names_of(camera: &str) -> Vec<&'static str> {
    let lines = SCRIPT.lines().rev();
    let lines = lines.filter(|line| line.starts_with(camera));
    let names = lines.filter_map(|line| line.split_whitespace().nth(6));
    names.filter(|name| *name != "-").collect()
}
