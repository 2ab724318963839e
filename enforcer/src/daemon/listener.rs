//! What resolvers answer to cameras, heard on their interfaces by a thread of its own. It sleeps until there is an
//! answer: the kernel hands over nothing else ([`filter`]).
//!
//! What leaves the router towards a camera counts, and nothing that comes in: a camera could make that up.

mod filter;
mod frame;
mod socket;

use std::{
    collections::BTreeMap,
    os::fd::{AsFd as _, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};

use anyhow::{Context as _, Result};
use enforcer_common::compiled::Compiled;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use tracing::{error, info, warn};

use crate::{
    compile::CompiledPolicy, configuration::Configuration, events::Knowing, kernel::links::Wanted,
    labels::Labels, names::Heard, record::Record,
};

use socket::Socket;

/// How many frames of an interface are read before the others have their turn.
const AT_A_TIME: usize = 64;

/// What is known of destinations as the settings ask for it, and who listens, if somebody does.
pub(super) fn start(wanted: &Configuration) -> Result<(Knowing, Option<Listener>)> {
    let labels = Arc::new(Labels::of_files(&wanted.owners));
    if !wanted.names {
        return Ok((Knowing::new(None, labels), None));
    }
    let heard = Heard::default();
    let listener = Listener::start(heard.clone())?;
    Ok((Knowing::new(Some(heard), labels), Some(listener)))
}

/// The thread, until this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    heard: Heard,
    orders: Arc<Orders>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is told, and how it is woken for it.
#[derive(Debug)]
struct Orders {
    order: Mutex<Option<Order>>,
    wake: OwnedFd,
}

#[derive(Debug)]
enum Order {
    Listen(Place),
    Stop,
}

/// Where to listen, and what says which camera something is for.
#[derive(Debug)]
struct Place {
    tables: Arc<Compiled<CompiledPolicy>>,
    interfaces: BTreeMap<u32, String>,
}

impl Listener {
    /// Starts to listen, for now nowhere.
    fn start(heard: Heard) -> Result<Self> {
        let orders = Arc::new(Orders {
            order: Mutex::default(),
            wake: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).context("eventfd")?,
        });
        let work = Work {
            heard: heard.clone(),
            orders: Arc::clone(&orders),
            tables: None,
            enforced: Vec::new(),
            sockets: BTreeMap::new(),
            complaint: String::new(),
        };
        let thread = thread::Builder::new().name("names".to_owned());
        let thread = thread.spawn(move || work.run());
        Ok(Self {
            heard,
            orders,
            thread: Some(thread.context("the thread for names")?),
        })
    }

    /// Listens for the cameras of a generation on the interfaces that it is in force on.
    pub(super) fn follow(
        &self,
        tables: &Arc<Compiled<CompiledPolicy>>,
        record: &Record,
        interfaces: &[Wanted],
    ) {
        let cameras = record.cameras.iter();
        self.heard
            .know(cameras.map(|(id, camera)| (*id, camera.name.as_str())));
        let interfaces = interfaces.iter();
        self.order(Order::Listen(Place {
            tables: Arc::clone(tables),
            interfaces: interfaces.map(|it| (it.index, it.name.clone())).collect(),
        }));
    }

    fn order(&self, order: Order) {
        let mut place = self
            .orders
            .order
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some(order);
        drop(place);
        if let Err(error) = rustix::io::write(&self.orders.wake, &1_u64.to_be_bytes()) {
            warn!("the thread for names is not told what to do: {error}");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.order(Order::Stop);
        let ended = self.thread.take().map(JoinHandle::join);
        if ended.is_some_and(|ended| ended.is_err()) {
            error!("the thread for names has panicked; nothing but names was lost");
        }
    }
}

struct Work {
    heard: Heard,
    orders: Arc<Orders>,
    tables: Option<Arc<Compiled<CompiledPolicy>>>,
    enforced: Vec<u32>,
    sockets: BTreeMap<u32, Socket>,
    /// Why it does not listen, as it was told.
    complaint: String,
}

impl Work {
    fn run(mut self) {
        let mut room = frame::Room::default();
        loop {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(error) => {
                    error!(
                        "names are no longer heard, until the daemon is started anew: {error:#}"
                    );
                    return;
                }
            };
            for interface in ready {
                self.hear(interface, &mut room);
            }
            match self.take_order() {
                Some(Order::Stop) => return,
                Some(Order::Listen(place)) => self.listen(place),
                None => {}
            }
        }
    }

    /// Waits for orders and frames; the interfaces that have some.
    fn wait(&self) -> Result<Vec<u32>> {
        let sockets = self.sockets.values().map(Socket::as_fd);
        let all = [self.orders.wake.as_fd()].into_iter().chain(sockets);
        let mut all: Vec<_> = all
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        match poll(&mut all, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("poll"),
        }
        let sockets = all.iter().skip(1).zip(self.sockets.keys());
        let ready = sockets.filter(|(polled, _)| !polled.revents().is_empty());
        Ok(ready.map(|(_, interface)| *interface).collect())
    }

    fn take_order(&self) -> Option<Order> {
        let mut counted = [0; 8];
        // Nothing to read: nobody has woken it.
        rustix::io::read(&self.orders.wake, &mut counted).ok()?;
        let mut place = self
            .orders
            .order
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        place.take()
    }

    fn listen(&mut self, place: Place) {
        let Place { tables, interfaces } = place;
        self.tables = Some(tables);
        self.enforced = interfaces.keys().copied().collect();
        self.sockets
            .retain(|index, _| interfaces.contains_key(index));
        let mut complaint = String::new();
        let mut begun = Vec::new();
        for (index, name) in interfaces {
            if self.sockets.contains_key(&index) {
                continue;
            }
            match Socket::open(index) {
                Ok(socket) => {
                    self.sockets.insert(index, socket);
                    begun.push(name);
                }
                Err(error) => complaint = format!("{name}: {error:#}"),
            }
        }
        if !begun.is_empty() {
            info!("names are heard on {}", begun.join(", "));
        }
        if complaint != self.complaint && !complaint.is_empty() {
            error!(
                "names are not heard on every interface, and what goes there has none: {complaint}"
            );
        }
        self.complaint = complaint;
    }

    fn hear(&self, interface: u32, room: &mut frame::Room) {
        let (Some(socket), Some(tables)) = (self.sockets.get(&interface), &self.tables) else {
            return;
        };
        for _ in 0..AT_A_TIME {
            let Some(received) = room.receive(socket) else {
                return;
            };
            let told = frame::read(
                received,
                interface,
                self.enforced.iter().copied(),
                tables.as_ref(),
            );
            if let Some((camera, answer)) = told {
                self.heard.note(camera, &answer, Instant::now());
            }
        }
    }
}
