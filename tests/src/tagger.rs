//! What a VLAN device does to frames that leave, on kernels that have none: the tag goes beside the frame, as the kernel
//! keeps it until the card, or whoever hears it on the way, puts it in.

use std::ffi::CString;
use std::io;
use std::mem::size_of;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use aya::programs::tc::{SchedClassifier, TcAttachType, qdisc_add_clsact};

/// Commands of bpf(2), and the type of a program that classifies (`linux/bpf.h`).
const BPF_PROG_LOAD: u32 = 5;
const BPF_OBJ_PIN: u32 = 6;
const BPF_PROG_TYPE_SCHED_CLS: u32 = 3;

/// `bpf_skb_vlan_push`, and 802.1Q as it wants that: in the order of the network.
const VLAN_PUSH: i32 = 18;
const DOT1Q: i32 = 0x8100_u16.to_be() as i32;

/// Operations: a register is set to a number, a helper is called, the program ends.
const MOVE: u8 = 0xb7;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;

/// Tags what leaves an interface, until it is dropped.
#[derive(Debug)]
pub struct Tagger(#[expect(dead_code, reason = "what it drops is what it is for")] SchedClassifier);

/// An instruction (`struct bpf_insn`).
#[derive(Clone, Copy)]
#[repr(C)]
struct Instruction {
    operation: u8,
    registers: u8,
    offset: i16,
    number: i32,
}

/// What loads a program: the beginning of `union bpf_attr`; the rest counts as zeroes.
#[repr(C)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
}

/// The same for what pins one.
#[repr(C)]
struct Pin {
    path: u64,
    descriptor: u32,
    flags: u32,
}

impl Tagger {
    /// Tags what leaves an interface of this thread's namespace. The program is pinned at a path, on a BPF file system, on
    /// its way there.
    pub fn attach(interface: &str, vlan: u16, pin: &Path) -> Result<Self> {
        let program = load(vlan).context("the program that tags")?;
        put(&program, pin).context("its pin")?;
        let mut program = SchedClassifier::from_pin(pin)?;
        // Newer kernels do without; there the same stands beside it.
        drop(qdisc_add_clsact(interface));
        program
            .attach(interface, TcAttachType::Egress)
            .with_context(|| format!("tags on {interface}"))?;
        Ok(Self(program))
    }
}

fn load(vlan: u16) -> io::Result<OwnedFd> {
    let step = |operation, registers, number| Instruction {
        operation,
        registers,
        offset: 0,
        number,
    };
    let instructions = [
        // The frame is in the first register already.
        step(MOVE, 2, DOT1Q),
        step(MOVE, 3, vlan.into()),
        step(CALL, 0, VLAN_PUSH),
        // Go on.
        step(MOVE, 0, 0),
        step(EXIT, 0, 0),
    ];
    let license = c"GPL";
    let asked = Load {
        kind: BPF_PROG_TYPE_SCHED_CLS,
        count: 5,
        instructions: instructions.as_ptr().addr() as u64,
        license: license.as_ptr().addr() as u64,
        log_level: 0,
        log_size: 0,
        log: 0,
    };
    let descriptor = bpf(BPF_PROG_LOAD, &asked)?;
    // SAFETY: it was opened just now, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

fn put(program: &OwnedFd, path: &Path) -> Result<()> {
    use std::os::fd::AsRawFd as _;
    let path = CString::new(path.as_os_str().as_bytes())?;
    let asked = Pin {
        path: path.as_ptr().addr() as u64,
        descriptor: program.as_raw_fd().try_into()?,
        flags: 0,
    };
    bpf(BPF_OBJ_PIN, &asked)?;
    Ok(())
}

fn bpf<T>(command: u32, asked: &T) -> io::Result<i32> {
    // SAFETY: what is asked is as long as is said, and what it points to outlives the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            command,
            std::ptr::from_ref(asked),
            size_of::<T>(),
        )
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    i32::try_from(done).map_err(io::Error::other)
}
