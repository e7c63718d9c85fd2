//! Sending at once: the database driver (sqlx 0.9.0) leaves Nagle's algorithm on, so that the end of a large statement waits
//! for the acknowledgement of its beginning, which the server's kernel holds back for 40 ms: a batch took 200 ms instead of
//! ten. The driver doesn't show its sockets, hence this look at the process's own.
//!
//! To be deleted with the first release of the driver that turns it off itself (launchbadge/sqlx#4335).

use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};

/// Turns the delay off for all of this process's connections to a port; it is off for most of them already.
pub(super) fn turn_off(port: u16) {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    for number in numbers.filter(|number| *number > 2) {
        #[expect(
            unsafe_code,
            reason = "the number comes from the system and not from an owner of the socket"
        )]
        // SAFETY: It is only looked at and has an option set, which is right for whatever socket of ours it may have become
        // meanwhile, and an error for all else.
        let socket = unsafe { BorrowedFd::borrow_raw(number) };
        let peer = rustix::net::getpeername(socket);
        let peer = peer.ok().and_then(|peer| SocketAddr::try_from(peer?).ok());
        if peer.is_some_and(|peer| peer.port() == port) {
            // It only costs time where it fails.
            let _ = rustix::net::sockopt::set_tcp_nodelay(socket, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn finds_the_connections_to_a_port_and_no_others() {
        let servers = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let connect = |server: &TcpListener| TcpStream::connect(server.local_addr().unwrap());
        let [one, other] = [&servers[0], &servers[1]].map(|server| connect(server).unwrap());
        assert!(!one.nodelay().unwrap());
        turn_off(one.peer_addr().unwrap().port());
        assert!(one.nodelay().unwrap());
        assert!(!other.nodelay().unwrap());
    }
}
