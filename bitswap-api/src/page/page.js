// Fills the node's page: asks /api/v1 once a second, and reads what happens as it happens. It writes text only, never markup.
"use strict";

const ROOT = "/api/v1";
const EVERY_MS = 1000;
const LOOKS = 120;
const MOST_EVENTS = 200;
const MOST_ROWS = 100;

const $ = (id) => document.getElementById(id);

// --- The token: in the link that `bitswap page` prints, or typed; it lives as long as the tab.

let token = sessionStorage.getItem("token") || "";
const inLink = new URLSearchParams(location.hash.slice(1)).get("token");
if (inLink) {
  token = inLink;
  sessionStorage.setItem("token", token);
  history.replaceState(null, "", location.pathname);
}

class Refused extends Error {}

async function ask(path, shown = token, more = {}) {
  const headers = { Authorization: `Bearer ${shown}` };
  const answer = await fetch(ROOT + path, { ...more, headers, credentials: "omit", cache: "no-store" });
  if (answer.status === 401 && shown === token) throw new Refused("the token is not this node’s");
  return answer;
}

async function read(path) {
  const answer = await ask(path);
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.what}: ${told.why}`);
  return told;
}

// --- Words.

const size = (bytes) => {
  if (bytes < 1024) return `${bytes} B`;
  let unit = 0;
  for (bytes /= 1024; bytes >= 1024 && unit < 3; bytes /= 1024) unit += 1;
  const digits = bytes < 10 ? 2 : bytes < 100 ? 1 : 0;
  return `${bytes.toFixed(digits)} ${["KiB", "MiB", "GiB", "TiB"][unit]}`;
};
const rate = (bytes) => (bytes === null ? "–" : bytes < 1 ? "0 B/s" : `${size(Math.round(bytes))}/s`);
const count = (number) => number.toLocaleString("en");
const counted = ({ blocks, bytes }) => `${count(blocks)}, ${size(bytes)}`;
const age = (seconds) => {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} d`;
};
const milliseconds = (seconds) => (seconds === null ? "–" : `${(seconds * 1000).toFixed(1)} ms`);
const short = (id) => (id.length > 11 ? `…${id.slice(-10)}` : id);
// What a peer calls itself may hold what turns text around.
const plain = (text) => (text || "–").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// --- Tables: columns are declared once, and heads sort them.

function table(id, none, columns, sorted) {
  const body = element("tbody");
  const heads = columns.map((column) => {
    const head = element("th", undefined, { scope: "col", class: (column.class || "").replace("id", "") });
    if (!column.key) {
      head.textContent = column.name;
      return head;
    }
    const button = element("button", column.name, { type: "button" });
    button.addEventListener("click", () => {
      const turned = sorted.column === column && !sorted.turned;
      sorted = { column, turned };
      show();
    });
    head.append(button);
    return head;
  });
  const row = element("tr");
  row.append(...heads);
  const head = element("thead");
  head.append(row);
  $(id).append(head, body);
  sorted = { column: columns.find((column) => column.name === sorted), turned: false };
  let rows = [];
  function show() {
    const { column, turned } = sorted;
    heads.forEach((head, place) => {
      if (columns[place] !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", turned ? "ascending" : "descending");
    });
    if (column) rows.sort((one, other) => (column.key(other) - column.key(one)) * (turned ? -1 : 1));
    body.replaceChildren(...rows.slice(0, MOST_ROWS).map((item) => {
      const line = element("tr");
      line.append(...columns.map((column) => {
        const cell = element("td", column.text(item), { class: column.class || "" });
        if (column.title) cell.title = column.title(item);
        return cell;
      }));
      return line;
    }));
    if (rows.length === 0) {
      const line = element("tr");
      line.append(element("td", none, { class: "none", colspan: columns.length }));
      body.append(line);
    } else if (rows.length > MOST_ROWS) {
      const line = element("tr");
      line.append(element("td", `and ${count(rows.length - MOST_ROWS)} more`, { class: "none", colspan: columns.length }));
      body.append(line);
    }
  }
  return (items) => {
    rows = items;
    show();
  };
}

const idColumn = { name: "peer", class: "id", text: (it) => short(it.peer_id), title: (it) => it.peer_id };
const bytes = (name, field, shown = "") => ({ name, class: shown, key: (it) => it[field], text: (it) => size(it[field]) });

const showPeers = table("peers", "No peer is connected.", [
  idColumn,
  { name: "down", key: (it) => it.down ?? -1, text: (it) => rate(it.down) },
  { name: "up", key: (it) => it.up ?? -1, text: (it) => rate(it.up) },
  // The nearest first.
  { name: "latency", key: (it) => -(it.round_trip_seconds ?? Infinity), text: (it) => milliseconds(it.round_trip_seconds) },
  bytes("received", "received_bytes", "seldom"),
  bytes("sent", "sent_bytes", "seldom"),
  { name: "queue", class: "rare", key: (it) => it.queued_bytes + it.in_flight_bytes, text: (it) => size(it.queued_bytes + it.in_flight_bytes) },
  { name: "asked", class: "rare", key: (it) => it.asked_blocks, text: (it) => count(it.asked_blocks) },
  { name: "its wants", class: "rare", key: (it) => it.wants, text: (it) => count(it.wants) },
  { name: "agent", class: "rare text", text: (it) => plain(it.agent), title: (it) => plain(it.agent) },
], "down");

const showLedger = table("ledger", "Nothing passed yet.", [
  idColumn,
  bytes("sent", "sent_bytes"),
  bytes("received", "received_bytes"),
  {
    name: "owes us", key: (it) => it.debt_owed_to_us_bytes - it.debt_we_owe_bytes,
    text: (it) => (it.debt_we_owe_bytes ? `−${size(it.debt_we_owe_bytes)}` : size(it.debt_owed_to_us_bytes)),
  },
  bytes("duplicate", "duplicate_bytes", "seldom"),
  bytes("unasked", "unasked_bytes", "rare"),
  { name: "refused", class: "rare", key: (it) => it.refusals, text: (it) => count(it.refusals) },
], "received");

const showStrategies = table("strategies", "None.", [
  { name: "role", text: (it) => it.role.replaceAll("_", " ") },
  { name: "strategy", class: "text", text: (it) => plain(it.strategy), title: (it) => plain(it.strategy) },
  { name: "decisions", text: (it) => count(it.decisions) },
  { name: "since", class: "seldom", text: (it) => (it.generation ? `generation ${it.generation}` : "the start") },
]);

const showSessions = table("sessions", "No session is open.", [
  { name: "session", class: "id", text: (it) => it.id },
  { name: "age", text: (it) => age(it.age_seconds) },
  { name: "wants", key: (it) => it.wants, text: (it) => count(it.wants) },
  { name: "asked", class: "seldom", key: (it) => it.asked_blocks, text: (it) => count(it.asked_blocks) },
  { name: "peers", key: (it) => it.members, text: (it) => count(it.members) },
  { name: "received", key: (it) => it.received.bytes, text: (it) => size(it.received.bytes) },
], "received");

const showWants = table("wants", "Nothing is wanted.", [
  { name: "cid", class: "id", text: (it) => short(it.cid), title: (it) => it.cid },
  { name: "age", text: (it) => age(it.age_seconds) },
  { name: "asked", text: (it) => `${it.asked.filter((one) => one.open).length} of ${it.asked.length} open` },
  { name: "state", class: "text", text: (it) => it.state },
]);

// --- Curves.

const curves = { down: [], up: [] };

function showCurve(name, now, limit) {
  const curve = curves[name];
  if (now !== null) curve.push(now);
  if (curve.length > LOOKS) curve.shift();
  const peak = Math.max(1024, ...curve);
  const begin = LOOKS - curve.length;
  const points = curve.map((value, place) => `${begin + place},${(39 - (value / peak) * 37).toFixed(2)}`);
  const [area, line] = $(name).querySelectorAll("path");
  line.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
  area.setAttribute("d", points.length > 1 ? `M${begin},40L${points.join("L")}L${LOOKS - 1},40Z` : "");
  $(`${name}-rate`).textContent = rate(now);
  const top = curve.length ? rate(Math.max(...curve)) : "–";
  const spoken = name === "down" ? "received" : "sent";
  $(name).setAttribute("aria-label", `${spoken} now ${rate(now)}, at most ${top} in the last two minutes`);
  const limits = (all, each) => `limit ${all ? rate(all) : "off"}${each ? `, a peer ${rate(each)}` : ""}`;
  $(`${name}-limit`).textContent = `peak ${top} · ${limits(...limit)}`;
}

// --- Events: those of the node as they happen, and what differs from the look before.

function tell(text) {
  const line = element("li");
  line.append(element("time", new Date().toLocaleTimeString("en-GB")), element("span", text));
  $("events").prepend(line);
  while ($("events").childElementCount > MOST_EVENTS) $("events").lastElementChild.remove();
}

// What happened since it was told last: what, how many times, and of whom first.
const waiting = new Map();
const TELL_EVERY_MS = 250;
const EVENTS = {
  block_sent: (it) => ["blocks sent", it.peer_id],
  lookup_ended: (it) => [`look-up ended, ${it.found ? "found" : "nobody found"}`, it.cid],
  peer_connected: (it) => ["peer connected", it.peer_id],
  peer_disconnected: (it) => ["peer left", it.peer_id],
  strategy_replaced: (it) => [`${it.role.replaceAll("_", " ")} is ${plain(it.name)} now`, null],
  want_ended: (it) => [`want ended, ${it.outcome.replaceAll("_", " ")}`, it.cid],
  want_opened: (it) => ["want began", it.cid],
};

function happened(it) {
  if (it.event === "lost") {
    waiting.set("events lost, as they came too fast", { count: it.count, ids: [] });
    return;
  }
  const known = EVENTS[it.event];
  if (!known) return;
  const [what, id] = known(it);
  const seen = waiting.get(what) || { count: 0, ids: [] };
  seen.count += 1;
  if (id && seen.ids.length < 2 && !seen.ids.includes(id)) seen.ids.push(id);
  waiting.set(what, seen);
}

function tellWaiting() {
  if (paused) return;
  for (const [what, { count: times, ids }] of waiting) {
    const of = ids.length ? `: ${ids.map(short).join(", ")}${times > ids.length ? ", …" : ""}` : "";
    tell(`${times > 1 ? `${count(times)} × ` : ""}${what}${of}`);
  }
  waiting.clear();
}

async function listen() {
  try {
    const answer = await ask("/events");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) happened(JSON.parse(line));
    }
  } catch (why) {
    // The next look tells what is wrong.
    if (why instanceof Refused) {
      listening = false;
      return;
    }
  }
  setTimeout(listen, EVERY_MS);
}

let listening = false;

function beginToListen() {
  if (listening) return;
  listening = true;
  listen();
}

const named = (items, field) => new Map(items.map((item) => [item[field], item]));
const missing = (from, there) => [...from.keys()].filter((key) => !there.has(key));
const several = (ids, what) => `${ids.length === 1 ? what : `${ids.length} × ${what}`}: ${ids.slice(0, 2).map(short).join(", ")}${ids.length > 2 ? ", and others" : ""}`;

function tellChanges(before, now) {
  const [were, are] = [named(before.sessions, "id"), named(now.sessions, "id")];
  const [come, gone] = [missing(are, were), missing(were, are)];
  if (come.length) tell(several(come, "session began"));
  if (gone.length) tell(several(gone, "session ended"));
  const [old, fresh] = [before.stat, now.stat];
  for (const name of Object.keys(fresh.limits)) {
    const text = (limit) => (limit ? rate(limit) : "off");
    if (old.limits[name] !== fresh.limits[name]) tell(`limit of ${name.replaceAll("_", " ")}: ${text(old.limits[name])} → ${text(fresh.limits[name])}`);
  }
  if (old.store.failing !== fresh.store.failing) tell(fresh.store.failing ? `the store does not write: ${fresh.store.failing}` : "the store writes again");
  if (fresh.uptime_seconds < old.uptime_seconds) tell("the daemon was started anew");
}

// --- A look, again and again.

async function look() {
  const page = `limit=1000`;
  const [stat, peers, ledger, wants, sessions] = await Promise.all([
    read("/stat"), read(`/peers?${page}`), read(`/ledger?${page}`), read(`/wantlist?${page}`), read(`/sessions?${page}`),
  ]);
  return { at: performance.now(), stat, peers: peers.items, ledger: ledger.items, wants: wants.items, sessions: sessions.items };
}

const came = ({ received, duplicate, unasked }) => received.bytes + duplicate.bytes + unasked.bytes;

function show(before, now) {
  const { stat } = now;
  const seconds = before ? (now.at - before.at) / 1000 : null;
  const per = (old, fresh) => (seconds === null || old === undefined ? null : Math.max(0, fresh - old) / seconds);
  const { limits, store, memory } = stat;
  showCurve("down", before ? per(came(before.stat), came(stat)) : null, [limits.download, limits.download_per_peer]);
  showCurve("up", before ? per(before.stat.sent.bytes, stat.sent.bytes) : null, [limits.upload, limits.upload_per_peer]);
  const known = named(before ? before.peers : [], "peer_id");
  showPeers(now.peers.map((peer) => {
    const old = known.get(peer.peer_id);
    return { ...peer, down: per(old?.received_bytes, peer.received_bytes), up: per(old?.sent_bytes, peer.sent_bytes) };
  }));
  showLedger(now.ledger);
  showStrategies(stat.strategies.filter((it) => it.in_use));
  showSessions(now.sessions);
  showWants(now.wants.slice(0, 15));
  const facts = [
    ["up for", age(stat.uptime_seconds)],
    ["peers", count(stat.peers)],
    ["sessions", count(stat.sessions)],
    ["wants", `${count(stat.wants_asked)} asked, ${count(stat.wants_held_back)} held back, ${count(stat.searches)} searched for`],
    ["peers’ wants", count(stat.requests)],
    ["blocks received", counted(stat.received)],
    ["blocks sent", counted(stat.sent)],
    ["duplicates", counted(stat.duplicate)],
    ["queued", counted(stat.queued)],
    ["store", [store.blocks === null ? null : count(store.blocks), store.bytes === null ? null : size(store.bytes)].filter(Boolean).join(", ") || "–"],
    ["free on its disk", store.free_bytes === null ? "–" : size(store.free_bytes)],
    ["memory", memory.resident_bytes === null ? "–" : size(memory.resident_bytes)],
  ];
  $("facts").replaceChildren(...facts.map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  }));
  $("alarm").hidden = !store.failing;
  $("alarm").textContent = store.failing ? `The store does not write: ${plain(store.failing)}` : "";
}

let last = null;
let paused = false;
let running = false;

function say(text, lost = false) {
  // Told once, and not each second, to those who listen.
  if ($("state").textContent !== text) $("state").textContent = text;
  $("state").classList.toggle("lost", lost);
}

async function beat() {
  if (paused || document.hidden) return setTimeout(beat, EVERY_MS);
  const began = performance.now();
  try {
    const now = await look();
    if (!paused) {
      show(last, now);
      if (last) tellChanges(last, now);
      last = now;
      say("live");
    }
  } catch (why) {
    if (why instanceof Refused) {
      running = false;
      return openDoor(why.message);
    }
    say(why instanceof TypeError ? "the daemon does not answer" : why.message, true);
  }
  return setTimeout(beat, Math.max(100, EVERY_MS - (performance.now() - began)));
}

async function begin() {
  if (running) return;
  running = true;
  try {
    const id = await read("/id");
    $("agent").textContent = id.agent;
    $("whole").textContent = id.peer_id;
    $("brief").textContent = short(id.peer_id);
    document.title = `bitswap ${short(id.peer_id)}`;
    $("door").hidden = true;
    $("main").hidden = $("pause").hidden = false;
    beat();
    beginToListen();
    offer();
  } catch (why) {
    running = false;
    if (why instanceof Refused) openDoor(why.message);
    else {
      say("the daemon does not answer", true);
      setTimeout(begin, EVERY_MS);
    }
  }
}

function openDoor(why) {
  sessionStorage.removeItem("token");
  $("main").hidden = $("pause").hidden = true;
  $("door").hidden = false;
  say(why, true);
  $("token").focus();
}

function pause() {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("pause").textContent = paused ? "Go on" : "Pause";
  say(paused ? "paused" : "live");
}

// --- Strategies that take over. Looking is one token's right, and changing another's, which is asked for when it is needed and kept by nobody.

let offered = [];
let full = "";

async function offer() {
  offered = await read("/strategies").catch(() => []);
  const roles = [...new Set(offered.map((it) => it.role))];
  $("role").replaceChildren(...roles.map((role) => element("option", role.replaceAll("_", " "), { value: role })));
  offerNames();
}

function offerNames() {
  const fit = offered.filter((it) => it.role === $("role").value);
  $("names").replaceChildren(...fit.map((it) => element("option", it.summary, { value: it.name })));
  $("name").value = "";
  tellChosen();
}

function tellChosen() {
  const chosen = offered.find((it) => it.role === $("role").value && it.name === $("name").value.trim());
  const told = chosen ? chosen.parameters.map((it) => `"${it.name}": ${JSON.stringify(it.default)}`) : [];
  $("params").placeholder = told.length ? `{ ${told.join(", ")} }` : "{ }";
  $("told").textContent = chosen ? chosen.summary : "";
}

async function takeOver() {
  const say = (text) => { $("changed").textContent = text; };
  const unlock = (why) => {
    full = "";
    $("unlock").hidden = false;
    $("full").focus();
    say(why);
  };
  let params;
  try {
    params = JSON.parse($("params").value.trim() || "{}");
  } catch (why) {
    return say(`the parameters are no JSON: ${why.message}`);
  }
  const asked = { method: "PUT", body: JSON.stringify({ name: $("name").value.trim(), params }) };
  full = $("full").value.trim() || full;
  $("full").value = "";
  if (!full) return unlock("this takes the token for changes");
  const answer = await ask(`/strategies/${$("role").value}`, full, asked);
  const told = await answer.json();
  if (told.code === "read-token" || told.code === "no-token") return unlock("that is not this node’s token for changes");
  $("unlock").hidden = true;
  return say(answer.ok ? `${told.before} → ${told.now}` : `${told.what}: ${told.why}`);
}

// --- One want or peer, explained.

async function explain(subject) {
  const place = $("story");
  try {
    const answer = await ask(`/explain/${encodeURIComponent(subject)}`);
    const told = await answer.json();
    if (!answer.ok) {
      place.replaceChildren(element("p", `${told.what}: ${told.why}`), element("p", told.do, { class: "small" }));
      return;
    }
    const lines = element("ol");
    lines.append(...told.lines.map((line) => {
      const item = element("li");
      const by = [line.strategy, line.reason].filter(Boolean).join(": ");
      const times = line.count > 1 ? ` (${line.count} times)` : "";
      item.append(element("time", `${line.after_seconds.toFixed(3)} s`), element("span", `${line.text}${times}${by ? ` – ${by}` : ""}`));
      return item;
    }));
    const next = told.next.map((it) => element("p", `next, in ${age(Math.max(0, it.in_seconds))}: ${it.text} – ${it.why}`));
    const advice = told.advice.map((text) => element("p", text, { class: "small" }));
    place.replaceChildren(element("p", `${short(told.id)}: ${told.state}`), lines, ...next, ...advice);
  } catch (why) {
    place.replaceChildren(element("p", why.message));
  }
}

// --- What people do.

$("pause").addEventListener("click", pause);
$("forget").addEventListener("click", () => $("events").replaceChildren());
$("role").addEventListener("change", offerNames);
$("name").addEventListener("input", tellChosen);
$("change").addEventListener("submit", (event) => {
  event.preventDefault();
  takeOver().catch((why) => { $("changed").textContent = why.message; });
});
setInterval(tellWaiting, TELL_EVERY_MS);
$("explain").addEventListener("submit", (event) => {
  event.preventDefault();
  explain($("subject").value.trim());
});
$("door").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
  $("token").value = "";
  begin();
});
$("api").addEventListener("click", async (event) => {
  // A link shows no token.
  event.preventDefault();
  const described = await (await ask("/openapi.json")).blob();
  const link = element("a", "", { href: URL.createObjectURL(described), download: "openapi.json" });
  link.click();
});
for (const button of document.querySelectorAll(".curl")) {
  button.addEventListener("click", async () => {
    const command = `curl -H "Authorization: Bearer $TOKEN" '${location.origin}${ROOT}${button.dataset.path}'`;
    await navigator.clipboard.writeText(command);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy curl"; }, 1500);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "p") pause();
  if (event.key === "/") {
    event.preventDefault();
    $("subject").focus();
  }
});

if (token) begin();
else openDoor("no token");
