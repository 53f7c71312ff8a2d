//! Runs the program in a directory of its own, and reads what it says.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory to run in, and one beside it for the node that runs there.
pub(crate) struct Place {
    here: TempDir,
    node: TempDir,
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// A run that goes on.
pub(crate) struct Running(Child);

/// A run that serves until it is told to stop.
pub(crate) struct Serving {
    child: Child,
    pub(crate) report: Value,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { here: TempDir::new().unwrap(), node: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.here.path().join(name)
    }

    /// A file of this length whose chunks all differ.
    pub(crate) fn file(&self, name: &str, length: usize) -> Vec<u8> {
        let bytes = noise(length);
        fs::write(self.path(name), &bytes).unwrap();
        bytes
    }

    /// A small tree: files on three levels, an empty one, and an empty directory.
    pub(crate) fn tree(&self, name: &str) {
        let top = self.path(name);
        fs::create_dir_all(top.join("sub/deeper")).unwrap();
        fs::create_dir(top.join("empty")).unwrap();
        fs::write(top.join("a.txt"), "a").unwrap();
        fs::write(top.join("sub/nothing"), "").unwrap();
        fs::write(top.join("sub/deeper/large"), noise(600_000)).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    /// Starts a demonstration that serves, and waits for its report.
    pub(crate) fn serve(&self, args: &[&str]) -> Serving {
        Self::ready(&mut self.command(&[&["demo", "--serve", "--json"], args].concat()))
    }

    /// Starts something else that goes on, and waits for the first line of its report.
    pub(crate) fn reporting(&self, args: &[&str]) -> Serving {
        Self::ready(&mut self.command(args))
    }

    /// Starts a daemon on a free port of loopback, and waits until it is ready.
    #[cfg(unix)]
    pub(crate) fn daemon(&self, args: &[&str]) -> Serving {
        let listen = ["daemon", "--json", "--listen", "/ip4/127.0.0.1/tcp/0"];
        Self::ready(&mut self.command(&[&listen[..], &["--metrics-port", "0"], args].concat()))
    }

    /// As [`daemon`](Self::daemon), with a server that it asks for providers.
    #[cfg(unix)]
    pub(crate) fn daemon_that_asks(&self, router: &str) -> Serving {
        self.daemon_with(&[("BITSWAP__ROUTING__DELEGATED", router)])
    }

    /// As [`daemon`](Self::daemon), in this environment.
    #[cfg(unix)]
    pub(crate) fn daemon_with(&self, environment: &[(&str, &str)]) -> Serving {
        let args = ["daemon", "--json", "--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0"];
        Self::ready(self.command(&args).envs(environment.iter().copied()))
    }

    /// As [`run`](Self::run), in this environment.
    pub(crate) fn run_with_env(&self, args: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(&self.command(args).envs(environment.iter().copied()).output().unwrap())
    }

    pub(crate) fn ready(command: &mut Command) -> Serving {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Serving { child, report: serde_json::from_str(&line).unwrap() }
    }

    /// Runs the program with something on stdin.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let mut command = self.command(args);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Starts something that goes on.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::of(self.command(args))
    }

    /// Starts something that reads what it is given.
    pub(crate) fn start_piped(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(piped.spawn().unwrap())
    }

    /// Where the node that runs here keeps this.
    pub(crate) fn node(&self, name: &str) -> PathBuf {
        self.node.path().join(name)
    }

    /// Names in the directory, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.here.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bitswap"));
        command
            .args(args)
            .current_dir(self.here.path())
            .env("BITSWAP_DIR", self.node.path())
            .env("XDG_CONFIG_HOME", self.node.path())
            .env_remove("BITSWAP_LOG")
            // Nobody is there to be asked.
            .stdin(Stdio::null());
        if !args.contains(&"config") {
            // Tests ask nobody outside.
            command
                .env("BITSWAP__NETWORK__MDNS", "false")
                .env("BITSWAP__NAT__UPNP", "false")
                .env("BITSWAP__ROUTING__DELEGATED", "[]")
                .env("BITSWAP__ROUTING__DHT", "off")
                .env("BITSWAP__API__LISTEN", "127.0.0.1:0");
        }
        command
    }
}

impl Running {
    /// Starts what this command says.
    pub(crate) fn of(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// That many bytes of its stdout.
    pub(crate) fn read(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        self.0.stdout.as_mut().unwrap().read_exact(&mut read).unwrap();
        read
    }

    /// Waits until it has printed this, and returns all up to there.
    pub(crate) fn says(&mut self, text: &str) -> String {
        up_to(text, self.0.stdout.as_mut().unwrap())
    }

    /// As [`says`](Self::says), on stderr.
    #[cfg(unix)]
    pub(crate) fn tells(&mut self, text: &str) -> String {
        up_to(text, self.0.stderr.as_mut().unwrap())
    }

    /// Gives it something to read.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Whether it has not ended yet.
    pub(crate) fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> Ran {
        let mut stdout = Vec::new();
        self.0.stdout.as_mut().unwrap().read_to_end(&mut stdout).unwrap();
        let (code, stderr) = self.end();
        Ran { code, stdout, stderr }
    }

    /// Sends a signal, and returns the exit code and what was said on stderr.
    #[cfg(unix)]
    pub(crate) fn signal(&mut self, signal: &str) -> (i32, String) {
        send_signal(&self.0, signal);
        self.end()
    }

    /// Sends a signal that does not end it.
    #[cfg(all(unix, feature = "scripts"))]
    pub(crate) fn signal_only(&self, signal: &str) {
        send_signal(&self.0, signal);
    }

    /// Waits for its end, and returns the exit code and what was said on stderr.
    pub(crate) fn end(&mut self) -> (i32, String) {
        let mut stderr = String::new();
        self.0.stderr.as_mut().unwrap().read_to_string(&mut stderr).unwrap();
        (self.0.wait().unwrap().code().unwrap(), stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended by itself, as it should.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: output.stdout.clone(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// The one word on stdout.
    pub(crate) fn word(&self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.text().trim_end().to_owned()
    }

    /// The objects on stdout, one on each line.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The object on the last line of stdout.
    pub(crate) fn json(&self) -> Value {
        let last = self.text().lines().last();
        assert!(last.is_some(), "nothing on stdout; stderr: {}", self.stderr);
        serde_json::from_str(last.unwrap()).unwrap()
    }
}

impl Serving {
    pub(crate) fn text_at(&self, pointer: &str) -> String {
        self.report.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    }

    /// The counters of a node, as Prometheus scrapes them.
    pub(crate) fn metrics(&self, pointer: &str) -> String {
        let (head, body) = http_get(&self.text_at(pointer), "127.0.0.1");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body
    }

    /// Ends it as a power cut would.
    #[cfg(unix)]
    pub(crate) fn cut(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, and returns the exit code and the last line of the report.
    #[cfg(unix)]
    pub(crate) fn last_words(mut self, signal: &str) -> (i32, Value) {
        send_signal(&self.child, signal);
        let mut rest = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        (code, serde_json::from_str(rest.lines().last().unwrap()).unwrap())
    }

    /// Sends a signal and returns the exit code.
    #[cfg(unix)]
    pub(crate) fn signal(mut self, signal: &str) -> i32 {
        send_signal(&self.child, signal);
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails if it has ended by itself, as it should.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(unix)]
fn send_signal(to: &Child, signal: &str) {
    let id = to.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

fn up_to(text: &str, stream: &mut impl Read) -> String {
    let mut said = Vec::new();
    while !said.ends_with(text.as_bytes()) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        said.extend(byte);
    }
    String::from_utf8(said).unwrap()
}

/// Head and body of an answer to a plain request.
pub(crate) fn http_get(url: &str, host: &str) -> (String, String) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}
