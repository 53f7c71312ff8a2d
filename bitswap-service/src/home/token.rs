//! The tokens of a node in its directory: made once, and read by nobody else.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use subtle::ConstantTimeEq as _;
use tempfile::NamedTempFile;

use super::{Home, others_can_read};
use crate::error::CliError;

/// What a request over TCP shows to be let in: 256 bits by chance, in hexadecimal digits.
#[derive(Clone)]
pub struct Token(String);

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// To look only.
    Read,
    /// To do everything.
    Full,
    /// To read the metrics, which the API does not know.
    Metrics,
}

impl Home {
    /// Where a token is.
    pub(crate) fn token_file(&self, kind: TokenKind) -> PathBuf {
        self.folder().join(match kind {
            TokenKind::Read => "api-read.token",
            TokenKind::Full => "api.token",
            TokenKind::Metrics => "metrics.token",
        })
    }

    /// A token of the node. The first time, it is made.
    ///
    /// # Errors
    /// It cannot be read or made, is damaged, or can be read by others; it is left as it is.
    pub fn token(&self, kind: TokenKind) -> Result<Token, CliError> {
        let file = self.token_file(kind);
        self.make()?;
        if !file.exists() {
            self.make_token(&file).map_err(|why| CliError::cannot_use(&file, &why))?;
        }
        // Read again, and not remembered: another process may have been quicker.
        let text = fs::read_to_string(&file).map_err(|why| CliError::cannot_use(&file, &why))?;
        if others_can_read(&file) {
            return Err(CliError::token_not_private(&file));
        }
        Token::parse(text.trim_end()).ok_or_else(|| CliError::damaged_token(&file))
    }

    /// Writes a new token beside its place and puts it there in one step, unless one is there.
    fn make_token(&self, file: &std::path::Path) -> io::Result<()> {
        let mut chance = [0; Token::BYTES];
        getrandom::fill(&mut chance).map_err(io::Error::other)?;
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
        let digits = chance.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
        let text: String = digits.collect();
        // Readable by the owner only from the start.
        let mut unfinished = NamedTempFile::new_in(self.folder())?;
        unfinished.write_all(text.as_bytes())?;
        unfinished.as_file().sync_all()?;
        match unfinished.persist_noclobber(file) {
            Err(why) if why.error.kind() != io::ErrorKind::AlreadyExists => Err(why.error),
            _ => Ok(()),
        }
    }
}

impl Token {
    const BYTES: usize = 32;

    /// A token as it stands in its file.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 2 * Self::BYTES && text.bytes().all(|it| it.is_ascii_hexdigit());
        good.then(|| Self(text.to_owned()))
    }

    /// Whether somebody showed this one. How long that takes does not tell how much was right.
    pub fn is(&self, shown: &str) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }

    /// For those who may open its file.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
