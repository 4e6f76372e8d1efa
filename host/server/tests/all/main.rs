//! Tests of the server over sockets.
