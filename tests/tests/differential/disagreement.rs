//! The kernel said something else than the host: of what frame, as short as it can be told.

use enforcer_common::Judgement;
use enforcer_tests::{
    generate::{Made, smallest},
    kernel::Program,
};

use crate::{Trial, seed};

/// Fails with the smallest frame of that kind, and how to look at it.
pub(crate) fn tell(trial: &Trial, program: &mut Program, made: &Made) -> ! {
    let Trial {
        name, text, host, ..
    } = trial;
    let interface = made.interface;
    let mut both = |frame: &[u8]| {
        let kernel = program.judge([(frame, interface)]).unwrap();
        let (verdict, _) = host.judge(frame, interface);
        (kernel.first().copied().unwrap(), Judgement::from(&verdict))
    };
    let frame = smallest(&made.frame, |frame| {
        let (kernel, host) = both(frame);
        kernel != host
    });
    let (kernel, expected) = both(&frame);
    let bytes: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = bytes.concat();
    let link = host.topology().index(interface).unwrap();
    panic!(
        "{name}: {kernel:?} in the kernel, {expected:?} on the host\n\
         seed {}\n\
         enforcer explain --policy POLICY --interface {} --frame {hex}\n\
         where POLICY is\n{text}",
        seed::of_this_run(),
        link.name
    );
}
