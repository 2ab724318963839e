//! Frames that nobody thought of: noise, named cases gone wrong, and near-misses ([`any_frame`]); what
//! comes of each when it is cut, tagged and bent (`variants`); and policies to judge them by
//! ([`any_policy`]).

use proptest::{
    collection::vec,
    prelude::{BoxedStrategy, Just, Strategy, any},
    prop_oneof,
    sample::{Index, select},
    strategy::Union,
};

use crate::cases::{Ports, suites};
use crate::frame::SHORTEST;

mod near;
mod policy;
mod smallest;
mod variants;

pub use policy::any_policy;
pub use smallest::smallest;
pub use variants::variants;

/// The longest frame that is made up.
pub const LONGEST: usize = 200;

/// What happens to a frame on its way.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// A byte becomes another.
    Set(Index, u8),
    /// A bit flips.
    Flip(Index, u8),
    /// The end is cut off.
    Cut(Index),
    /// Something is behind it.
    Extend(u8, u8),
}

/// A frame that was made up, and the index of the interface that it comes in on.
#[derive(Clone, Debug)]
pub struct Made {
    /// From [`SHORTEST`] to [`LONGEST`] bytes.
    pub frame: Vec<u8>,
    /// One of the router's.
    pub interface: u32,
}

/// A bit of everything, for a router whose interfaces have these indexes.
pub fn any_frame(ports: &Ports) -> impl Strategy<Value = Made> + use<> {
    let ports = *ports;
    let interface = prop_oneof![
        5 => Just(ports.cameras),
        2 => Just(ports.trunk),
        2 => Just(ports.mixed),
        1 => Just(ports.uplink),
    ];
    let near = || near::frame().prop_map(Vec::<u8>::from);
    let frame = prop_oneof![
        1 => noise(),
        3 => broken(cases(&ports)),
        4 => near(),
        2 => broken(near().boxed()),
    ];
    let somewhere = (frame, interface).prop_map(|(frame, interface)| Made { frame, interface });
    somewhere.prop_map(|made| Made {
        frame: fit(made.frame),
        ..made
    })
}

/// Bytes without any meaning.
pub fn noise() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), SHORTEST..=LONGEST)
}

/// The frames of the named cases.
fn cases(ports: &Ports) -> BoxedStrategy<Vec<u8>> {
    let suites = suites(ports).into_iter();
    let frames: Vec<_> = suites
        .flat_map(|suite| suite.cases)
        .map(|case| case.frame)
        .collect();
    select(frames).boxed()
}

/// A frame to which up to three things happened.
fn broken(frame: BoxedStrategy<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (frame, vec(mishap(), 0..=3)).prop_map(|(frame, mishaps)| {
        mishaps.iter().fold(frame, |mut frame, mishap| {
            mishap.befall(&mut frame);
            frame
        })
    })
}

fn mishap() -> impl Strategy<Value = Mishap> {
    Union::new_weighted(vec![
        (
            2,
            (any::<Index>(), any::<u8>())
                .prop_map(|(at, byte)| Mishap::Set(at, byte))
                .boxed(),
        ),
        (
            3,
            (any::<Index>(), 0..8_u8)
                .prop_map(|(at, bit)| Mishap::Flip(at, bit))
                .boxed(),
        ),
        (2, any::<Index>().prop_map(Mishap::Cut).boxed()),
        (
            1,
            (any::<u8>(), 1..60_u8)
                .prop_map(|(byte, count)| Mishap::Extend(byte, count))
                .boxed(),
        ),
    ])
}

impl Mishap {
    fn befall(self, frame: &mut Vec<u8>) {
        let length = frame.len().max(1);
        match self {
            Self::Set(at, byte) => {
                if let Some(place) = frame.get_mut(at.index(length)) {
                    *place = byte;
                }
            }
            Self::Flip(at, bit) => {
                if let Some(place) = frame.get_mut(at.index(length)) {
                    *place ^= 1 << bit;
                }
            }
            Self::Cut(at) => frame.truncate(at.index(length)),
            Self::Extend(byte, count) => frame.extend(vec![byte; usize::from(count)]),
        }
    }
}

/// The frame in a length that the kernel takes and that is not boring.
fn fit(mut frame: Vec<u8>) -> Vec<u8> {
    frame.resize(frame.len().clamp(SHORTEST, LONGEST), 0);
    frame
}
