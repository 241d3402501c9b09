// The page's behaviour: keeps what is shown in step with the server, follows links without a reload, and hands what a
// person does to the sandbox's control API. The server draws everything; nothing here builds messages or views.
import { closePopups, collect, elementPressed, elementTyped, openSelects, flush, unixTime } from "./elements.js";
import { setUpComposers, complete } from "./composer.js";

export let client = {};
const drawn = new WeakMap(); // node -> the server's HTML for it, to see whether it has changed
const REQUIRED = "Please complete this required field."; // the sandbox's own words, shown in the reader's language
let stream = null;
let refreshing = null;
let again = false;
let visits = 0; // grows with every address that somebody sets out for, and again when it is reached
let underWay = 0; // the visit that has not been reached yet, or 0

export const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export function word(name, values = {}) {
  return (client.labels[name] || name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function toast(text) {
  const note = document.createElement("div");
  note.className = "toast";
  note.textContent = text;
  $("#toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}

/** Does something as the person whom the page is drawn for; null, with a note on the page, if it can't be done. */
export async function act(action, values = {}) {
  try {
    const answer = await fetch(`/sandbox/do/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: client.user, ...values }),
    });
    return told(await answer.json());
  } catch (error) {
    toast(word("trouble", { why: error.message }));
    return null;
  }
}

export async function upload(values, files, action = "upload_files") {
  const form = new FormData();
  Object.entries({ user: client.user, ...values }).forEach(([name, value]) => value && form.append(name, value));
  files.forEach((file) => form.append("files", file, file.name));
  const answer = await fetch(`/sandbox/do/${action}`, { method: "POST", body: form });
  return told(await answer.json());
}

function told(body) {
  if (!body.ok) {
    toast(word("trouble", { why: body.error }));
    return null;
  }
  return body.result ?? {};
}

// Keeping in step.

function remember(root) {
  $$("[data-sync]", root).forEach((node) => {
    if (node.dataset.sync === "list") [...node.children].forEach((child) => drawn.set(child, child.outerHTML));
    else drawn.set(node, node.innerHTML);
  });
}

/** Replaces, among the children of a list, those whose HTML is different now. */
function syncList(list, fresh) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let next = list.firstElementChild;
  for (const node of [...fresh.children]) {
    const html = node.outerHTML;
    const old = known.get(node.dataset.key);
    known.delete(node.dataset.key);
    let kept = old;
    if (old && sameForm(old, node)) {
      // Nothing in it is moved: a press that has begun on one of its buttons would be lost.
      old.hidden = node.hidden;
      drawn.set(old, html);
    } else if (!old || drawn.get(old) !== html) {
      kept = document.adoptNode(node);
      drawn.set(kept, html);
      if (old) {
        if (old === next) next = old.nextElementSibling;
        carryOver(old, kept);
        old.remove();
      }
    }
    if (kept === next) next = next.nextElementSibling;
    else list.insertBefore(kept, next);
  }
  known.forEach((node) => node.remove());
}

/** Whether both show the same view, which the app has not changed since: what a person did in it goes on. */
function sameForm(old, fresh) {
  const form = $("form.modal", old);
  return Boolean(form) && form.dataset.hash === $("form.modal", fresh)?.dataset.hash;
}

/** What was typed into a view stays where the new view has the same input. */
function carryOver(old, fresh) {
  $$("input.text, textarea.text", old).forEach((input) => {
    const twin = $(`[data-block="${CSS.escape(input.dataset.block)}"][data-action="${CSS.escape(input.dataset.action)}"]`, fresh);
    if (twin && input.value !== input.defaultValue) twin.value = input.value;
  });
}

function focusKey() {
  const active = document.activeElement;
  const holder = active?.closest("[data-key]");
  const tie = active?.closest("[data-action]");
  if (active?.id) return `#${CSS.escape(active.id)}`;
  if (!holder || !tie) return null;
  return `[data-key="${CSS.escape(holder.dataset.key)}"] [data-action="${CSS.escape(tie.dataset.action)}"]`;
}

async function fetchPage(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function here() {
  const address = new URL(location.href);
  address.searchParams.set("since", $("#app").dataset.since);
  address.searchParams.set("as", client.user);
  if (client.channel) address.searchParams.set("in", client.channel);
  return address;
}

/** Draws again what has changed, and nothing else. Calls while it runs lead to one more run. */
export async function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    try {
      do {
        again = false;
        const turn = visits;
        const fresh = await fetchPage(here());
        // Somebody may have gone elsewhere meanwhile.
        if (turn === visits) apply(fresh);
      } while (again);
    } catch {
      // The stream's own reconnection draws everything again.
    } finally {
      refreshing = null;
    }
  })();
  return refreshing;
}

function apply(fresh) {
  const focus = focusKey();
  const panes = $$(".scroll").map((node) => ({ node, last: lastKey(node), follows: follows(node), end: atBottom(node) }));
  const modalsBefore = $$("#modals .veil").length;
  const open = $$("details[open]").map((one) => one.className);
  for (const node of $$("#app [data-sync]")) {
    const twin = node.id && fresh.getElementById(node.id);
    if (!twin) continue;
    if (node.dataset.sync === "list") syncList(node, twin);
    else if (drawn.get(node) !== twin.innerHTML) {
      drawn.set(node, twin.innerHTML);
      node.replaceChildren(...twin.childNodes);
    }
  }
  if (Boolean($("#home")) && fresh.getElementById("home") && !drawn.has($("#home"))) drawn.set($("#home"), "");
  $$("details.drop").forEach((one) => (one.open = open.includes(one.className)));
  client = JSON.parse(fresh.getElementById("app").dataset.client);
  panes.forEach(({ node, last, follows: following, end }) => {
    if (following && last !== lastKey(node)) toBottom(node);
    else if (end) node.scrollTop = node.scrollHeight;
  });
  const modals = $$("#modals .veil").length;
  if (modals !== modalsBefore) modalsChanged();
  else if (focus && document.activeElement === document.body) $(focus)?.focus?.();
  markRead();
}

function modalsChanged() {
  const top = $("#modals .veil:not([hidden]) .modal");
  document.body.classList.toggle("has-modal", Boolean(top));
  $$(".top, .side, .main, .thread, .panel").forEach((part) => (part.inert = Boolean(top)));
  if (!top) return;
  const first = $("[data-focus], input.text, textarea.text, .select-open, .modal-body input", top) || $(".modal-body", top);
  (first.matches(".select") ? $(".select-open", first) : first).focus();
}

function atBottom(node) {
  return node.scrollHeight - node.scrollTop - node.clientHeight < 80;
}

const lastMessage = (node) => $$(".msg", node).pop();
const lastKey = (node) => lastMessage(node)?.dataset.key;

/** Whether somebody reads the newest message, and so wants to see the next. */
function follows(node) {
  const last = lastMessage(node);
  return !last || atBottom(node) || last.getBoundingClientRect().top >= node.getBoundingClientRect().top - 8;
}

/** Shows the end of a conversation, or the beginning of its last message where that is taller than the pane. */
function toBottom(node) {
  node.scrollTop = node.scrollHeight;
  const last = lastMessage(node);
  if (last && last.offsetHeight > node.clientHeight) last.scrollIntoView({ block: "start" });
}

/** Goes to another address of the page and draws it whole. */
export async function go(address, { push = true } = {}) {
  const url = new URL(address, location.href);
  const before = new URL(location.href);
  const drafts = Object.fromEntries($$(".composer").map((form) => [form.id + client.channel + form.dataset.thread, $("textarea", form).value]));
  const panes = Object.fromEntries($$(".scroll").map((node) => [node.id, [node.scrollTop, atBottom(node)]]));
  const sameRoom = url.searchParams.get("in") === before.searchParams.get("in") && url.searchParams.get("as") === before.searchParams.get("as");
  if (sameRoom) url.searchParams.set("since", $("#app").dataset.since);
  visits += 1;
  const turn = visits;
  underWay = turn;
  let fresh;
  try {
    fresh = await fetchPage(url);
  } catch (error) {
    toast(word("trouble", { why: error.message }));
    return;
  } finally {
    if (underWay === turn) underWay = 0;
  }
  if (turn !== visits) return;
  // What was fetched meanwhile, to draw the old address again, must not be drawn over the new one.
  visits += 1;
  url.searchParams.delete("since");
  if (push) history.pushState({}, "", url);
  const personBefore = client.user;
  $("#app").replaceWith(document.adoptNode(fresh.getElementById("app")));
  document.documentElement.lang = fresh.documentElement.lang;
  document.title = fresh.title;
  start();
  $$(".composer").forEach((form) => {
    const text = drafts[form.id + client.channel + form.dataset.thread];
    if (text && personBefore === client.user) $("textarea", form).value = text;
  });
  $$(".scroll").forEach((node) => {
    const [top, bottom] = panes[node.id] || [0, true];
    if (sameRoom && !bottom) node.scrollTop = top;
    else toBottom(node);
  });
}

function start() {
  const app = $("#app");
  client = JSON.parse(app.dataset.client);
  remember(app);
  setUpComposers();
  openSelects(app);
  modalsChanged();
  $$(".scroll").forEach(toBottom);
  const marker = $(".new");
  if (marker) marker.scrollIntoView({ block: "center" });
  markRead();
  tabOpened();
  if (!matchMedia("(max-width: 720px)").matches && !$(".modal")) {
    $(client.thread ? "#thread-composer textarea" : "#composer textarea")?.focus({ preventScroll: true });
  }
}

let opened = "";
/** Tells the app, once for each opening, that its Home or Messages tab is open. */
function tabOpened() {
  const now = client.appDm ? `${client.user}/${client.tab}` : "";
  if (now && now !== opened) act("open_home", { tab: client.tab === "home" ? "home" : "messages" }).then(refresh);
  opened = now;
}

let marked = "";
function markRead() {
  const now = `${client.user}/${client.channel}/${client.latest}`;
  if (!client.latest || document.hidden || now === marked) return;
  marked = now;
  fetch("/page/read", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: client.user, channel: client.channel, ts: client.latest }),
  });
}

let wanted = null;
function soon() {
  wanted ??= setTimeout(() => ((wanted = null), refresh()), 60);
}

const lately = new Set(); // threads in which something has happened
let asked = ""; // the last message that was sent to the app in its own conversation

/** Remembers what was asked, to open its thread once the app works on it, as Slack's agent view does. */
export function sent(message) {
  asked = client.appDm && message?.ts && !message.thread_ts ? message.ts : "";
  // The app may have been faster than the answer to our own call.
  if (asked && lately.has(asked)) {
    go(withThread(asked));
    asked = "";
  }
}

function opensThread(change) {
  const about = change.type === "message" || (change.type === "status" && change.text);
  if (about && change.thread_ts) lately.add(change.thread_ts);
  if (!about || !asked || change.thread_ts !== asked || change.channel !== client.channel || change.ts === asked) return false;
  asked = "";
  return client.thread !== change.thread_ts;
}

function withThread(ts) {
  const address = new URL(location.href);
  address.searchParams.set("thread", ts);
  return address;
}

function listen() {
  stream = new EventSource("/sandbox/stream");
  stream.onmessage = (message) => {
    const change = JSON.parse(message.data);
    if (change.type === "notice") {
      if (change.user === client.user) toast(change.text);
      return;
    }
    if (change.type === "delivery" && !$("#panel")) return;
    // Somebody who is on the way elsewhere is not called back.
    if (opensThread(change) && !underWay) go(withThread(change.thread_ts));
    else soon();
  };
  stream.onopen = () => {
    if (!$("#lost").hidden) soon();
    $("#lost").hidden = true;
  };
  stream.onerror = () => ($("#lost").hidden = false);
}

// A question before something is done.

/** Asks with an element's own confirmation dialog; true at once if it has none. */
export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  const plain = (part, fallback) => (part && part.text) || fallback;
  return new Promise((resolve) => {
    const box = document.createElement("dialog");
    box.className = "confirm";
    const title = document.createElement("h2");
    title.textContent = plain(question.title, "");
    const text = document.createElement("p");
    text.textContent = plain(question.text, "");
    const row = document.createElement("div");
    row.className = "row end";
    const no = document.createElement("button");
    no.className = "btn";
    no.textContent = plain(question.deny, word("cancel"));
    const yes = document.createElement("button");
    yes.className = question.style === "danger" ? "btn danger solid" : "btn primary";
    yes.textContent = plain(question.confirm, word("confirm"));
    row.append(no, yes);
    box.append(title, text, row);
    document.body.append(box);
    let answer = false;
    yes.onclick = () => ((answer = true), box.close());
    no.onclick = () => box.close();
    box.onclose = () => (box.remove(), resolve(answer));
    box.showModal();
    yes.focus();
  });
}

// Views.

async function submitView(form) {
  if (form.classList.contains("busy")) return;
  const values = await collect(form);
  form.classList.add("busy");
  await flush();
  const result = await act("submit_view", { view_id: form.dataset.view, values });
  form.classList.remove("busy");
  $$(".error", form).forEach((node) => ((node.hidden = true), (node.textContent = "")));
  $$(".b.input.wrong", form).forEach((node) => node.classList.remove("wrong"));
  if (result && result.errors) {
    let first = null;
    Object.entries(result.errors).forEach(([block, text]) => {
      const holder = $(`.b.input[data-b="${CSS.escape(block)}"]`, form);
      const note = holder ? $(".error", holder) : $(".form-error", form);
      holder?.classList.add("wrong");
      note.textContent = text === REQUIRED ? word("required") : text;
      note.hidden = false;
      first ??= holder;
    });
    first?.scrollIntoView({ block: "nearest" });
    $("input, textarea, button", first || form)?.focus();
  } else if (result && result.ok === false) {
    const note = $(".form-error", form);
    note.textContent = result.text || result.error;
    note.hidden = false;
  }
  refresh();
}

async function closeView(form, clear) {
  await act("close_view", { view_id: form.dataset.view, clear });
  refresh();
}

// What can be pressed.

function drawer(open = !$("#app").classList.contains("drawer")) {
  $("#app").classList.toggle("drawer", open);
  $(".scrim").hidden = !open;
  $('[data-do="drawer"]').setAttribute("aria-expanded", open);
}

function editInPlace(article) {
  const content = $(".content", article);
  const form = document.createElement("form");
  form.className = "edit";
  const area = document.createElement("textarea");
  area.className = "text";
  area.value = article.dataset.plain;
  const row = document.createElement("div");
  row.className = "row end";
  const no = document.createElement("button");
  no.type = "button";
  no.className = "btn";
  no.textContent = word("cancel");
  const yes = document.createElement("button");
  yes.className = "btn primary";
  yes.textContent = word("save");
  row.append(no, yes);
  form.append(area, row);
  content.hidden = true;
  content.after(form);
  area.focus();
  const end = () => (form.remove(), (content.hidden = false));
  no.onclick = end;
  area.onkeydown = (event) => {
    if (event.key === "Escape") (event.stopPropagation(), end());
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), form.requestSubmit());
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const result = await act("edit_message", { channel: article.dataset.channel, ts: article.dataset.ts, text: area.value });
    if (result) (end(), refresh());
  };
}

function toggleMenu(button) {
  const menu = button.nextElementSibling;
  const open = menu.hidden;
  closePopups();
  menu.hidden = !open;
  button.setAttribute("aria-expanded", open);
  button.closest(".tools").classList.toggle("held", open);
  if (open) {
    const below = innerHeight - button.getBoundingClientRect().bottom;
    menu.classList.toggle("up", below < menu.offsetHeight + 16);
    $("[role=menuitem]", menu)?.focus();
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(word("copied"));
  } catch {
    toast(text);
  }
}

const ON_MESSAGE = {
  react: async (where, button) => {
    const on = button.getAttribute("aria-pressed") === "true";
    await act("react", { ...where, name: button.dataset.name, remove: on });
  },
  shortcut: (where, button) => act("use_shortcut", { ...where, callback_id: button.dataset.callback }),
  delete: async (where, button) => {
    const sure = await confirmed({
      title: { text: word("delete") }, text: { text: word("delete_sure") }, confirm: { text: word("delete") }, style: "danger",
    });
    if (sure) await act("delete_message", where);
    return button;
  },
};

const ON_PAGE = {
  drawer: () => drawer(),
  theme: () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
  },
  clock: (button) => act("move_clock", { user: undefined, seconds: Number(button.dataset.seconds) }).then(refresh),
  invite: (button) => act("invite", { channel: client.channel, invited: button.dataset.user }).then(refresh),
  join: () => act("join", { channel: client.channel }).then(refresh),
  prompt: (button) => act("use_prompt", { index: Number(button.dataset.index) }).then(sent),
  stop: () => act("stop_session", { channel: client.channel, thread_ts: client.thread }),
  menu: (button) => toggleMenu(button),
  edit: (button) => (closePopups(), editInPlace(button.closest("[data-place]"))),
  "copy-text": (button) => copy(button.closest("[data-place]").dataset.plain),
  "copy-json": () => copy($("#json").textContent),
  "close-view": (button) => closeView(button.closest(".modal"), false),
  "close-all": (button) => closeView(button.closest(".modal"), true),
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(link.href);
    return;
  }
  if (!event.target.closest(".popup, .menu, .select-open, [data-do=menu]")) closePopups();
  $$("details.drop[open]").forEach((one) => !one.contains(event.target) && (one.open = false));
  const button = event.target.closest("[data-do]");
  if (button) {
    const name = button.dataset.do;
    if (ON_PAGE[name]) ON_PAGE[name](button);
    else if (ON_MESSAGE[name]) {
      const article = button.closest("[data-place]");
      closePopups();
      Promise.resolve(ON_MESSAGE[name]({ channel: article.dataset.channel, ts: article.dataset.ts }, button)).then(refresh);
    }
    return;
  }
  elementPressed(event);
});

document.addEventListener("change", elementTyped);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form.modal")) {
    event.preventDefault();
    submitView(form);
  } else if (form.dataset.form === "clock") {
    event.preventDefault();
    act("move_clock", { user: undefined, to: new Date(unixTime(form.to.value, client.zone) * 1000).toISOString() }).then(refresh);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || complete(event)) return;
  if (event.key === "Escape") {
    if (closePopups()) return;
    const drop = $("details.drop[open]");
    if (drop) {
      drop.open = false;
      $("summary", drop).focus();
      return;
    }
    const modal = $("#modals .veil:not([hidden]) .modal");
    if (modal) closeView(modal, false);
    else if ($("#app").classList.contains("drawer")) drawer(false);
    else if ($("[data-close]")) go($("[data-close]").href);
  }
  if (event.key === "Tab") {
    const modal = $("#modals .veil:not([hidden]) .modal");
    if (modal && !modal.contains(document.activeElement)) {
      event.preventDefault();
      $("button, input, textarea", modal)?.focus();
    }
  }
  if (event.key === "ArrowUp" && event.target.matches?.(".composer textarea") && !event.target.value) {
    const list = event.target.closest(".thread, .main");
    const own = $$('.msg:has([data-do="edit"])', list).pop();
    if (own) (event.preventDefault(), editInPlace(own));
  }
  const menu = event.target.closest?.("[role=menu]");
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const items = $$("[role=menuitem]", menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }
});

document.addEventListener("visibilitychange", markRead);
addEventListener("popstate", () => go(location.href, { push: false }));

// The address names whose eyes and which place, so that a reload stays there.
start();
if (!new URL(location.href).searchParams.get("in")) {
  history.replaceState({}, "", `/?as=${client.user}&in=${client.channel}${location.search.includes("tab=home") ? "&tab=home" : ""}`);
}
listen();
