// The composer: sending, commands, files by button, drop or paste, and completion of people, channels, commands, emoji.
import { $, act, client, refresh, sent, toast, upload, word } from "./page.js";

const waiting = new Map(); // composer id -> files that go with the next message

const files = (form) => waiting.get(form.id) || [];

export function setUpComposers() {
  waiting.clear();
  document.querySelectorAll(".composer").forEach((form) => grow($("textarea", form)));
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
}

function attach(form, more) {
  waiting.set(form.id, [...files(form), ...more]);
  const chips = $(".chips", form);
  chips.replaceChildren(
    ...files(form).map((file, index) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.textContent = `${file.name} ✕`;
      chip.setAttribute("aria-label", `${file.name} ✕`);
      chip.onclick = () => {
        waiting.set(form.id, files(form).filter((_file, other) => other !== index));
        attach(form, []);
      };
      return chip;
    })
  );
}

async function send(form) {
  const area = $("textarea", form);
  const text = area.value.trim();
  const thread = form.dataset.thread || null;
  const attached = files(form);
  if (!text && !attached.length) return;
  if (form.classList.contains("busy")) return;
  form.classList.add("busy");
  let result;
  if (attached.length) {
    result = await upload({ channel: client.channel, comment: text, thread_ts: thread }, attached);
    sent(result);
  } else if (/^\/[a-z][\w-]*/i.test(text)) {
    result = await command(text, thread);
  } else {
    const broadcast = Boolean(form.broadcast?.checked);
    result = await act("post_message", { channel: client.channel, text, thread_ts: thread, broadcast });
    sent(result);
  }
  form.classList.remove("busy");
  if (!result) return;
  area.value = "";
  waiting.delete(form.id);
  attach(form, []);
  grow(area);
  await refresh();
  const scroll = $(thread ? "#thread-scroll" : "#scroll");
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
}

async function command(text, thread) {
  const [name] = text.split(/\s/, 1);
  if (!client.commands.some((one) => one.command === name)) {
    toast(word("command_unknown", { command: name }));
    return null;
  }
  if (thread) {
    toast(word("command_in_thread", { command: name }));
    return null;
  }
  return act("run_command", { channel: client.channel, command: name, text: text.slice(name.length).trim() });
}

// Completion.

const KINDS = [
  {
    pattern: /(?:^|[\s(（，。！？、：；]|[\u3400-\u9fff])@([\p{L}\p{N}_.-]*)$/u,
    offers: () => [
      ...client.people.filter((one) => one.id !== client.user).sort((a, b) => b.here - a.here || b.app - a.app)
        .map((one) => ({ text: `@${one.name}`, label: one.label, more: `@${one.name}`, find: `${one.name} ${one.label}` })),
      { text: "@here", label: "@here", more: "", find: "here" },
      { text: "@channel", label: "@channel", more: "", find: "channel" },
    ],
  },
  {
    pattern: /(?:^|\s)#([\p{L}\p{N}_-]*)$/u,
    offers: () => client.channels.map((one) => ({ text: `#${one.name}`, label: `#${one.name}`, more: "", find: one.name })),
  },
  {
    pattern: /(?:^|\s):([a-z0-9_+-]+|$)$/,
    offers: () => client.emoji.map((one) => ({ text: `:${one.name}:`, label: `${one.symbol} :${one.name}:`, more: "", find: one.name })),
  },
  {
    pattern: /^\/([a-z-]*)$/i,
    offers: () => [
      ...client.commands.map((one) => ({
        text: one.command, label: `${one.command} ${one.usage_hint}`, more: one.description, find: one.command.slice(1),
      })),
      ...client.shortcuts.map((one) => ({ shortcut: one.callback_id, label: `⚡ ${one.name}`, more: one.description, find: one.name })),
    ],
  },
];

function suggest(form) {
  const area = $("textarea", form);
  const box = $(".completion", form);
  const before = area.value.slice(0, area.selectionStart);
  const thread = form.dataset.thread;
  for (const kind of KINDS) {
    const match = before.match(kind.pattern);
    if (!match || (thread && before.startsWith("/"))) continue;
    const typed = match[1].toLowerCase();
    const starts = (one) => one.find.toLowerCase().split(" ").some((part) => part.startsWith(typed));
    const found = kind.offers().filter((one) => one.find.toLowerCase().includes(typed)).sort((a, b) => starts(b) - starts(a)).slice(0, 8);
    if (!found.length) break;
    $(".options", box).replaceChildren(
      ...found.map((one, index) => {
        const option = document.createElement("li");
        option.className = index ? "option" : "option active";
        option.setAttribute("role", "option");
        option.id = `${form.id}-option-${index}`;
        const label = document.createElement("span");
        label.textContent = one.label;
        const more = document.createElement("span");
        more.className = "o-more";
        more.textContent = one.more;
        option.append(label, more);
        option.onmousedown = (event) => (event.preventDefault(), take(form, one, match[1].length + 1));
        option.take = () => take(form, one, match[1].length + 1);
        return option;
      })
    );
    box.hidden = false;
    area.setAttribute("aria-activedescendant", `${form.id}-option-0`);
    return;
  }
  box.hidden = true;
  area.removeAttribute("aria-activedescendant");
}

function take(form, one, length) {
  const area = $("textarea", form);
  if (one.shortcut) {
    area.value = "";
    $(".completion", form).hidden = true;
    act("use_shortcut", { callback_id: one.shortcut }).then(refresh);
    return;
  }
  area.setRangeText(`${one.text} `, area.selectionStart - length, area.selectionStart, "end");
  $(".completion", form).hidden = true;
  area.focus();
  grow(area);
}

/** Keys in a composer; true if the key was for it. */
export function complete(event) {
  const form = event.target.closest?.(".composer");
  if (!form || !event.target.matches("textarea")) return false;
  const box = $(".completion", form);
  if (!box.hidden) {
    const options = [...box.querySelectorAll(".option")];
    const at = options.findIndex((option) => option.classList.contains("active"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options[at].classList.remove("active");
      options[next].classList.add("active");
      event.target.setAttribute("aria-activedescendant", options[next].id);
      return true;
    }
    if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      options[at].take();
      return true;
    }
    if (event.key === "Escape") {
      box.hidden = true;
      return true;
    }
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(form);
    return true;
  }
  return false;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest(".composer");
  if (!form || !event.target.matches("textarea")) return;
  grow(event.target);
  suggest(form);
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.(".composer");
  if (form && event.target.matches("textarea")) $(".completion", form).hidden = true;
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".composer")) return;
  event.preventDefault();
  send(event.target);
});

document.addEventListener("click", (event) => {
  const form = event.target.closest(".composer");
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (!form) return;
  const area = $("textarea", form);
  if (name === "attach") $("input[type=file]", form).click();
  else if (name === "type") {
    area.focus();
    const typed = event.target.closest("[data-do]").dataset.text;
    const before = area.value.slice(0, area.selectionStart);
    area.setRangeText(before && !/\s$/.test(before) ? ` ${typed}` : typed, area.selectionStart, area.selectionEnd, "end");
    suggest(form);
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest(".composer");
  if (!form || event.target.type !== "file") return;
  attach(form, [...event.target.files]);
  event.target.value = "";
  $("textarea", form).focus();
});

document.addEventListener("paste", (event) => {
  const form = event.target.closest?.(".composer");
  if (form && event.clipboardData.files.length) {
    event.preventDefault();
    attach(form, [...event.clipboardData.files]);
  }
});

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || !$(".composer")) return;
  event.preventDefault();
  $(".drop-here").hidden = false;
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget && $(".drop-here")) $(".drop-here").hidden = true;
});

document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !$(".composer")) return;
  event.preventDefault();
  $(".drop-here").hidden = true;
  const form = event.target.closest(".thread") ? $("#thread-composer") : $("#composer");
  if (form) attach(form, [...event.dataTransfer.files]);
});
