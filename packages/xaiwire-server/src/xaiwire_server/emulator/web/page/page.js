// The emulator's page: calls as they end, what they said, and what is to go wrong.

const STATUSES = [
  "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
  "DATA_LOSS", "UNAUTHENTICATED",
];
const MOST_ROWS = 500;
const AGAIN = 1000;

const find = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") ?? "";
let calls = [];
let chosen = 0;
let paused = false;
let frozen = false;

class Refused extends Error {}

async function ask(method, path, body) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`/_emulator${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 401) {
    login(true);
    throw new Refused("a token is needed");
  }
  if (!answer.ok) throw new Refused((await answer.json()).error);
  return answer.status === 204 ? null : answer.json();
}

function login(needed) {
  find("login").hidden = !needed;
  find("main").hidden = needed;
  if (needed) find("token").focus();
}

// Elements are made of texts, never of markup: what clients send is shown as it is.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Traffic

function wanted(call) {
  const status = find("status").value;
  return call.rpc.toLowerCase().includes(find("rpc").value.trim().toLowerCase())
    && (!status || call.status === status)
    && (!find("odd").checked || call.unknown_fields.length > 0);
}

function row(call) {
  const time = new Date(call.started * 1000).toLocaleTimeString();
  const kind = call.status === "OK" ? "ok" : "bad";
  const name = element("button", { type: "button", title: call.rpc, onclick: () => choose(call.number) }, call.rpc);
  const marks = [call.fault && "fault", call.unknown_fields.length && "unknown fields"].filter(Boolean).join(", ");
  return element("tr", { class: call.number === chosen ? "chosen" : undefined, "data-number": call.number },
    element("td", {}, String(call.number)),
    element("td", {}, time),
    element("td", {}, name),
    element("td", {}, element("span", { class: kind }, call.status),
      ...(marks ? [" ", element("span", { class: "odd" }, marks)] : [])),
    element("td", { class: "number" }, (call.seconds * 1000).toFixed(1)),
    element("td", { class: "number" }, String(call.responses)),
    element("td", {}, call.key));
}

function show() {
  const shown = calls.filter(wanted);
  find("rows").replaceChildren(...shown.map(row));
  find("empty").hidden = shown.length > 0;
  find("empty").textContent = calls.length
    ? "No call passes the filter." : "No calls yet. Point a client at this address, and they appear here.";
}

async function load() {
  calls = (await ask("GET", "/requests?limit=500")).requests.filter((call) => call.status);
  show();
}

async function listen() {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch("/_emulator/live", { headers });
  if (!answer.ok) throw new Refused("there is no live feed");
  find("live").textContent = "live";
  find("live").classList.add("on");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    const came = events.filter((event) => event.startsWith("data: ")).map((event) => JSON.parse(event.slice(6)));
    if (came.length) {
      calls = [...came.reverse(), ...calls].slice(0, MOST_ROWS);
      if (!paused) show();
      refresh();
    }
  }
}

async function stayConnected() {
  for (;;) {
    try {
      await load();
      await showState();
      await listen();
    } catch {
      // The server is away, or wants a token: what follows is shown, and tried again.
    }
    find("live").textContent = "not connected";
    find("live").classList.remove("on");
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}

// Details

function section(title, values, leftOut) {
  if (!values.length && !leftOut) return [];
  const parts = values.map((value) => element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
  if (leftOut) parts.push(element("p", { class: "odd" }, `${leftOut} more are not kept.`));
  return [element("h3", {}, title), ...parts];
}

async function choose(number) {
  chosen = number;
  show();
  const call = await ask("GET", `/requests/${number}`);
  const facts = {
    RPC: call.rpc, Status: call.message ? `${call.status}: ${call.message}` : call.status,
    Took: `${(call.seconds * 1000).toFixed(1)} ms`, Protocol: `${call.protocol} from ${call.peer}`,
    Request: call.request_id, Key: call.key || "none",
    ...(call.fault ? { Fault: call.fault } : {}),
    ...(call.unknown_fields.length ? { "Unknown fields": call.unknown_fields.join(", ") } : {}),
  };
  const list = Object.entries(facts).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  find("hint").hidden = true;
  find("call").replaceChildren(
    element("dl", {}, ...list),
    ...section("Request", call.request_messages, call.requests_left_out),
    ...section("Response", call.response_messages, call.responses_left_out),
    ...section("Metadata", [call.metadata], 0));
  // Beside the traffic, the details are in sight already.
  find("details").focus({ preventScroll: matchMedia("(min-width: 60rem)").matches });
}

// State and faults

let waiting = 0;

function refresh() {
  // Many calls at once are one look at the state, after the last of them.
  clearTimeout(waiting);
  waiting = setTimeout(() => showState().catch(() => {}), 100);
}

async function showState() {
  const [state, faults] = await Promise.all([ask("GET", "/state"), ask("GET", "/faults")]);
  login(false);
  find("summary").textContent =
    `${state.address} · engine ${state.engine} · ${state.folder === null ? "in memory" : state.folder}`;
  const facts = { ...state.counts, "unknown fields": Object.entries(state.unknown_fields)
    .map(([name, count]) => `${name} (${count})`).join(", ") || "none" };
  find("counts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
  frozen = state.clock.frozen;
  find("clock").textContent = new Date(state.clock.now * 1000).toLocaleString() + (frozen ? " (frozen)" : "");
  find("freeze").setAttribute("aria-pressed", String(frozen));
  find("faults").replaceChildren(...faults.faults.map((fault) => {
    const said = Object.entries(fault).filter(([name]) => !["id", "seen", "hits"].includes(name))
      .map(([name, value]) => `${name} ${value}`).join(", ");
    const remove = async () => { await ask("DELETE", `/faults/${fault.id}`); await showState(); };
    return element("li", {},
      element("span", {}, `${said} — hit ${fault.hits ?? 0} of ${fault.seen ?? 0}`),
      element("button", { type: "button", onclick: remove }, "Remove"));
  }));
}

function on(id, event, action) {
  find(id).addEventListener(event, action);
}

async function change(path, body) {
  await ask("POST", path, body);
  await showState();
}

for (const name of STATUSES) {
  find("fault").elements.status.append(element("option", {}, name));
}
for (const name of ["OK", ...STATUSES, "CUT"]) find("status").append(element("option", {}, name));

for (const id of ["rpc", "status", "odd"]) on(id, "input", show);
on("pause", "click", () => {
  paused = !paused;
  find("pause").setAttribute("aria-pressed", String(paused));
  show();
});
on("forget", "click", async () => {
  await ask("DELETE", "/requests");
  await load();
});
on("fault", "submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const fault = { rpc: form.get("rpc"), status: form.get("status"), delay: Number(form.get("delay")) };
  for (const name of ["cut_after", "retry_after", "one_in", "times"]) {
    if (form.get(name) !== "") fault[name] = Number(form.get(name));
  }
  try {
    await change("/faults", fault);
    find("fault-error").textContent = "";
  } catch (error) {
    find("fault-error").textContent = error.message;
  }
});
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => change("/clock", { advance: Number(button.dataset.advance) }));
}
on("freeze", "click", () => change("/clock", { frozen: !frozen }));
on("snapshot", "click", () => change("/snapshot", {}));
on("restore", "click", () => change("/restore", {}).catch((error) => alert(error.message)));
on("reset", "click", async () => {
  if (confirm("Delete all files, collections and answers, and forget the traffic?")) {
    await change("/reset");
    await load();
  }
});
on("login", "submit", (event) => {
  event.preventDefault();
  token = find("token").value;
  sessionStorage.setItem("token", token);
  login(false);
});

stayConnected();
