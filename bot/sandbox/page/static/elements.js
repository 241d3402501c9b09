// Block Kit's elements: buttons, menus, pickers and inputs, in messages and in views.
import { $, act, client, confirmed, refresh, upload, word } from "./page.js";

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
let queue = Promise.resolve(); // what was entered is sent in order, and before anything that depends on it

/** Waits until everything that was entered has arrived. */
export const flush = () => queue;

function where(node) {
  const place = node.closest("[data-place]");
  if (!place) return null;
  return place.dataset.view ? { view_id: place.dataset.view } : { channel: place.dataset.channel, ts: place.dataset.ts };
}

/** Uses an element; what it holds is kept even if the app is not told. */
async function use(element, value) {
  const place = where(element);
  if (!place) return null;
  const question = element.dataset.confirm && JSON.parse(element.dataset.confirm);
  if (question && !(await confirmed(question))) return null;
  element.classList.add("busy");
  const run = queue.then(() =>
    act("act", { ...place, action_id: element.dataset.action, block_id: element.dataset.block, value })
  );
  queue = run.catch(() => null);
  const result = await run;
  element.classList.remove("busy");
  if (result && result.ok === false) showTrouble(element);
  refresh();
  return result;
}

function showTrouble(element) {
  element.classList.add("failed");
  setTimeout(() => element.classList.remove("failed"), 4000);
}

// Menus.

export function closePopups() {
  let any = false;
  $$(".popup:not([hidden]), .menu:not([hidden])").forEach((popup) => {
    if (popup.closest("details")) return;
    popup.hidden = true;
    any = true;
    const opener = popup.parentElement.querySelector("[aria-expanded=true]");
    opener?.setAttribute("aria-expanded", "false");
    popup.closest(".tools")?.classList.remove("held");
    const select = popup.closest(".select");
    if (select) {
      if (popup.contains(document.activeElement)) opener?.focus();
      if (select.dataset.many === "true" && select.dataset.dirty) {
        delete select.dataset.dirty;
        use(select, valueOf(select));
      }
    }
  });
  return any;
}

/** Marks what is chosen in freshly drawn menus. */
export function openSelects(root) {
  $$(".select", root).forEach((select) => {
    const values = picked(select).map((one) => one.dataset.value);
    $$(".option", select).forEach((option) => option.setAttribute("aria-selected", values.includes(option.dataset.value)));
  });
}

const picked = (select) => $$(".select-shown .picked", select);

function open(select) {
  closePopups();
  openSelects(select.parentElement);
  const popup = $(".popup", select);
  popup.hidden = false;
  $(".select-open", select).setAttribute("aria-expanded", "true");
  const box = $(".select-open", select).getBoundingClientRect();
  const limit = select.closest(".modal-body, .scroll, .home")?.getBoundingClientRect() ?? { bottom: innerHeight, top: 0 };
  popup.classList.toggle("up", limit.bottom - box.bottom < Math.min(popup.offsetHeight, 300) && box.top - limit.top > limit.bottom - box.bottom);
  popup.classList.toggle("from-right", box.left + popup.offsetWidth > innerWidth - 8);
  const filter = $(".filter", select);
  if (filter) {
    filter.value = "";
    search(select, "");
    filter.focus();
  } else {
    highlight(select, 0);
    $(".options", select).focus();
  }
}

const visible = (select) => $$(".option", select).filter((option) => !option.hidden);

function highlight(select, index) {
  const options = visible(select);
  $$(".option.active", select).forEach((option) => option.classList.remove("active"));
  if (!options.length) return;
  const option = options[(index + options.length) % options.length];
  option.classList.add("active");
  option.scrollIntoView({ block: "nearest" });
}

let asked = 0;
async function search(select, text) {
  if (select.dataset.asks === "true") {
    const fewest = Number(select.dataset.fewest);
    if (text.length < fewest) return note(select, word("too_few", { count: fewest }));
    const turn = ++asked;
    note(select, word("loading"));
    const found = await act("suggest_options", { ...where(select), action_id: select.dataset.action, block_id: select.dataset.block, query: text });
    if (turn !== asked) return undefined;
    const list = $(".options", select);
    list.replaceChildren(
      ...(found || []).map((one) => {
        const option = document.createElement("li");
        option.className = "option";
        option.setAttribute("role", "option");
        option.dataset.value = one.value;
        option.dataset.json = JSON.stringify(one);
        option.textContent = one.text.text;
        return option;
      })
    );
    if (!found?.length) note(select, word("no_options"));
  } else {
    $$(".nothing", select).forEach((node) => node.remove());
    const wanted = text.trim().toLowerCase();
    $$(".option", select).forEach((option) => (option.hidden = !option.textContent.toLowerCase().includes(wanted)));
    if (!visible(select).length) $(".options", select).append(nothing(word("no_options")));
  }
  highlight(select, 0);
  return undefined;
}

function nothing(text) {
  const line = document.createElement("li");
  line.className = "nothing";
  line.textContent = text;
  return line;
}

function note(select, text) {
  $(".options", select).replaceChildren(nothing(text));
}

function choose(select, option) {
  if (select.classList.contains("overflow")) {
    closePopups();
    if (option.dataset.url && /^(https?|mailto):/.test(option.dataset.url)) window.open(option.dataset.url, "_blank", "noopener");
    use(select, option.dataset.value);
    return;
  }
  const chip = document.createElement("span");
  chip.className = "picked";
  chip.dataset.value = option.dataset.value;
  if (option.dataset.json) chip.dataset.json = option.dataset.json;
  chip.append(...($(".o-label", option) || option).cloneNode(true).childNodes);
  const shown = $(".select-shown", select);
  if (select.dataset.many === "true") {
    const same = picked(select).find((one) => one.dataset.value === option.dataset.value);
    if (same) same.remove();
    else if (select.dataset.most && picked(select).length >= Number(select.dataset.most)) return;
    else shown.append(chip);
    $(".placeholder", shown)?.remove();
    if (!picked(select).length) shown.append(placeholder(select));
    option.setAttribute("aria-selected", String(!same));
    select.dataset.dirty = "yes";
    return;
  }
  shown.replaceChildren(chip);
  closePopups();
  use(select, valueOf(select));
}

function placeholder(select) {
  const text = document.createElement("span");
  text.className = "placeholder";
  text.textContent = $(".placeholder-text", select).textContent;
  return text;
}

function valueOf(select) {
  const values = picked(select).map((one) => (one.dataset.json ? JSON.parse(one.dataset.json) : one.dataset.value));
  return select.dataset.many === "true" ? values : values[0];
}

document.addEventListener("input", (event) => {
  const select = event.target.closest(".select");
  if (select && event.target.matches(".filter")) search(select, event.target.value);
  else if (event.target.dataset?.on?.includes("on_character_entered")) use(event.target, event.target.value);
});

document.addEventListener("keydown", (event) => {
  const select = event.target.closest?.(".select");
  if (!select || event.isComposing) return;
  const popup = $(".popup", select);
  if (popup.hidden) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") (event.preventDefault(), open(select));
    return;
  }
  const options = visible(select);
  const at = options.findIndex((option) => option.classList.contains("active"));
  if (event.key === "ArrowDown") (event.preventDefault(), highlight(select, at + 1));
  else if (event.key === "ArrowUp") (event.preventDefault(), highlight(select, at - 1));
  else if (event.key === "Enter" || (event.key === " " && !event.target.matches(".filter"))) {
    event.preventDefault();
    if (options[at]) choose(select, options[at]);
  } else if (event.key === "Tab") closePopups();
});

/** A click on an element of a message or view. */
export function elementPressed(event) {
  const select = event.target.closest(".select");
  if (select && !event.target.closest(".completion")) {
    const option = event.target.closest(".option");
    if (option) choose(select, option);
    else if (event.target.closest(".select-open")) {
      if ($(".popup", select).hidden) open(select);
      else closePopups();
    }
    return;
  }
  const feedback = event.target.closest(".feedback button");
  if (feedback) {
    $$("button", feedback.parentElement).forEach((one) => one.setAttribute("aria-pressed", String(one === feedback)));
    use(feedback.parentElement, feedback.dataset.value);
    return;
  }
  const button = event.target.closest("[data-el=button], [data-el=icon_button], [data-el=workflow_button]");
  if (!button || button.classList.contains("busy")) return;
  if (button.matches("a") && button.dataset.confirm) {
    event.preventDefault();
    use(button).then((result) => result && window.open(button.href, "_blank", "noopener"));
  } else use(button);
}

/** Something was entered or chosen in a plain input. */
export function elementTyped(event) {
  const element = event.target.closest("[data-el]");
  if (!element || element.matches(".select") || !where(element)) return;
  if (element.dataset.el === "file_input") {
    const names = [...event.target.files].map((file) => file.name).join(", ");
    $(".filebox-names", element).textContent = names || word("file_pick");
    return;
  }
  use(element, read(element));
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (event.key !== "Enter" || event.isComposing || !input.matches?.("input.text[data-el]")) return;
  if (input.dataset.on && !input.dataset.on.includes("on_enter_pressed")) return;
  if (input.closest("[data-dispatch]")) {
    event.preventDefault();
    use(input, read(input));
  }
});

/** What an element holds now, as the control API takes it. */
function read(element) {
  const kind = element.dataset.el;
  if (kind === "checkboxes") return $$("input:checked", element).map((one) => one.value);
  if (kind === "radio_buttons") return $("input:checked", element)?.value ?? null;
  if (kind === "datetimepicker") return element.value ? unixTime(element.value, client.zone) : null;
  if (kind === "rich_text_input") return element.value ? richText(element.value) : null;
  return element.value === "" ? null : element.value;
}

function richText(text) {
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] };
}

/** Seconds since the epoch of a local date and time in a zone. */
export function unixTime(local, zone) {
  const wanted = Date.parse(`${local}:00Z`);
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  let at = wanted;
  for (let turn = 0; turn < 2; turn += 1) {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    at += wanted - Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:00Z`);
  }
  return Math.round(at / 1000);
}

/** Everything in a form's inputs: block_id -> action_id -> value. Files are handed over on the way. */
export async function collect(form) {
  const values = {};
  for (const element of $$(".b.input [data-el]", form)) {
    let value;
    if (element.matches(".select")) value = valueOf(element) ?? null;
    else if (element.dataset.el === "file_input") value = await handOver($("input", element));
    else value = read(element);
    (values[element.dataset.block] ??= {})[element.dataset.action] = value;
  }
  return values;
}

async function handOver(input) {
  if (!input.files.length) return [];
  return (await upload({}, [...input.files], "attach_files")) || [];
}
