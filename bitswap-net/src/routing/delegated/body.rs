//! The records of an answer, one after the other, whether they come line by line or in one piece.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

use super::records::{Answer, MOST_RECORD_BYTES, MOST_RECORDS};
use super::{LookupError, root_cause};

/// The longest answer that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// An answer that is being read.
pub(super) struct Records {
    body: BoxStream<'static, Result<Bytes, reqwest::Error>>,
    /// Bytes that came.
    come: usize,
    /// Those of them that are not read yet, from the start of a line on.
    rest: Vec<u8>,
    form: Form,
    /// Records that may still be read.
    left: usize,
}

enum Form {
    Lines,
    /// All of it has to be there first.
    Whole,
    /// Taken apart.
    Parsed(VecDeque<Vec<u8>>),
}

impl Records {
    pub(super) fn of(response: Response) -> Result<Self, LookupError> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let form = match kind.to_ascii_lowercase().as_str() {
            "application/x-ndjson" => Form::Lines,
            "application/json" => Form::Whole,
            _ => {
                let kind: String = kind.chars().take(64).collect();
                return Err(LookupError::Malformed(format!("its type is {kind:?}")));
            }
        };
        let body = response.bytes_stream().boxed();
        Ok(Self { body, come: 0, rest: Vec::new(), form, left: MOST_RECORDS })
    }

    /// The next record, whatever is in it.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, LookupError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match &mut self.form {
            Form::Lines => self.next_line().await,
            Form::Whole => {
                while self.more().await? {}
                let answer: Answer = serde_json::from_slice(&self.rest)
                    .map_err(|why| LookupError::Malformed(why.to_string()))?;
                let records = answer.providers.into_iter();
                let mut records: VecDeque<_> =
                    records.map(|record| record.get().as_bytes().to_vec()).collect();
                let first = records.pop_front();
                self.form = Form::Parsed(records);
                Ok(first)
            }
            Form::Parsed(records) => Ok(records.pop_front()),
        }
    }

    async fn next_line(&mut self) -> Result<Option<Vec<u8>>, LookupError> {
        let mut searched = 0;
        loop {
            let unsearched = self.rest.iter().skip(searched);
            if let Some(end) = unsearched.into_iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=searched + end).collect();
                if line.trim_ascii().is_empty() {
                    searched = 0;
                    continue;
                }
                return Ok(Some(line));
            }
            searched = self.rest.len();
            if searched > MOST_RECORD_BYTES {
                return Err(LookupError::TooLarge("a record of more than 64 KiB"));
            }
            if !self.more().await? {
                // The last line may have no end.
                let line = std::mem::take(&mut self.rest);
                return Ok((!line.trim_ascii().is_empty()).then_some(line));
            }
        }
    }

    /// Waits for more bytes; false if there are none.
    async fn more(&mut self) -> Result<bool, LookupError> {
        let Some(bytes) = self.body.next().await else { return Ok(false) };
        let bytes = bytes.map_err(|why| LookupError::Interrupted(root_cause(&why)))?;
        self.come = self.come.saturating_add(bytes.len());
        if self.come > MOST_BYTES {
            return Err(LookupError::TooLarge("more than 1 MiB"));
        }
        self.rest.extend_from_slice(&bytes);
        Ok(true)
    }
}
