//! `global/pg_control`: how a server that does not run any more has ended.
//!
//! Pure: bytes in, facts out. Source: `src/include/catalog/pg_control.h`; the offsets are those of
//! control versions 1300 (PostgreSQL 13 to 17) and 1800 (18), and were compared with `pg_controldata`.

use crate::domain::{Lsn, Timeline};

/// The control versions whose layout is known.
const KNOWN: [u32; 3] = [1300, 1700, 1800];

/// The facts that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlFile {
    /// `pg_control_system().system_identifier`.
    pub system_identifier: u64,
    /// What the server was doing last.
    pub state: ClusterState,
    /// Where its last checkpoint record begins.
    pub checkpoint: Lsn,
    /// The timeline of that checkpoint.
    pub timeline: Timeline,
}

/// `DBState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterState {
    /// Starting up for the first time.
    StartingUp,
    /// A primary that was shut down cleanly.
    ShutDown,
    /// A standby that was shut down cleanly.
    ShutDownInRecovery,
    /// Cut off in the middle of a shutdown.
    ShuttingDown,
    /// Cut off in crash recovery.
    InCrashRecovery,
    /// A standby that runs, or was cut off.
    InArchiveRecovery,
    /// A primary that runs, or was cut off.
    InProduction,
}

/// Why the bytes tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlFileError {
    /// Too short.
    #[error("pg_control has {0} bytes: it is not a control file")]
    Short(usize),
    /// A version whose layout is not known.
    #[error("pg_control has version {0}, which howdah does not know")]
    Version(u32),
    /// A state that no version has.
    #[error("pg_control tells state {0}, which does not exist")]
    State(u32),
}

impl ControlFile {
    /// Reads the file.
    ///
    /// # Errors
    /// One sentence when it is none, or of a version that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, ControlFileError> {
        let short = || ControlFileError::Short(bytes.len());
        let u32_at = |at: usize| -> Result<u32, ControlFileError> {
            let field = bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).ok_or_else(short)?;
            Ok(u32::from_le_bytes(field))
        };
        let u64_at = |at: usize| -> Result<u64, ControlFileError> {
            let field = bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).ok_or_else(short)?;
            Ok(u64::from_le_bytes(field))
        };
        let version = u32_at(8)?;
        if !KNOWN.contains(&version) {
            return Err(ControlFileError::Version(version));
        }
        let state = match u32_at(16)? {
            0 => ClusterState::StartingUp,
            1 => ClusterState::ShutDown,
            2 => ClusterState::ShutDownInRecovery,
            3 => ClusterState::ShuttingDown,
            4 => ClusterState::InCrashRecovery,
            5 => ClusterState::InArchiveRecovery,
            6 => ClusterState::InProduction,
            other => return Err(ControlFileError::State(other)),
        };
        Ok(Self { system_identifier: u64_at(0)?, state, checkpoint: Lsn(u64_at(32)?), timeline: Timeline(u32_at(48)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u32, state: u32) -> Vec<u8> {
        let mut bytes = vec![0; 8192];
        bytes[0..8].copy_from_slice(&7385_u64.to_le_bytes());
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        bytes[16..20].copy_from_slice(&state.to_le_bytes());
        bytes[32..40].copy_from_slice(&0x3C6_68C8_u64.to_le_bytes());
        bytes[48..52].copy_from_slice(&3_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn a_clean_end_is_told() {
        let it = ControlFile::parse(&file(1300, 1)).unwrap();
        assert_eq!(it.state, ClusterState::ShutDown);
        assert_eq!((it.system_identifier, it.checkpoint, it.timeline), (7385, Lsn(0x3C6_68C8), Timeline(3)));
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert_eq!(ControlFile::parse(&file(1201, 1)), Err(ControlFileError::Version(1201)));
        assert_eq!(ControlFile::parse(&file(1300, 9)), Err(ControlFileError::State(9)));
        assert_eq!(ControlFile::parse(b"short"), Err(ControlFileError::Short(5)));
    }
}
