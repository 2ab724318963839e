//! What the kernel hands over: UDP from port 53 that leaves the router, and no later fragment. A program of classic
//! BPF (`Documentation/networking/filter.rst`), which every kernel runs and whoever may open the socket may attach.

use libc::{
    BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_LDX, BPF_MSH,
    BPF_RET, sock_filter,
};

/// `linux/filter.h`: the kernel's own knowledge of a frame, read like its bytes.
const SKF_AD_PKTTYPE: u32 = 0xffff_f000 + 4;

/// `linux/if_packet.h`
const PACKET_OUTGOING: u32 = 4;

const ETH_P_IP: u32 = 0x0800;
const ETH_P_IPV6: u32 = 0x86dd;
const ETH_P_8021Q: u32 = 0x8100;
const ETH_P_8021AD: u32 = 0x88a8;
const IPPROTO_UDP: u32 = 17;

/// A resolver answers from it.
const DOMAIN: u32 = 53;

/// All of the frame.
const EVERYTHING: u32 = 0x4_0000;

/// How many VLAN tags may stand in the bytes; one more may be beside them.
const TAGS: u32 = 2;

/// The program. It walks over tags and refuses whatever it cannot read, as reads past the end do by themselves.
pub(super) fn program() -> Vec<sock_filter> {
    let mut program = vec![
        load(BPF_H, BPF_ABS, SKF_AD_PKTTYPE),
        // A load of the kernel's knowledge is of 32 bits whatever is asked for.
        jump(BPF_JEQ, PACKET_OUTGOING, 1, 0),
        end(0),
    ];
    for tag in 0..=TAGS {
        let network = 14 + 4 * tag;
        let (ipv4, ipv6) = (ipv4(network), ipv6(network));
        let (four, six) = (length(&ipv4), length(&ipv6));
        program.push(load(BPF_H, BPF_ABS, network - 2));
        program.push(jump(BPF_JEQ, ETH_P_IP, 0, four));
        program.extend(ipv4);
        program.push(jump(BPF_JEQ, ETH_P_IPV6, 0, six));
        program.extend(ipv6);
        // Whatever is no tag is none of our business.
        program.push(jump(BPF_JEQ, ETH_P_8021Q, 2, 0));
        program.push(jump(BPF_JEQ, ETH_P_8021AD, 1, 0));
        program.push(end(0));
    }
    program.push(end(0));
    program
}

fn ipv4(network: u32) -> Vec<sock_filter> {
    vec![
        load(BPF_B, BPF_ABS, network + 9),
        jump(BPF_JEQ, IPPROTO_UDP, 1, 0),
        end(0),
        load(BPF_H, BPF_ABS, network + 6),
        jump(BPF_JSET, 0x1fff, 0, 1),
        end(0),
        statement(BPF_LDX | BPF_B | BPF_MSH, network),
        load(BPF_H, BPF_IND, network),
        jump(BPF_JEQ, DOMAIN, 1, 0),
        end(0),
        end(EVERYTHING),
    ]
}

fn ipv6(network: u32) -> Vec<sock_filter> {
    vec![
        load(BPF_B, BPF_ABS, network + 6),
        jump(BPF_JEQ, IPPROTO_UDP, 1, 0),
        end(0),
        load(BPF_H, BPF_ABS, network + 40),
        jump(BPF_JEQ, DOMAIN, 1, 0),
        end(0),
        end(EVERYTHING),
    ]
}

fn length(part: &[sock_filter]) -> u8 {
    part.len().try_into().unwrap_or(u8::MAX)
}

fn load(size: u32, mode: u32, offset: u32) -> sock_filter {
    statement(BPF_LD | size | mode, offset)
}

fn end(bytes: u32) -> sock_filter {
    statement(BPF_RET | BPF_K, bytes)
}

fn statement(code: u32, k: u32) -> sock_filter {
    instruction(code, k, 0, 0)
}

fn jump(condition: u32, k: u32, then: u8, otherwise: u8) -> sock_filter {
    instruction(BPF_JMP | condition | BPF_K, k, then, otherwise)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter {
        code: code.try_into().unwrap_or(0),
        jt,
        jf,
        k,
    }
}
