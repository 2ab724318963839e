//! What the kernel program takes of what kernels allow: instructions for the verifier to look at, stack, and
//! memory for its code.

use anyhow::{Context as _, Result};
use aya::programs::Xdp;
use aya_obj::{
    Object,
    generated::{
        BPF_ADD, BPF_ALU64, BPF_CALL, BPF_JMP, BPF_LDX, BPF_MOV, BPF_PSEUDO_CALL, BPF_ST, BPF_STX,
        BPF_X, bpf_insn,
    },
};

use super::object;

/// What is known without a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Bytes of its instructions, before the verifier cuts what a policy does not need.
    pub bytes: usize,
    /// Bytes of stack that they use, of the 512 that there are.
    pub stack: usize,
    /// Calls of other functions of the object. There is none: 32-bit Arm's JIT takes no such calls.
    pub calls: usize,
}

/// What the kernel says of a loaded program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many instructions the verifier looked at, if the kernel tells (5.16, commit aba64c7da983).
    pub instructions: Option<u32>,
    /// Bytes of the instructions that it has left, if the kernel lets them be seen.
    pub bytes: Option<u32>,
    /// Bytes of the machine's own code, if it was compiled.
    pub machine_code: Option<u32>,
}

impl Code {
    /// Of the program in this binary.
    pub fn new() -> Result<Self> {
        object::Frames::Whole.with_object(|object| {
            let object = Object::parse(object).context("the kernel program's object")?;
            let program = object.programs.get(object::PROGRAM);
            let function =
                program.and_then(|program| object.functions.get(&program.function_key()));
            let instructions = &function.context("the object has no program")?.instructions;
            Ok(Self {
                bytes: size_of_val(instructions.as_slice()),
                stack: stack(instructions),
                calls: instructions.iter().filter(|it| is_call(**it)).count(),
            })
        })
    }
}

impl Verified {
    pub(super) fn new(program: &Xdp) -> Result<Self> {
        let info = program.info()?;
        Ok(Self {
            instructions: info.verified_instruction_count(),
            bytes: info.size_translated(),
            machine_code: Some(info.size_jitted()).filter(|bytes| *bytes > 0),
        })
    }
}

/// How far below the frame pointer anything is read, written or pointed to, by the instructions in the order in
/// which they stand. The verifier finds no more, since it looks at no others.
fn stack(instructions: &[bpf_insn]) -> usize {
    let mut depth = 0;
    // What each register points to, below the frame pointer.
    let mut pointers = [None; REGISTERS];
    if let Some(frame) = pointers.last_mut() {
        *frame = Some(0);
    }
    let at = |pointers: &[Option<i32>; REGISTERS], register: u8| {
        pointers.get(usize::from(register)).copied().flatten()
    };
    for instruction in instructions {
        let code = u32::from(instruction.code);
        let class = code & CLASS;
        let (to, from) = (instruction.dst_reg(), instruction.src_reg());
        let touched = match class {
            BPF_LDX => at(&pointers, from).map(|base| base + i32::from(instruction.off)),
            BPF_ST | BPF_STX => at(&pointers, to).map(|base| base + i32::from(instruction.off)),
            _ => None,
        };
        let pointer = match code {
            MOVE => at(&pointers, from),
            ADD => at(&pointers, to).map(|base| base + instruction.imm),
            _ => None,
        };
        let deepest = touched.into_iter().chain(pointer).min().unwrap_or(0);
        depth = depth.max(deepest.unsigned_abs());
        let writes = !matches!(class, BPF_ST | BPF_STX) && to != FRAME_POINTER;
        if let (true, Some(register)) = (writes, pointers.get_mut(usize::from(to))) {
            *register = pointer;
        }
    }
    usize::try_from(depth).unwrap_or(usize::MAX)
}

fn is_call(instruction: bpf_insn) -> bool {
    let source = u32::from(instruction.src_reg());
    u32::from(instruction.code) == BPF_JMP | BPF_CALL && source == BPF_PSEUDO_CALL
}

/// `BPF_CLASS` (`linux/bpf_common.h`).
const CLASS: u32 = 0x07;
const MOVE: u32 = BPF_ALU64 | BPF_MOV | BPF_X;
const ADD: u32 = BPF_ALU64 | BPF_ADD;

/// `MAX_BPF_REG`, the last of which is the frame pointer.
const REGISTERS: usize = 11;
const FRAME_POINTER: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight bytes each.
    const LOAD: u8 = 0x79;
    const STORE: u8 = 0x7b;

    #[test]
    fn the_stack_is_as_deep_as_the_deepest_that_is_pointed_to() {
        let mut steps = vec![
            step(STORE, 10, 1, -8, 0),
            // r2 = r10 - 64
            step(0xbf, 2, 10, 0, 0),
            step(0x07, 2, 0, 0, -64),
            step(LOAD, 2, 2, 16, 0),
            // By now r2 is what was read, and no pointer into the stack.
            step(LOAD, 3, 2, -500, 0),
        ];
        assert_eq!(stack(&steps), 64);
        steps.push(step(STORE, 10, 3, -72, 0));
        assert_eq!(stack(&steps), 72);
        assert_eq!(stack(&[]), 0);
    }

    fn step(code: u8, to: u8, from: u8, off: i16, imm: i32) -> bpf_insn {
        bpf_insn {
            code,
            _bitfield_align_1: [],
            _bitfield_1: bpf_insn::new_bitfield_1(to, from),
            off,
            imm,
        }
    }
}
