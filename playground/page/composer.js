/** Where messages and commands are written. */

import { post, upload } from "./api.js";
import { runShortcut } from "./appviews.js";
import { personRow } from "./avatar.js";
import { fill, h, openPopup, rove, uid } from "./dom.js";
import { explain } from "./failures.js";
import { icon } from "./icons.js";
import { filtered } from "./picker.js";
import { currentChannel, state } from "./store.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

const drafts = new Map();
let field = null;

const draftKey = () => `${state.me.id} ${state.channel}`;
const historyKey = () => `playground.sent.${state.me.id}`;
const sent = () => JSON.parse(sessionStorage.getItem(historyKey()) ?? "[]");

function remember(text) {
  const all = sent().filter((one) => one !== text);
  sessionStorage.setItem(historyKey(), JSON.stringify([...all, text].slice(-50)));
}

/** Put the focus where messages are written. */
export function focusComposer() { field?.focus(); }

/** Put *text* in the composer, ready to be completed; from the Home or About tab this goes to the messages first. */
export function compose(text) {
  drafts.set(draftKey(), text);
  if (field?.isConnected) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
    field.focus();
    field.setSelectionRange(text.length, text.length);
  } else {
    window.location.hash = `#/${state.me.id}/${state.channel}/messages`;
  }
}

function grow() {
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${Math.min(field.scrollHeight, 220)}px`);
}

async function send(text) {
  const channel = state.channel;
  remember(text);
  field.value = "";
  field.dispatchEvent(new Event("input"));
  const bar = field.closest(".composer");
  bar.classList.add("is-sending");
  try {
    const answer = await post("say", { user: state.me.id, channel, text });
    if (!answer.error) return;
    toast(explain(answer.error), "error");
  } catch (error) {
    toast(error.message, "error");
  } finally {
    bar.classList.remove("is-sending");
  }
  // What did not go through is not lost: it stands there again.
  if (state.channel === channel && field.isConnected && !field.value) compose(text);
}

async function attach(files) {
  for (const file of files) {
    try {
      await upload(state.me.id, state.channel, file);
    } catch (error) {
      toast(error.message, "error");
    }
  }
}

/** The completions for what stands before the caret, or null: `{start, items: [{insert, node}]}`. */
function completions(value, caret) {
  const before = value.slice(0, caret);
  if (/^\/[\w-]*$/.test(before)) {
    const items = state.commands.filter(
                                  (command) => command.command.startsWith(before.toLowerCase())
    ).map((command) => ({
            insert: `${command.command} `,
            node: () =>
              h("span", { class: "command-row" }, h("span", { class: "command-name" }, command.command),
                h("span", { class: "command-usage" }, command.usage_hint ?? ""),
                h("span", { class: "command-text" }, command.description), h("span", { class: "tag" }, state.app.name)),
          }));
    return items.length ? { start: 0, items, title: t("slash_commands") } : null;
  }
  const at = /(?:^|\s)([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
  if (!at) return null;
  const [, sign, query] = at;
  const start = caret - query.length - 1;
  const people =
    () => [...state.users.values()].filter((user) => !user.deleted).map((user) => ({
                                                                          label: user.real_name,
                                                                          search: `${user.name} ${user.real_name}`,
                                                                          insert: `@${user.name} `,
                                                                          node: () => personRow(user)
                                                                        }));
  const channels = () => [...state.channels.values()].filter(
                                                       (channel) => channel.type === "channel"
  ).map((channel) => ({
          label: channel.name,
          insert: `#${channel.name} `,
          node: () => h("span", { class: "command-row" }, icon("hash", 16), channel.name)
        }));
  const [{ items }] = filtered([{ items: sign === "@" ? people() : channels() }], query);
  return items.length ? { start, items: items.slice(0, 8), title: sign === "@" ? t("people") : t("channels") } : null;
}

/** The command being typed, once its name is complete. */
function hintFor(value) {
  const name = /^(\/[\w-]+)\s/.exec(value)?.[1];
  return name ? state.commands.find((command) => command.command === name) ?? null : null;
}

function shortcutsMenu(anchor) {
  const global = state.shortcuts.filter((shortcut) => shortcut.type !== "message");
  const items = [
    ...global.map(
      (shortcut) => [shortcut.name, shortcut.description, () => runShortcut(shortcut.callback_id), "spark"]
    ),
    ...state.commands.map(
      (command) => [command.command, command.description, () => compose(`${command.command} `), "bolt"]
    ),
  ];
  const entries = items.map(([name, description, run, drawing]) => h("button", {
    type: "button", class: "menu-item menu-item-rich", role: "menuitem",
    onclick: () => {
      close({ refocus: true });
      run();
    },
  }, icon(drawing, 18),
  h("span", {}, h("span", { class: "menu-name" }, name), h("span", { class: "option-description" }, description))));
  const menu = h("div", { class: "popup menu", role: "menu", "aria-label": t("run_shortcut") }, entries);
  const close = openPopup(menu, anchor);
  rove(menu, "[role='menuitem']");
  menu.querySelector("[role='menuitem']")?.focus();
}

/** The composer of *channel*. */
export function drawComposer(channel) {
  const listId = uid("complete");
  const name = channel.type === "channel" ? `#${channel.name}` : channel.type === "app" ? state.app.name : channel.name;
  const list = h("div", { class: "options", role: "listbox", id: listId, "aria-label": t("slash_commands") });
  const popup = h("div", { class: "complete", hidden: true }, list);
  const hint = h("div", { class: "command-hint", id: uid("hint"), hidden: true, role: "note" });
  const go =
    h("button", { type: "button", class: "send", "aria-label": t("send"), disabled: true, onclick: () => submit() },
      icon("send", 18));
  const picked =
    h("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: -1, "aria-hidden": "true" });
  let found = null;
  let active = 0;
  let recalled = null;

  field = h("textarea", {
    class: "composer-field",
    rows: 1,
    placeholder: t("message_to", { name }),
    "aria-label": t("message_to", { name }),
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-describedby": hint.id,
    autocomplete: "off",
    enterkeyhint: "send",
  });
  const me = field;

  const mark = (index) => {
    active = (index + found.items.length) % found.items.length;
    [...list.querySelectorAll("[role='option']")].forEach((node, at) => {
      node.classList.toggle("is-active", at === active);
      node.setAttribute("aria-selected", String(at === active));
      if (at === active) {
        me.setAttribute("aria-activedescendant", node.id);
        node.scrollIntoView({ block: "nearest" });
      }
    });
  };
  const hide = () => {
    found = null;
    popup.hidden = true;
    me.setAttribute("aria-expanded", "false");
    me.removeAttribute("aria-activedescendant");
  };
  const take = (item) => {
    const rest = me.value.slice(me.selectionStart);
    me.value = me.value.slice(0, found.start) + item.insert + rest.replace(/^ /, "");
    const caret = found.start + item.insert.length;
    me.setSelectionRange(caret, caret);
    me.dispatchEvent(new Event("input"));
    me.focus();
  };
  const complete = () => {
    found = completions(me.value, me.selectionStart);
    if (!found) {
      hide();
      return;
    }
    const heading = h("div", { class: "options-heading", "aria-hidden": "true" }, found.title);
    fill(list, heading, found.items.map((item) => h("div", {
      class: "option", role: "option", id: uid("option"),
      onpointerdown: (event) => {
        event.preventDefault();
        take(item);
      },
    }, h("span", { class: "option-body" }, item.node()))));
    popup.hidden = false;
    me.setAttribute("aria-expanded", "true");
    mark(0);
  };
  const submit = () => {
    const text = me.value.trim();
    if (text) send(text);
  };

  me.addEventListener("input", () => {
    drafts.set(draftKey(), me.value);
    grow();
    go.disabled = !me.value.trim();
    const command = hintFor(me.value);
    hint.hidden = !command;
    if (command) {
      fill(hint, h("code", {}, command.command), h("span", { class: "command-usage" }, command.usage_hint ?? ""),
        h("span", { class: "command-text" }, command.description));
    }
    complete();
  });
  me.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (found) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        mark(active + step);
        return;
      }
      const exact = found.start === 0 && state.commands.some((command) => command.command === me.value);
      if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !exact)) {
        event.preventDefault();
        take(found.items[active]);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        hide();
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      hide();
      recalled = null;
      submit();
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && (recalled !== null || !me.value)) {
      const all = sent();
      if (!all.length) return;
      event.preventDefault();
      const step = event.key === "ArrowUp" ? -1 : 1;
      recalled = Math.max(0, Math.min(all.length, (recalled ?? all.length) + step));
      me.value = all[recalled] ?? "";
      const keep = recalled === all.length ? null : recalled;
      me.dispatchEvent(new Event("input"));
      hide();
      recalled = keep;
    } else if (event.key.length === 1) recalled = null;
  });
  me.addEventListener("blur", hide);
  me.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  picked.addEventListener("change", async () => {
    await attach(picked.files);
    picked.value = "";
  });

  const tools =
    h("div", { class: "composer-tools" },
      h("button", {
        type: "button",
        class: "icon-button",
        "aria-label": t("attach"),
        title: t("attach"),
        onclick: () => picked.click()
      },
        icon("clip", 18)),
      h("button", {
        type: "button",
        class: "icon-button",
        "aria-label": t("run_shortcut"),
        title: t("run_shortcut"),
        "aria-haspopup": "menu",
        onclick: (event) => shortcutsMenu(event.currentTarget)
      },
        icon("bolt", 18)),
      h("span", { class: "composer-gap" }), go);
  const root = h("div", { class: "composer" }, popup, hint, h("div", { class: "composer-box" }, me, tools, picked));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    attach(event.dataTransfer.files);
  });
  const draft = drafts.get(draftKey()) ?? "";
  requestAnimationFrame(() => {
    if (!me.isConnected || me.value) return;
    me.value = draft;
    if (draft) {
      me.dispatchEvent(new Event("input"));
      hide();
      me.focus();
      me.setSelectionRange(draft.length, draft.length);
    }
  });
  return root;
}

/** Whether the composer can be written in now. */
export const canCompose = () => Boolean(field?.isConnected && currentChannel()?.member);
