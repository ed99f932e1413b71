/** Puts the page together: whom it acts as and where, by its address; what the server tells; the keyboard. */

import { follow, get, post } from "./api.js";
import { canCompose, focusComposer } from "./composer.js";
import { catchUpMessages, showConversation } from "./conversation.js";
import { openDialog } from "./dialog.js";
import { h, uid } from "./dom.js";
import { drawGuide } from "./guide.js";
import { openHelp } from "./help.js";
import { dropForms } from "./messages.js";
import { dropViews, showViews } from "./modal.js";
import { openCard, openJump, openPeople, rememberPerson } from "./people.js";
import { drawSidebar, inOrder } from "./sidebar.js";
import { on, state, tell } from "./store.js";
import { speech, t } from "./texts.js";
import { toast } from "./toasts.js";
import { drawTopbar, turnTheme } from "./topbar.js";

let stop = () => {};
let arrival = 0;
/** What the stream tells while the page catches up; null at other times. */
let held = null;

/** `#/U…/C…/tab`: whom, where, which tab. */
function address() {
  const [, user, channel, tab] = window.location.hash.split("/");
  return { user: user || null, channel: channel || null, tab: tab || null };
}

function setClock(iso, { frozen = state.frozen !== null } = {}) {
  const instant = Date.parse(iso);
  state.skew = instant - Date.now();
  state.frozen = frozen ? instant : null;
}

function take(answer) {
  state.workspace = answer.workspace;
  state.app = answer.app;
  state.me = answer.me;
  state.users = new Map(answer.users.map((user) => [user.id, user]));
  state.channels = new Map(answer.channels.map((channel) => [channel.id, channel]));
  state.commands = answer.commands;
  state.shortcuts = answer.shortcuts;
  state.guide = answer.guide;
  state.turn = answer.turn;
  setClock(answer.now, { frozen: Boolean(answer.frozen) });
  document.documentElement.lang = speech();
  document.getElementById("skip").textContent = t("skip");
  document.getElementById("main").setAttribute("aria-label", t("conversation"));
}

function drawFrame() {
  drawTopbar();
  drawSidebar({ create: openCreate, browse: openJump });
  drawGuide();
}

/** Become *user*: load what they see, follow what happens to them. */
async function become(user) {
  const mine = (arrival += 1);
  stop();
  held = null;
  dropViews();
  dropForms();
  const answer = await get("state", { user });
  if (mine !== arrival) return;
  take(answer);
  rememberPerson(state.me.id);
  drawFrame();
  stop = follow(state.me.id, (event) => mine === arrival && heard(event), online);
}

/** Go where the address says, changing persons on the way if need be. */
async function arrive() {
  const wanted = address();
  document.body.classList.remove("has-menu");
  try {
    if (!state.me || (wanted.user && wanted.user !== state.me.id)) await become(wanted.user);
  } catch (error) {
    toast(error.message, "error");
    if (!state.me && wanted.user) window.location.hash = "#/";
    return;
  }
  const known = wanted.channel && state.channels.has(wanted.channel);
  const app = inOrder().find((channel) => channel.type === "app");
  const channel = known ? wanted.channel : (app ?? inOrder()[0])?.id;
  if (!channel) return;
  const tab = wanted.tab ? `/${wanted.tab}` : "";
  const exact = `#/${state.me.id}/${channel}${known ? tab : ""}`;
  if (window.location.hash !== exact) window.history.replaceState(null, "", exact);
  state.channel = channel;
  drawSidebar();
  await showConversation(known ? wanted.tab : null, { focus: !window.matchMedia("(pointer: coarse)").matches });
}

/**
 * After each connection: what happened in between is asked for, not guessed. What the stream tells meanwhile waits, and
 * is done after: an answer may be older than it.
 */
async function catchUp() {
  const user = state.me.id;
  const waiting = (held = []);
  try {
    const [answer, { views }] = await Promise.all([get("state", { user }), get("views", { user })]);
    if (user !== state.me.id) return;
    take(answer);
    drawFrame();
    showViews(views);
    await catchUpMessages();
  } finally {
    if (held === waiting) {
      held = null;
      waiting.forEach(heard);
    }
  }
}

const HEARD = {
  hello: () => catchUp().catch((error) => toast(error.message, "error")),
  lost: () => become(state.me.id)
                .then(() => showConversation(address().tab))
                .catch(() => setTimeout(() => heard({ type: "lost" }), 2000)),
  message: (event) => tell("message", event),
  message_changed: (event) => tell("message_changed", event),
  message_deleted: (event) => tell("message_deleted", event),
  views: (event) => showViews(event.views),
  home: (event) => tell("home", event.view),
  unread(event) {
    const channel = state.channels.get(event.channel);
    if (!channel || (event.channel === state.channel && !document.hidden)) return;
    Object.assign(channel, { unread: event.unread, mentions: event.mentions });
    tell("channels");
  },
  channel(event) {
    state.channels.set(event.channel.id, event.channel);
    tell("channel", event.channel);
  },
  user(event) {
    state.users.set(event.user.id, event.user);
    if (event.user.id !== state.me.id) return;
    state.me = event.user;
    document.documentElement.lang = speech();
    drawFrame();
  },
  time(event) {
    setClock(event.now);
    state.turn = Math.max(state.turn, event.turn);
    tell("time");
  },
  toast: (event) => toast(event.text, event.kind),
  app(event) {
    state.app.connected = event.connected;
    tell("app");
  },
};
function heard(event) {
  if (held)
    held.push(event);
  else
    HEARD[event.type]?.(event);
}

function online(connected) {
  const bar = document.getElementById("offline");
  bar.hidden = connected;
  bar.textContent = connected ? "" : t("connection_lost");
}

function openCreate() {
  const id = uid("name");
  const field = h("input", {
    class: "text-input",
    id,
    type: "text",
    maxlength: 80,
    pattern: "[a-z0-9\\u00df-\\uffff_\\-]+",
    required: true,
    autocomplete: "off"
  });
  const form = h("form", { class: "small-form", id: `${id}-form` },
    h("label", { for: id, class: "input-label" }, t("channel_name")), field,
    h("p", { class: "input-hint" }, t("channel_name_hint")));
    const shown = openDialog({
      title: t("add_channel"),
      content: form,
      footer: [
        h("button", { type: "button", class: "button", onclick: () => shown.close() }, t("cancel")),
        h("button", { type: "submit", form: form.id, class: "button button-primary is-solid" }, t("create"))
      ],
    });
    field.addEventListener("input", () => (field.value = field.value.toLowerCase().replace(/\s+/g, "-")));
    form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { channel } = await post("channels", { user: state.me.id, name: field.value });
      state.channels.set(channel.id, channel);
      shown.close();
      window.location.hash = `#/${state.me.id}/${channel.id}`;
    } catch (error) {
      toast(error.message, "error");
    }
  });
    field.focus();
}

/** Go *step* conversations on in the list. */
function stepConversation(step) {
    const all = inOrder();
    const at = all.findIndex((channel) => channel.id === state.channel);
    const next = all[(at + step + all.length) % all.length];
    if (next) window.location.hash = `#/${state.me.id}/${next.id}`;
}

const REGIONS = [
  ".sidebar .row[tabindex='0']", ".message[tabindex='0'], .panel[tabindex='0']", ".composer-field", ".guide button",
  ".acting",
];

function nextRegion(back) {
    const stops =
      REGIONS.map(
               (selector) => [...document.querySelectorAll(selector)].find((node) => node.offsetParent !== null)
      ).filter(Boolean);
    const containers = stops.map((node) => node.closest(".sidebar, .messages, #panel, .composer, .guide, .topbar"));
    const at = containers.findLastIndex((node) => node?.contains(document.activeElement));
    stops[(at + (back ? -1 : 1) + stops.length) % stops.length]?.focus();
}

document.addEventListener("keydown", (event) => {
    const mod = event.ctrlKey || event.metaKey;
    const typing = event.target.matches("input, textarea, select");
    const inDialog = Boolean(document.querySelector("dialog[open]"));
    const run = (action) => {
    event.preventDefault();
    action();
  };
    if (mod && event.key === ".")
      run(turnTheme);
    else if (inDialog)
      return;
    else if (mod && event.key.toLowerCase() === "k")
      run(openJump);
    else if (mod && event.key.toLowerCase() === "j")
      run(openPeople);
    else if (event.altKey && event.key === "ArrowDown")
      run(() => stepConversation(1));
    else if (event.altKey && event.key === "ArrowUp")
      run(() => stepConversation(-1));
    else if (event.key === "F6")
      run(() => nextRegion(event.shiftKey));
    else if (!typing && !mod && event.key === "/" && canCompose())
      run(focusComposer);
    else if (!typing && !mod && event.key === "?")
      run(openHelp);
    else if (event.key === "Escape")
      document.body.classList.remove("has-menu");
});

// Mentions and authors are buttons that only know whom they name.
document.addEventListener("click", (event) => {
    const named = event.target.closest("[data-user], .mention[data-channel], .author[data-app]");
    if (!named) return;
    if (named.dataset.app)
      window.location.hash = `#/${state.me.id}/${inOrder().find((channel) => channel.type === "app")?.id}/about`;
    else if (named.dataset.channel)
      window.location.hash = `#/${state.me.id}/${named.dataset.channel}`;
    else if (named.dataset.user === state.app.bot_user_id)
      window.location.hash = `#/${state.me.id}/${inOrder().find((channel) => channel.type === "app")?.id}/about`;
    else
      openCard(named.dataset.user, named);
});

on("menu", () => {
    const open = document.body.classList.toggle("has-menu");
    if (open) document.querySelector(".sidebar .row[tabindex='0']")?.focus();
    drawTopbar();
});
on("clock", (iso) => setClock(iso));

window.addEventListener("hashchange", arrive);
arrive();
