//! The command line. What `--help` says is the reference documentation.

mod formats;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use ipnet::IpNet;
use jiff::Timestamp;

pub use self::formats::{CheckFormat, ReportFormat};
pub use self::words::{FrameBytes, FromPort};

use crate::{
    directories::Directories,
    events::Format,
    ledger,
    policy::{MacPrefix, NamePattern, PortRange, parse_prefix, parse_time},
};

/// Keeps cameras on the destinations that their owner named: a kernel program drops every other
/// frame that they send.
#[derive(Debug, Parser)]
#[command(name = "enforcer", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Say more; twice: also what the kernel program says of itself
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Where everything that outlives a process is kept.
    #[command(flatten)]
    #[command(next_help_heading = "Directories")]
    pub directories: Directories,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 the answer is no, or another failure; 2 wrong command \
line; 3 the daemon does not run; 4 the policy cannot be put in force; 5 no privilege; 6 the kernel \
lacks something; 7 an interface or the directories are taken; 130 ended by Ctrl-C (replay)";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Put a policy in force and keep it there
    ///
    /// Loads the policy, proves the loaded program against it, attaches it to the interfaces that the
    /// policy names, and tells about drops. A change of any file of the policy, or SIGHUP, puts the new
    /// policy in force in one step; one that is wrong is reported and changes nothing. If it is wrong or not
    /// there at the start, the last good policy is put in force in its place, and `enforcer status` says so.
    /// Enforcement goes on when this stops, however it stops: only `enforcer detach` ends it.
    ///
    /// Exits 0 when it is told to end, 2 if `--listen` is an address that others reach and there is no token, 4 if the
    /// policy cannot be put in force and nothing can stand in for it, 7 if every interface is somebody else's or another
    /// daemon runs on these directories.
    Run(Run),
    /// Say what is wrong with a policy, if anything; needs no privileges and no kernel
    ///
    /// Warnings are about what is allowed and probably not meant; with `--strict` they count as problems. People are shown
    /// the first fifty findings, programs all. With `--config` it also says whether `run` would take a file of the
    /// daemon's own settings.
    ///
    /// Exits 0 if it is a policy, 1 if not or if `--strict` refuses its warnings, and 2 if only the settings are wrong.
    Check(Check),
    /// Say what two policies mean differently; needs no privileges and no kernel
    ///
    /// By meaning, not by text: for each camera what it reaches in the new policy and not in the old
    /// (+), what it no longer reaches (-), and what else differs (~). Reordering, renaming a list or a
    /// group, and splitting a prefix are no difference. Cameras are told apart by their names; those
    /// with the same change are told together.
    ///
    /// Where a daemon runs, it is asked for its ledger. Then those flows of the last day are shown too that the two
    /// policies judge differently.
    ///
    /// Exits 0 if the policies mean the same, 1 if not or if one of them is not valid.
    Diff(Diff),
    /// Say what becomes of a frame, and why; needs no privileges and no kernel
    ///
    /// Builds the frame that a camera would send (from its own MAC address and VLAN, and the first
    /// address that it is bound to) and judges it as the kernel would. Tells the verdict, the reason,
    /// the line of the policy that decides, and for a frame that is dropped what is missing.
    ///
    /// Exits 0 if the frame passes, 1 if it is dropped or would be (audit) or the policy is not valid, 2 if the policy has
    /// no such camera or interface.
    Explain(Explain),
    /// Say what a policy would have done to a capture; needs no router
    ///
    /// Judges every frame of a pcap or pcapng file by the program as the kernel runs it: loaded for this alone,
    /// attached to nothing, counting nothing, beside whatever is in force. Without the privileges for that, or with
    /// `--host`, the same code judges outside the kernel, with the same answer. Tells frames by verdict, camera and
    /// reason, and where those that are dropped wanted to go.
    ///
    /// With `--against OLD` every frame is judged by both policies: what becomes allowed, and what becomes dropped.
    ///
    /// On a terminal it shows how far it is. A capture may have no end (`tcpdump -i lan-cam1 -w - | enforcer replay - ...`):
    /// at Ctrl-C it tells what was read so far, and at a second Ctrl-C it ends at once.
    ///
    /// Exits 0 if the capture was read to its end, 1 if the policies judge a frame differently or one of them is not
    /// valid, 2 if the capture is not whole or the policy has no such interface, 130 at Ctrl-C; what was read of it is
    /// told all the same.
    Replay(Replay),
    /// Draft a policy of what cameras were seen to send
    ///
    /// It reads the ledger, best after some days of audit, or a capture. The draft has the fewest `allow` rules that cover
    /// two things: what stayed in the network, and what went to addresses in the policy's own lists, public ones too. Rules
    /// name these lists where they can, and have counts and dates as comments. Interfaces, lists, cameras, `deny` and
    /// `link` are those of the policy. Cameras that need the same share a group.
    ///
    /// What else leaves the network, looks for other devices or happened once is left out, since a camera may be in
    /// somebody else's hands already. It is listed with the reason, and `--include` has it drafted all the same. The draft
    /// goes to the standard output, and to standard error what you should look at.
    ///
    /// Exits 0 if there is a draft, 1 if nothing was seen to draft of or the policy is not valid, 2 if nothing is in force
    /// and there is no `--policy`, the policy has no such camera or interface, `-o` is a file of its own, a file of
    /// `--owners` cannot be read, or the capture is not whole (what was read of it is drafted all the same), 3 if neither a
    /// daemon runs nor a ledger is there, 5 if only root may look.
    Learn(Learn),
    /// Print the JSON Schema of a policy, for editors; needs no privileges and no kernel
    ///
    /// Draft 7. With it an editor completes keys and words, shows what they mean, and marks what is
    /// wrong while it is written. What a schema cannot say, `enforcer check` tells: names that nothing
    /// defines, host bits, cameras that cannot be told apart.
    ///
    /// With `--api`: what the daemon answers at its control socket, as `OpenAPI` 3.1.
    ///
    /// Exits 0.
    Schema(Schema),
    /// Print what a shell needs to complete command lines; needs no privileges and no kernel
    ///
    /// Packages bring it along. By hand, for bash:
    /// enforcer completions bash > /usr/share/bash-completion/completions/enforcer
    ///
    /// Exits 0.
    Completions(Completions),
    /// Show what is in force and what it counted; works without the daemon
    ///
    /// Asks the daemon over its control socket, so whoever may connect there can use it. Where none answers it asks the
    /// kernel, which only root may, and says that the daemon does not run (`daemon` in JSON). What is wrong stands below
    /// the interfaces, a line in capitals for each (`troubles` in JSON), as `enforcer top` and the live page have it.
    ///
    /// Exits 0 if an interface that the policy names is there, all of those are enforced, no audit is overdue, and
    /// nothing stands in for a policy that is wrong; 1 if not, or if nothing is in force; 5 if only root may look. What
    /// else is told as wrong (no daemon, settings, a policy that waits to be confirmed) leaves that 0.
    Status(Status),
    /// Show what was counted of each camera; works without the daemon
    ///
    /// Frames and bytes that the policy allows, frames and bytes that were dropped, and for which reasons. They
    /// go on across reloads and restarts, for as long as the camera's name is in the policy. As `status` it asks the
    /// daemon, and where none answers the kernel.
    ///
    /// Exits 0 if a policy is in force, 1 if none is (with `--json` the words on that are on standard error), 5 if only
    /// root may look.
    Cameras(Cameras),
    /// Show the last drops, and those to come; asks the daemon
    ///
    /// The daemon keeps the last 1,024 that it has read, whether or not it writes them anywhere. Without `--follow`
    /// those are shown, the oldest first. With it the last ten are, and then each as it comes, until Ctrl-C; when
    /// the daemon is started anew it goes on behind the last one shown. Who reads too slowly is told how many
    /// are missing.
    ///
    /// `--pcap FILE` writes the frames themselves in place of lines: the first 128 bytes of each, with the reason, the
    /// camera and the rule as its comment. It is for Wireshark, tshark and tcpdump, which never see a dropped frame on the
    /// router itself. `enforcer events --follow --pcap - | tshark -r -` shows them as they come.
    ///
    /// Exits 0 if they were shown, 1 if they cannot be written, 2 if no camera or reason has such a name, 3 if the daemon
    /// does not run, 5 if only its group may ask it.
    Events(Events),
    /// Show what each camera sent where, and what became of it
    ///
    /// A line for each destination and service: how many frames and bytes, when the first and the last came,
    /// allowed or dropped and why. Counts are exact, also of drops that no event told; they are kept by the
    /// hour, and after two days by the day, for 30 days, across restarts. A camera that makes up destinations
    /// without end gets one line for all that have no room; other cameras' lines stay.
    ///
    /// Where names or owners of receivers are known, they have columns of their own; `docs/names.md` says how they come
    /// to be.
    ///
    /// Without a daemon it reads what is kept, and what the kernel has counted since. Times in the table are in the
    /// machine's zone, in JSON and CSV in UTC.
    ///
    /// Exits 0, 1 if what is kept cannot be read or written, 2 if neither the policy in force nor the ledger has such a
    /// camera or a file of `--owners` cannot be read, 3 if neither a daemon runs nor a ledger is there, or 5 if only root
    /// may look.
    Ledger(Ledger),
    /// Say what cameras did in a period: whom they called, what passed, what is new
    ///
    /// It is made of the ledger, so it counts every frame. It has a summary; what was called for the first time since the
    /// last report; each camera with what was dropped and allowed, and when; the lines of the policy that let something
    /// through; and each destination and service, with whether it is encrypted, by the first bytes of frames or else by the
    /// port. With `--format html` it is one file for a browser, to be kept, mailed or printed.
    ///
    /// A report of all cameras that is written with `-o` is remembered: those after it tell what is new since then,
    /// however short their period is. One on a terminal or in a pipe is not, nor one with `--new-since` or `--until`, so
    /// looking in passing takes nothing from the next one that is kept.
    ///
    /// Without a daemon it reads what is kept, and what the kernel has counted since.
    ///
    /// Exits 0, 1 if the file cannot be written, 2 if the period ends before it begins or a file of `--owners` cannot be
    /// read, 3 if neither a daemon runs nor a ledger is there, or 5 if only root may look.
    Report(Report),
    /// Watch cameras live, in a terminal: who is dropped how often, where it tries to go, and why
    ///
    /// Asks the daemon over its control socket, once a second, and shows events as they come. The first line says
    /// whether everything that should be in force is. Enter opens a camera, `/` shows only what matches a name, a
    /// reason or an address, `?` says what other keys do. Without a daemon it waits for one. Without colours where
    /// `NO_COLOR` is set, and with letters alone where TERM is `linux` or `dumb`.
    ///
    /// Exits 0, or 2 without a terminal.
    Top,
    /// Have the daemon put the policy in force as its files are now
    ///
    /// Answers when it is in force. If it cannot be, it says everything that is wrong with it, and what was in force stays.
    ///
    /// With `--confirm 60s` the policy is in force until `enforcer confirm` keeps it. If that does not come
    /// in time, because the policy cuts off the very connection that it would come over, what was in force
    /// before is in force again, even if the daemon is killed or the machine reboots meanwhile.
    /// Until then no other policy is put in force; files that change are left alone. It tells which of the flows
    /// that were seen in the last day are dropped now and were not, or the other way round.
    ///
    /// Exits 0 if it is in force, 1 if another waits to be confirmed, 3 if the daemon does not run, 4 if the policy cannot
    /// be put in force, 5 if only root may, 7 if an interface is somebody else's.
    Reload(Reload),
    /// Keep the policy that `enforcer reload --confirm` has put in force
    ///
    /// Exits 0 if it stays, 1 if none waits, 3 if the daemon does not run, 5 if only root may.
    Confirm,
    /// Put the policy in force again that was before this one
    ///
    /// Its program is still loaded: nothing is read, compiled or proved, and counters go on. What is in force now is then
    /// what the next `revert` goes back to. If a daemon runs, it does this. It leaves the policy file alone until the file
    /// changes or `enforcer reload` is run, and so does a daemon that is started later.
    ///
    /// Exits 0 if it is in force, 1 if there is nothing to go back to or it cannot be put in force, 5 if only root may, 7
    /// if an interface is somebody else's.
    Revert(Revert),
    /// Say what keeps the policy from holding on this router, and what to run about it
    ///
    /// Looks at the interfaces that the policy names and at the machine: whether the program is there, what takes
    /// a way round it (bridges, switch chips, hardware that forwards by itself, VLAN tags that are taken
    /// off), what would stop the daemon. It asks the kernel and changes nothing. Where it cannot tell, it says so and why.
    ///
    /// Exits 1 if frames get past the program, 5 if none are known to and root would know more, else 0.
    Doctor(Doctor),
    /// End enforcement: every camera reaches everything again
    ///
    /// Asks first. Stops the daemon, if one runs, takes the program off every interface and forgets the counters.
    ///
    /// Exits 0 if nothing is in force, 1 if it was not meant, 5 if only root may, 7 if the daemon does not stop.
    Detach(Detach),
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// The policy: a file, or a directory of which every `*.yaml` is read
    #[arg(long, value_name = "PATH")]
    pub policy: PathBuf,
    /// Take the policy even if others than root and the one who runs this can write its files, or the
    /// directories that they are in; for labs
    #[arg(long)]
    pub allow_insecure_policy: bool,
    /// Where the policy cannot be put in force and there is no last good one: let nothing pass on the interfaces of
    /// `--interface` but link housekeeping (ARP, DHCP, neighbour discovery), until the policy is mended
    #[arg(long, requires = "interface")]
    pub fail_closed: bool,
    /// An interface for `--fail-closed`, by its name or a pattern (`lan-cam*`); may be given again
    #[arg(long, value_name = "NAME", requires = "fail_closed")]
    pub interface: Vec<NamePattern>,
    /// Where drop events go, one a line: a file, which is appended to and opened anew when it was moved, or
    /// `-` for the standard output; without this or `--config`, drops are counted and nothing more
    #[arg(long, value_name = "PATH")]
    pub events: Option<PathBuf>,
    /// How events are written
    #[arg(long, value_enum, default_value_t = Format::Eve)]
    pub format: Format,
    /// The daemon's own settings, in a file (enforcer.yaml), in place of `--events` and `--format`. `sinks`: where drop
    /// events go, to any number of files, unix sockets, syslog servers and the journal at once; without it nowhere.
    /// `ledger`: for how long it is kept what cameras sent where. `names`, `owners`: by which name and whose that is.
    /// A file that is wrong keeps no policy from being in force: the daemon goes on without it and says so;
    /// `enforcer check --config` tells beforehand
    #[arg(long, value_name = "PATH", conflicts_with_all = ["events", "format"])]
    pub config: Option<PathBuf>,
    /// How many events a second are told of each camera; drops above that are counted and not told
    #[arg(long, value_name = "NUMBER", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    pub event_rate: u32,
    /// Serve metrics, status and a page for browsers over HTTP here, to look and not to change: 127.0.0.1:9797. An address
    /// that other machines can reach takes --listen-token-file
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Whoever asks at `--listen` must send what stands in this file, as a bearer token
    #[arg(long, value_name = "FILE", requires = "listen")]
    pub listen_token_file: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The policy: a file, or a directory of which every `*.yaml` is read
    #[arg(value_name = "PATH", required_unless_present = "config")]
    pub policy: Option<PathBuf>,
    /// The daemon's own settings (enforcer.yaml), beside a policy or without one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Let warnings count as problems: exit 1 if there is one
    #[arg(long)]
    pub strict: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub format: CheckFormat,
    /// As one JSON document: short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The old policy: a file, or a directory of which every `*.yaml` is read
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The new policy, in the same way
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Read the ledger where no daemon runs, too, and say so if it cannot be read
    #[arg(long)]
    pub ledger: bool,
    /// What was seen since then: how long ago, like 90m or 7d, or a date, or a time with its offset [default: a day ago]
    #[arg(long, value_name = "TIME", value_parser = ledger::since)]
    pub since: Option<Timestamp>,
    /// As one JSON document, with every prefix and flow
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The policy: a file, or a directory of which every `*.yaml` is read
    #[arg(long, value_name = "PATH")]
    pub policy: PathBuf,
    /// The camera that sends
    #[arg(long, value_name = "NAME", required_unless_present = "frame")]
    pub camera: Option<String>,
    /// The address that it sends to
    #[arg(long, value_name = "ADDRESS", required_unless_present = "frame")]
    pub to: Option<IpAddr>,
    /// The port there: tcp/443, udp/53; without any port it is a ping
    #[arg(long, value_name = "PORT", value_parser = words::port)]
    pub port: Option<PortRange>,
    /// The camera's own port, from which it answers: 554, udp/8000; without a protocol that of --port, else TCP
    #[arg(long, value_name = "PORT", value_parser = words::from_port)]
    pub from_port: Option<FromPort>,
    /// With `--from-port`: it opens a connection (SYN), and does not answer
    #[arg(long, requires = "from_port")]
    pub syn: bool,
    /// A whole frame in place of camera and ports: hexadecimal, with or without `:`, `-`, `.` or blanks
    #[arg(long, value_name = "HEX", value_parser = words::frame,
          conflicts_with_all = ["camera", "to", "port", "from_port"])]
    pub frame: Option<FrameBytes>,
    /// The interface that it comes in on [default: one where the camera may be]
    #[arg(long, value_name = "NAME")]
    pub interface: Option<String>,
    /// When: a date, or a time with its offset, like 2030-01-31T18:00:00+01:00; matters where an audit
    /// ends [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<Timestamp>,
    /// As one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Replay {
    /// The capture: pcap or pcapng, Ethernet or Linux cooked; `-` for the standard input
    #[arg(value_name = "CAPTURE")]
    pub capture: PathBuf,
    /// The policy: a file, or a directory of which every `*.yaml` is read
    #[arg(long, value_name = "PATH")]
    pub policy: PathBuf,
    /// Judge by this policy, too, and tell what is different: the old one of `diff OLD NEW`
    #[arg(long, value_name = "OLD")]
    pub against: Option<PathBuf>,
    /// The interface that frames came in on, where the capture names none that the policy is for [default: for each
    /// one where its sender may be]
    #[arg(long, value_name = "NAME")]
    pub interface: Option<String>,
    /// When: a date, or a time with its offset, like 2030-01-31T18:00:00+01:00; matters where an audit
    /// ends [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<Timestamp>,
    /// Judge outside the kernel: needs no privileges
    #[arg(long)]
    pub host: bool,
    /// Leave out frames that no camera of the policy sent
    #[arg(long)]
    pub only_cameras: bool,
    /// All cameras and destinations, those that are allowed too, in place of the ten with most drops
    #[arg(long)]
    pub all: bool,
    /// As one JSON document, with every destination
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `learn`.
#[derive(Debug, Args)]
pub struct Learn {
    /// The policy that says which interfaces, lists and cameras there are [default: the one in force]
    #[arg(long, value_name = "PATH")]
    pub policy: Option<PathBuf>,
    /// Learn from this capture in place of the ledger: a file, pcap or pcapng, Ethernet or Linux cooked
    #[arg(long, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// Draft for this camera alone, and leave the others in their groups; may be given again
    #[arg(long, value_name = "NAME")]
    pub camera: Vec<String>,
    /// Of the ledger, what was seen since then: how long ago, like 90m or 7d, or a date, or a time with its offset
    #[arg(long, value_name = "TIME", value_parser = ledger::since, conflicts_with = "capture")]
    pub since: Option<Timestamp>,
    /// Draft what goes to this address, or to one in this prefix, whatever is thought of it; may be given again
    #[arg(long, value_name = "PREFIX", value_parser = parse_prefix)]
    pub include: Vec<IpNet>,
    /// Draft a camera for each sender with this MAC address, or one that begins so, that is no camera of the policy; may
    /// be given again
    #[arg(long, value_name = "MAC", requires = "capture")]
    pub stranger: Vec<MacPrefix>,
    /// The interface that frames of the capture came in on, where it names none that the policy is for [default: for
    /// each one where its sender may be]
    #[arg(long, value_name = "NAME", requires = "capture")]
    pub interface: Option<String>,
    /// Say whose the addresses are that are left out, by this MMDB file, of `MaxMind`, DB-IP or `IPinfo`; may be given
    /// again. A daemon's ledger has that already where `enforcer.yaml` names such files
    #[arg(long, value_name = "FILE")]
    pub owners: Vec<PathBuf>,
    /// Where the draft goes, in place of what is there; `-` is the standard output [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// As one JSON document: the draft as a text, with every flow that it covers or leaves out
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// Describe what the daemon answers at its control socket in place of a policy
    #[arg(long)]
    pub api: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// As one JSON document, rules included
    #[arg(long)]
    pub json: bool,
    /// Also how many frames each rule let through or denied since this generation is in force
    #[arg(long)]
    pub rules: bool,
}

/// Arguments of `cameras`.
#[derive(Debug, Args)]
pub struct Cameras {
    /// As one JSON document: a list
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct Events {
    /// Go on with those to come
    #[arg(short, long)]
    pub follow: bool,
    /// How many of the last, of those that are asked for [default: all that are kept; 10 with --follow]
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub last: Option<usize>,
    /// Of this camera; may be given again
    #[arg(long, value_name = "NAME")]
    pub camera: Vec<String>,
    /// For this reason, as `not_allowed`; may be given again
    #[arg(long, value_name = "NAME")]
    pub reason: Vec<String>,
    /// To this address, or to one in this prefix; may be given again
    #[arg(long, value_name = "PREFIX")]
    pub to: Vec<String>,
    /// How they are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// As JSON, one object a line: short for `--format eve`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// The frames themselves, for Wireshark, tshark and tcpdump: to this file in place of what it holds, or to `-`, the
    /// standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "json"])]
    pub pcap: Option<PathBuf>,
}

/// Arguments of `ledger`.
#[derive(Debug, Args)]
pub struct Ledger {
    /// Of this camera alone; may be given again
    #[arg(long, value_name = "NAME")]
    pub camera: Vec<String>,
    /// To addresses in this prefix alone; may be given again
    #[arg(long, value_name = "PREFIX", value_parser = parse_prefix)]
    pub to: Vec<IpNet>,
    /// Seen since then: how long ago, like 90m or 7d, or a date, or a time with its offset
    #[arg(long, value_name = "TIME", value_parser = ledger::since)]
    pub since: Option<Timestamp>,
    /// Say whose the receivers are by this MMDB file, of `MaxMind`, DB-IP or `IPinfo`; may be given again. A daemon knows
    /// that by itself where `enforcer.yaml` names such files
    #[arg(long, value_name = "FILE")]
    pub owners: Vec<PathBuf>,
    /// As one JSON document: a list
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// As comma-separated values with a head, for spreadsheets
    #[arg(long)]
    pub csv: bool,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// When the period begins: how long ago, like 24h or 30d, or a date, or a time with its offset [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = ledger::since)]
    pub since: Option<Timestamp>,
    /// When the period ends, in the same words: a date is its first second in UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = ledger::since)]
    pub until: Option<Timestamp>,
    /// What was called for the first time since then is new [default: when the last report of all cameras was made with
    /// `-o`; else, and with `--until`, when the period begins]
    #[arg(long, value_name = "TIME", value_parser = ledger::since)]
    pub new_since: Option<Timestamp>,
    /// Of this camera alone; may be given again
    #[arg(long, value_name = "NAME")]
    pub camera: Vec<String>,
    /// Say whose the receivers are by this MMDB file, of `MaxMind`, DB-IP or `IPinfo`; may be given again. A daemon knows
    /// that by itself where `enforcer.yaml` names such files
    #[arg(long, value_name = "FILE")]
    pub owners: Vec<PathBuf>,
    /// How it is written [default: as the name of the file ends, else text]
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// As one JSON document: short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Keep it: where it goes, in place of what is there; `-` is the standard output. The next one tells what is new since
    /// this one [default: the standard output, and not remembered]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `reload`.
#[derive(Debug, Args)]
pub struct Reload {
    /// Go back from it after this time unless `enforcer confirm` comes: 60s, 5m; up to a day
    #[arg(long, value_name = "DURATION", value_parser = words::patience)]
    pub confirm: Option<Duration>,
}

/// Arguments of `revert`.
#[derive(Debug, Args)]
pub struct Revert {
    /// Once the time of this generation is over, and only if it was not confirmed. For the timer of systemd
    #[arg(long, value_name = "GENERATION", hide = true)]
    pub unless_confirmed: Option<u32>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The policy [default: that of the daemon, and where it cannot be read, what is in force]
    #[arg(long, value_name = "PATH")]
    pub policy: Option<PathBuf>,
    /// As one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `detach`.
#[derive(Debug, Args)]
pub struct Detach {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_directories_may_stand_anywhere() {
        let cli = Cli::parse_from(["enforcer", "status", "--run-dir", "/tmp/a", "--json"]);
        assert_eq!(cli.directories.run, PathBuf::from("/tmp/a"));
        assert_eq!(cli.directories.bpffs, PathBuf::from("/sys/fs/bpf/enforcer"));
    }
}
