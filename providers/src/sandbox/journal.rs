//! The sandbox's journal: one JSON line per fact, only appended, on disk before anybody is answered.
use crate::Event;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::purpose::Purpose;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use uuid::Uuid;

/// It holds addresses and texts.
const FOR_ITS_OWNER: u32 = 0o600;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// Something reached the sandbox. Two of one message with an external id are a message sent twice.
    Receipt(Receipt),
    /// The script lost a request before it reached the sandbox. Kept so that the script goes on from the right act.
    NeverReceived {
        at: Timestamp,
        message_id: Uuid,
        to: String,
    },
    /// An event was due and told for the first time at `at`.
    Event {
        key: String,
        at: Timestamp,
        event: Event,
    },
    /// The product stored an event.
    Acknowledged { key: String, at: Timestamp },
}

/// What reached the sandbox, and how it answered. `at` is the business time of the hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub at: Timestamp,
    pub message_id: Uuid,
    pub channel: Channel,
    pub purpose: Purpose,
    pub from: String,
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    /// The sandbox's name for it, if it took it.
    pub external_id: Option<String>,
    #[serde(flatten)]
    pub answer: Answer,
}

/// How the sandbox answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Accepted,
    Refused {
        code: String,
    },
    RateLimited {
        after_seconds: u64,
    },
    /// Taken, but the answer did not arrive.
    Lost,
}

impl Answer {
    /// Did the sandbox take the message, whoever knows of it?
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Accepted | Self::Lost => true,
            Self::Refused { .. } | Self::RateLimited { .. } => false,
        }
    }
}

/// The lines of a journal, in order. A torn last line is left out; the file is not changed.
///
/// # Errors
/// When the file can't be read, or a line other than a torn last one is no line of a journal; the error names it.
pub fn read(path: &Path) -> io::Result<Vec<Line>> {
    parse(&std::fs::read(path)?).map(|(lines, _)| lines)
}

/// The lines, and the length of the part that is whole.
fn parse(bytes: &[u8]) -> io::Result<(Vec<Line>, usize)> {
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let mut lines = Vec::new();
    for (index, text) in bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = serde_json::from_slice(text).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {error}", index + 1))
        })?;
        lines.push(line);
    }
    Ok((lines, whole))
}

/// A journal open for appending.
pub(super) struct Journal {
    file: File,
    length: u64,
}

impl Journal {
    /// Opens or creates the file, for this process alone, cuts a torn last line off, and answers its lines.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Line>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FOR_ITS_OWNER)
            .open(path)?;
        // one of an earlier version may be open to others
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(FOR_ITS_OWNER))?;
        }
        file.try_lock().map_err(|_| {
            io::Error::new(
                io::ErrorKind::WouldBlock,
                "another process has the journal open; one writes it at a time",
            )
        })?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut file, &mut bytes)?;
        let (lines, whole) = parse(&bytes)?;
        let length = whole as u64;
        if whole < bytes.len() {
            file.set_len(length)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(length))?;
        // A new file survives a crash of the machine only when its folder is on disk too.
        if let (0, Some(folder)) = (
            length,
            path.parent().filter(|folder| !folder.as_os_str().is_empty()),
        ) {
            File::open(folder)?.sync_all()?;
        }
        Ok((Self { file, length }, lines))
    }

    /// Appends the lines; they are on disk when it returns. After an error none of them is in the file.
    pub(super) fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}
