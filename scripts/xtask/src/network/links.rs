//! Connections between nodes that a test can cut: a proxy on loopback for each ordered pair of nodes. It needs no
//! privileges, and a node behind it notices what it would notice of a broken cable: connections end, and new ones fail.

use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Loopback answers at once or not at all.
const DIAL: Duration = Duration::from_secs(2);

/// A proxy for each ordered pair of nodes, all open at first.
pub struct Links(BTreeMap<(usize, usize), Link>);

impl Links {
    /// Links among so many nodes. They lead nowhere until [`Links::lead_to`] says where a node listens.
    pub fn among(nodes: usize) -> Result<Self> {
        let pairs = (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to)));
        let links = pairs
            .filter(|(from, to)| from != to)
            .map(|pair| Ok((pair, Link::new()?)));
        links.collect::<Result<_>>().map(Self)
    }

    /// The port at which one node reaches another.
    pub fn port(&self, from: usize, to: usize) -> Result<u16> {
        let link = self.0.get(&(from, to)).context("no such link")?;
        Ok(link.address.port())
    }

    /// Says where a node listens.
    pub fn lead_to(&self, node: usize, address: SocketAddr) {
        for ((_, to), link) in &self.0 {
            if *to == node {
                link.state().target = Some(address);
            }
        }
    }

    /// Cuts a node off from all others.
    pub fn cut(&self, node: usize) {
        self.of(node).for_each(|link| link.set(false));
    }

    /// Cuts two nodes off from each other.
    pub fn part(&self, one: usize, other: usize) {
        for pair in [(one, other), (other, one)] {
            self.0.get(&pair).into_iter().for_each(|link| link.set(false));
        }
    }

    /// Lets a node reach all others again, and them it.
    pub fn join(&self, node: usize) {
        self.of(node).for_each(|link| link.set(true));
    }

    fn of(&self, node: usize) -> impl Iterator<Item = &Link> {
        let touches = move |((from, to), _): &(&(usize, usize), &Link)| *from == node || *to == node;
        self.0.iter().filter(touches).map(|(_, link)| link)
    }
}

struct Link {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    target: Option<SocketAddr>,
    cut: bool,
    /// The link is gone, and its thread is to end.
    ended: bool,
    /// Both ends of what runs through it, so that it can be cut in the middle.
    streams: Vec<TcpStream>,
}

impl Link {
    fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let link = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        let state = link.state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&state).ended {
                    return;
                }
                // What cannot be passed on ends here: the node at the other end sees a closed connection.
                let _ = pass_on(stream, &state);
            }
        });
        Ok(link)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn set(&self, open: bool) {
        let mut state = self.state();
        state.cut = !open;
        if state.cut {
            for stream in state.streams.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.set(false);
        self.state().ended = true;
        // Wakes the thread.
        let _ = TcpStream::connect_timeout(&self.address, DIAL);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_on(near: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let target = {
        let state = lock(state);
        state.target.filter(|_| !state.cut)
    };
    let Some(target) = target else { return Ok(()) };
    let far = TcpStream::connect_timeout(&target, DIAL)?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let mut state = lock(state);
    if state.cut {
        return Ok(());
    }
    state.streams.extend([near.try_clone()?, far.try_clone()?]);
    copy(near.try_clone()?, far.try_clone()?);
    copy(far, near);
    Ok(())
}

/// Copies one direction until it ends, then tells the other side that it has.
fn copy(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// Answers each connection's bytes with the same bytes.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                copy(stream.try_clone().expect("a handle"), stream);
            }
        });
        address
    }

    fn dial(links: &Links, from: usize, to: usize) -> TcpStream {
        let address = SocketAddr::from(([127, 0, 0, 1], links.port(from, to).expect("a link")));
        let stream = TcpStream::connect(address).expect("the proxy listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a timeout");
        stream
    }

    /// What comes back of one byte; none where the connection has ended.
    fn answer(stream: &mut TcpStream) -> Option<u8> {
        stream.write_all(&[7]).ok()?;
        let mut byte = [0];
        stream.read_exact(&mut byte).ok().map(|()| byte[0])
    }

    #[test]
    fn a_cut_ends_connections_and_refuses_new_ones() {
        let links = Links::among(3).expect("ports");
        links.lead_to(1, echo());
        let mut stream = dial(&links, 0, 1);
        assert_eq!(answer(&mut stream), Some(7));
        assert_eq!(answer(&mut dial(&links, 0, 2)), None, "it leads nowhere yet");

        links.cut(1);
        assert_eq!(answer(&mut stream), None);
        assert_eq!(answer(&mut dial(&links, 0, 1)), None);
        links.join(1);
        assert_eq!(answer(&mut dial(&links, 0, 1)), Some(7));

        links.part(2, 1);
        assert_eq!(answer(&mut dial(&links, 2, 1)), None);
        assert_eq!(answer(&mut dial(&links, 0, 1)), Some(7), "others are not concerned");
    }
}
