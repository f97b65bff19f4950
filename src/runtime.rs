//! The runtime: the only zone that spawns, sleeps and reads the clock.
//!
//! It joins the two halves of the program. On one side [`supervisor`] runs platforms and a
//! [`collector`] per node and publishes what they see as immutable snapshots; on the other
//! [`event_loop`] turns keys and snapshots into messages for `app` and draws with `view`. Between
//! them there is one `watch` channel: the latest snapshot wins, nothing queues, and a slow terminal
//! or a hung server holds up nobody else.

pub mod act;
pub mod acting;
pub mod around;
pub mod clipboard;
pub mod clock;
pub mod collector;
pub mod console;
pub mod directory;
pub mod engine;
pub mod event_loop;
pub mod executor;
pub mod explain;
pub mod fleet;
pub mod input;
pub mod inquest;
mod librarian;
pub mod lines;
pub mod logs;
pub mod observe;
pub mod pooler;
pub mod reach;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod settle;
pub mod signals;
pub mod supervisor;
pub mod taping;
pub mod terminal;
pub mod written;
