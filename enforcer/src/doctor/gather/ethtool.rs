//! What a driver does to frames, by the ioctl that every kernel has; generic netlink's `ethtool` is an
//! option that a router's kernel may lack. Nobody needs a privilege to ask.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use zerocopy::IntoBytes as _;

use crate::doctor::facts::{Known, Untold};
use crate::netlink::request::text;

const SIOCETHTOOL: Opcode = 0x8946;
const IFNAMSIZ: usize = 16;

// linux/ethtool.h
const ETHTOOL_GSTRINGS: u32 = 0x1b;
const ETHTOOL_GSSET_INFO: u32 = 0x37;
const ETHTOOL_GFEATURES: u32 = 0x3a;
const ETH_SS_FEATURES: u32 = 4;
/// Length of each name (`ETH_GSTRING_LEN`), in words.
const NAME: usize = 32 / 4;
/// Of each 32 features: which can be changed, which are asked for, which are on, which never change.
const BLOCK: usize = 4;
const ACTIVE: usize = 2;
/// More than any kernel has; what it says it has is not believed beyond this.
const MOST: u32 = 1024;

/// Each feature of an interface, and whether it is on.
pub(super) fn features(name: &str) -> Known<BTreeMap<String, bool>> {
    let untold = |error: Errno| Untold::new(format!("ethtool of {name}: {error}"));
    ask_all(name).map_err(untold)
}

fn ask_all(name: &str) -> Result<BTreeMap<String, bool>, Errno> {
    let family = (AddressFamily::INET, SocketType::DGRAM);
    let socket = socket_with(family.0, family.1, SocketFlags::CLOEXEC, None)?;

    // The number of names: a command, nothing, a mask of 64 bits, and a number for each bit in it.
    let mut request = [ETHTOOL_GSSET_INFO, 0, 0, 0, 0];
    let mask = (1_u64 << ETH_SS_FEATURES).as_bytes().to_vec();
    for (word, bytes) in request.iter_mut().skip(2).zip(mask.chunks(4)) {
        word.as_mut_bytes().copy_from_slice(bytes);
    }
    ask(&socket, name, &mut request)?;
    let [_, _, _, _, count] = request;
    if count > MOST {
        return Err(Errno::OVERFLOW);
    }
    let length = usize::try_from(count).unwrap_or_default();

    // The names: a command, which set, how many, and they.
    let mut names = vec![0; 3 + length * NAME];
    fill(&mut names, [ETHTOOL_GSTRINGS, ETH_SS_FEATURES, count]);
    ask(&socket, name, &mut names)?;

    // The features: a command, how many blocks there is room for, and they.
    let blocks = count.div_ceil(32);
    let mut features = vec![0; 2 + length.div_ceil(32) * BLOCK];
    fill(&mut features, [ETHTOOL_GFEATURES, blocks]);
    ask(&socket, name, &mut features)?;

    let active = features.iter().skip(2 + ACTIVE).step_by(BLOCK);
    let bits = active.flat_map(|word| (0..32).map(move |bit| word >> bit & 1 == 1));
    let names = names.get(3..).unwrap_or_default().chunks(NAME);
    let told = names.map(|name| text(name.as_bytes())).zip(bits);
    Ok(told.filter(|(name, _)| !name.is_empty()).collect())
}

fn fill<const N: usize>(request: &mut [u32], words: [u32; N]) {
    for (place, word) in request.iter_mut().zip(words) {
        *place = word;
    }
}

/// Asks one question; the answer is written over it.
fn ask(socket: &OwnedFd, interface: &str, words: &mut [u32]) -> Result<(), Errno> {
    let mut name = [0; IFNAMSIZ];
    // A name of 16 bytes has no room for its closing zero, and no interface has one.
    let bytes = interface.as_bytes();
    name.get_mut(..bytes.len())
        .filter(|_| bytes.len() < IFNAMSIZ)
        .ok_or(Errno::NODEV)?
        .copy_from_slice(bytes);
    let request = Request {
        name,
        data: words.as_mut_ptr().cast(),
        rest: [0; 16],
    };
    // SAFETY: `Request` is a `struct ifreq` whose data is a question that its caller made room for the
    // answer to: the kernel writes as many words as the question says, or as it said that there are.
    unsafe { ioctl(socket, request) }
}

/// `struct ifreq`; the rest is not looked at, and makes it as long as the longest of its kind.
#[repr(C)]
struct Request {
    name: [u8; IFNAMSIZ],
    data: *mut c_void,
    rest: [u8; 16],
}

// SAFETY: SIOCETHTOOL takes a pointer to a `struct ifreq` and writes behind its data, which `ask`
// borrows for as long as the call lasts; nothing is returned.
unsafe impl Ioctl for Request {
    type Output = ();

    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        SIOCETHTOOL
    }

    fn as_ptr(&mut self) -> *mut c_void {
        ptr::from_mut(self).cast()
    }

    unsafe fn output_from_ptr(_: IoctlOutput, _: *mut c_void) -> rustix::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_tells_its_features_by_their_names() {
        let features = features("lo").unwrap();
        // It never had any of these to take off, and always loops.
        assert_eq!(features.get("rx-vlan-hw-parse"), Some(&false));
        assert_eq!(features.get("loopback"), Some(&true));
        assert!(features.len() > 40, "{features:?}");
    }

    #[test]
    fn an_interface_that_is_not_there_tells_nothing_and_why() {
        for name in ["no-such-one", "a-name-that-is-too-long"] {
            let untold = features(name).unwrap_err();
            assert!(untold.words.contains(name), "{untold:?}");
            assert!(!untold.for_root);
        }
    }
}
