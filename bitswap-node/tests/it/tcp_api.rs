//! The API over TCP lets in programs that show a token, and no web page but its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use super::support::{Place, Serving};

/// A daemon, and what its owner can read.
struct Node {
    place: Place,
    daemon: Serving,
    address: String,
    full: String,
    read: String,
}

impl Node {
    fn start() -> Self {
        let place = Place::new();
        let daemon = place.daemon(&[]);
        let url = daemon.text_at("/api_url");
        let token = |name| fs::read_to_string(place.node(name)).unwrap();
        Self {
            full: token("api.token"),
            read: token("api-read.token"),
            address: url.strip_prefix("http://").unwrap().to_owned(),
            place,
            daemon,
        }
    }

    /// Status, head and body of the answer to a request that calls the node by its address.
    fn ask(&self, request: &str, token: &str, headers: &[&str]) -> (u16, String, String) {
        let host = format!("Host: {}", self.address);
        let token = format!("Authorization: Bearer {token}");
        self.send(request, &[&[host.as_str(), &token], headers].concat())
    }

    fn send(&self, request: &str, headers: &[&str]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let headers = headers.join("\r\n");
        write!(stream, "{request} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

const STAT: &str = "GET /api/v1/stat";

#[test]
fn a_program_with_either_token_is_let_in() {
    let node = Node::start();

    for token in [&node.full, &node.read] {
        let (status, head, body) = node.ask(STAT, token, &[]);

        assert_eq!(status, 200, "{body}");
        assert!(body.contains("\"uptime_seconds\""), "{body}");
        for header in [
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "x-frame-options: deny",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(header), "{header}\n{head}");
        }
        assert!(!head.contains("access-control"), "{head}");
    }
}

#[test]
fn without_a_token_in_its_header_nothing_is_answered() {
    let node = Node::start();
    let host = format!("Host: {}", node.address);
    let (cookie, basic) =
        (format!("Cookie: token={}", node.full), format!("Authorization: Basic {}", node.full));
    let in_query = format!("GET /api/v1/stat?token={}", node.full);

    for (request, header) in [
        (STAT, "Accept: */*"),
        ("GET /api/v1/nonsense", "Accept: */*"),
        ("POST /api/v1/blocks/sync", "Content-Type: text/plain"),
        (STAT, "Authorization: Bearer"),
        (STAT, "Authorization: Bearer 0000"),
        (STAT, &cookie),
        (STAT, &basic),
        (&in_query, "Accept: */*"),
    ] {
        let (status, head, body) = node.send(request, &[&host, header]);

        assert_eq!(status, 401, "{request} {header}\n{body}");
        assert!(head.contains("www-authenticate: bearer"), "{head}");
        assert!(body.contains("\"no-token\""), "{body}");
    }
}

#[test]
fn a_name_that_was_made_to_point_here_is_refused() {
    let node = Node::start();
    let token = format!("Authorization: Bearer {}", node.full);

    for host in ["Host: evil.example", "Host: localhost.evil.example:80", "Accept: */*"] {
        let (status, _, body) = node.send(STAT, &[host, &token]);

        assert!(status == 403 || status == 400, "{host}: {status} {body}");
    }
    assert_eq!(node.send(STAT, &["Host: localhost:1234", &token]).0, 200, "by a tunnel");
}

#[test]
fn another_web_page_is_refused_even_with_the_token() {
    let node = Node::start();

    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"] {
        let (status, head, body) = node.ask(STAT, &node.full, &[&format!("Origin: {origin}")]);

        assert_eq!(status, 403, "{origin}: {body}");
        assert!(body.contains("\"foreign-origin\""), "{body}");
        assert!(!head.contains("access-control"), "{head}");
    }
    let own = format!("Origin: http://{}", node.address);
    assert_eq!(node.ask(STAT, &node.full, &[&own]).0, 200);
}

#[test]
fn a_browser_that_asks_whether_a_page_may_send_a_token_hears_no_yes() {
    let node = Node::start();
    let host = format!("Host: {}", node.address);
    let asks = "Access-Control-Request-Headers: authorization";
    let own = format!("Origin: http://{}", node.address);

    for origin in ["Origin: http://evil.example", &own] {
        let (status, head, _) = node.send("OPTIONS /api/v1/stat", &[&host, origin, asks]);

        assert!(status >= 400, "{origin}: {status}");
        assert!(!head.contains("access-control"), "{head}");
    }
}

#[test]
fn the_token_for_looking_changes_nothing_and_reads_no_block() {
    let node = Node::start();
    node.place.file("a", 1_000);
    let cid = node.place.run(&["add", "-q", "a"]).word();
    let delete = format!("DELETE /api/v1/blocks/{cid}");
    let read = format!("GET /api/v1/blocks/{cid}");

    for request in [&delete, &read, "GET /api/v1/blocks", "POST /api/v1/blocks/sync"] {
        let (status, _, body) = node.ask(request, &node.read, &[]);

        assert_eq!(status, 403, "{request}: {body}");
        assert!(body.contains("\"read-token\""), "{body}");
    }
    assert_eq!(node.ask(&delete, &node.full, &[]).0, 204);
}

#[test]
fn the_page_is_for_everybody_of_this_machine_and_has_no_secret() {
    let node = Node::start();
    let host = format!("Host: {}", node.address);

    for (path, kind) in
        [("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")]
    {
        let (status, head, body) = node.send(&format!("GET {path}"), &[&host]);

        assert_eq!(status, 200, "{path}");
        assert!(head.contains(&format!("content-type: {kind}; charset=utf-8")), "{head}");
        let policy = head.lines().find(|line| line.starts_with("content-security-policy:"));
        assert_eq!(
            policy.unwrap(),
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; \
             connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        );
        assert!(!body.contains(&node.read) && !body.contains("://"), "{path} names an address");
        assert_eq!(node.send(&format!("GET {path}"), &["Host: evil.example"]).0, 403, "{path}");
    }
    let link = node.place.run(&["page"]).word();
    assert_eq!(link, format!("http://{}/#token={}", node.address, node.read));
}

#[test]
fn events_are_told_to_who_may_look_until_the_daemon_ends() {
    let node = Node::start();
    assert_eq!(node.ask("GET /api/v1/events", "0000", &[]).0, 401);
    let mut stream = TcpStream::connect(&node.address).unwrap();
    let (host, token) = (&node.address, &node.read);
    let head = format!("Host: {host}\r\nAuthorization: Bearer {token}");
    write!(stream, "GET /api/v1/events HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "HTTP/1.1 200 OK");
    assert_eq!(lines.find(String::is_empty), Some(String::new()), "the head has an end");

    let ran = node.place.run(&["strategy", "use", "peer_selector", "random"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let told = lines.find(|line| line.starts_with('{')).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["event"], "strategy_replaced");
    assert_eq!((&told["role"], &told["name"]), (&"peer_selector".into(), &"random".into()));
    assert_eq!(node.daemon.signal("-TERM"), 0);
    assert!(lines.all(|line| !line.starts_with('{')), "nothing more, and an end");
}

#[test]
fn tokens_are_for_their_owner_and_stay() {
    let Node { place, daemon, full, read, .. } = Node::start();

    for name in ["api.token", "api-read.token"] {
        let mode = fs::metadata(place.node(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_ne!(full, read);
    assert!(full.len() == 64 && full.bytes().all(|it| it.is_ascii_hexdigit()), "{full}");
    assert_eq!(daemon.signal("-TERM"), 0);
    drop(place.daemon(&[]));
    assert_eq!(fs::read_to_string(place.node("api.token")).unwrap(), full);

    fs::set_permissions(place.node("api.token"), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = place.daemon(&[]);
    assert_eq!(refused.report["error"]["code"], "token-not-private", "{}", refused.report);
}

#[test]
fn it_can_be_off_and_is_never_public() {
    let place = Place::new();
    let off = place.daemon_with(&[("BITSWAP__API__LISTEN", "off")]);
    assert!(off.report["api_url"].is_null(), "{}", off.report);
    assert!(!place.node("api.token").exists());

    let refused = Place::new().run_with_env(&["daemon"], &[("BITSWAP__API__LISTEN", "0.0.0.0:0")]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("must be a loopback address"), "{}", refused.stderr);
}
