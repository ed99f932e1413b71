/** The middle of the page: a channel, a direct conversation, or the app with its three tabs. */

import { get, post } from "./api.js";
import { drawAbout, drawHome } from "./appviews.js";
import { avatar } from "./avatar.js";
import { dayOf, now } from "./clock.js";
import { drawComposer, focusComposer } from "./composer.js";
import { fill, h, rove } from "./dom.js";
import { icon } from "./icons.js";
import { authorOf, messageNode, regroup } from "./messages.js";
import { spoken } from "./mrkdwn.js";
import { currentChannel, on, state, tell, userOf } from "./store.js";
import { speech, t } from "./texts.js";
import { toast } from "./toasts.js";

const main = document.getElementById("main");
const announcer = document.getElementById("announcer");

let list = null;
let scroller = null;
let latest = null;
let tab = "messages";
let newSince = null;
let missed = 0;
let turn = 0;
let reading = null;
/** What the stream told while the messages were being asked for, to be done once they are drawn; null otherwise. */
let early = null;
let drawnOn = null;
/** The messages on show by `ts`, as they were when drawn. */
let shown = new Map();

/** The name shown for a conversation, with its sign. */
function titleOf(channel) {
  if (channel.type === "app") return state.app.name;
  return channel.type === "channel" ? `#${channel.name}` : channel.name;
}

const atEnd = () => scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;

function toEnd({ smooth = false } = {}) {
  if (!scroller) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  missed = 0;
  drawLatest();
}

function drawLatest() {
  if (!latest) return;
  latest.hidden = !missed;
  fill(latest, icon("down", 16), missed ? t("new_messages", { count: missed }) : t("jump_to_latest"));
}

/** What is in sight has been read. Told a moment later, so that a burst of messages is told once. */
function markRead(channel) {
  if (!list?.querySelector(".message") || document.hidden) return;
  if (channel.unread || channel.mentions) {
    Object.assign(channel, { unread: 0, mentions: 0 });
    tell("channels");
  }
  clearTimeout(reading);
  const body = { user: state.me.id, channel: channel.id, ts: list.querySelector(".message:last-child").dataset.ts };
  reading = setTimeout(() => post("read", body).catch(() => {}), 120);
}

function tabs() {
  const names = ["home", "messages", "about"];
  const bar =
    h("div", { class: "tabs", role: "tablist", "aria-label": state.app.name },
      names.map(
        (name) =>
          h("button", {
            type: "button",
            role: "tab",
            class: "tab",
            id: `tab-${name}`,
            "aria-controls": "panel",
            "aria-selected": String(tab === name),
            tabindex: tab === name ? 0 : -1,
            dataset: { tab: name },
            onclick: () => (window.location.hash = `#/${state.me.id}/${state.channel}/${name}`),
          },
            t(name))
      ));
  rove(bar, ".tab", { horizontal: true, current: bar.querySelector(`[data-tab="${tab}"]`) });
  return bar;
}

function head(channel) {
  const person = channel.with && channel.type === "im" ? userOf(channel.with) : null;
  const face = channel.type === "channel" ? icon("hash", 20)
    : channel.type === "app"              ? avatar({ is_bot: true }, 28)
    : person                              ? avatar(person, 28)
                                          : icon("people", 20);
  const note = channel.type === "channel" ? channel.topic
    : person                              ? [person.title, person.department].filter(Boolean).join(" · ")
                                          : "";
  const add = channel.type === "channel" && channel.member && channel.app_member === false
    ? h("button", {
        type: "button",
        class: "button button-small",
        title: t("invite_hint", { app: state.app.name }),
        onclick: () => invite(channel)
      },
        icon("plus", 14), t("add_app", { app: state.app.name }))
    : null;
  return h(
    "div", { class: channel.type === "app" ? "main-head has-tabs" : "main-head" },
    h("div", { class: "main-title" }, face, h("h1", {}, channel.type === "channel" ? channel.name : titleOf(channel)),
      channel.type === "app" ? h("span", { class: "tag" }, t("app_badge")) : null,
      note ? h("p", { class: "main-note" }, note) : null),
    h("div", { class: "main-tools" }, add,
      channel.type === "channel"
        ? h("span", { class: "members" }, icon("people", 16), t("members", { count: channel.members }))
        : null),
    channel.type === "app" ? tabs() : null
  );
}

/** The app hears that its conversation was opened; what it says to that arrives as a message. */
function tellOpened() { post("home/open", { user: state.me.id, tab: "messages" }).catch(() => {}); }

async function invite(channel) {
  try {
    await post("channels/invite", { user: state.me.id, channel: channel.id });
  } catch (error) {
    toast(error.message, "error");
  }
}

async function join(channel) {
  try {
    await post("channels/join", { user: state.me.id, channel: channel.id });
  } catch (error) {
    toast(error.message, "error");
  }
}

function foot(channel) {
  if (channel.type === "app" && !state.app.writable)
    return h("p", { class: "join quiet" }, t("read_only", { app: state.app.name }));
  if (channel.member) return drawComposer(channel);
  return h(
    "div", { class: "join" }, h("p", {}, t("not_member", { name: titleOf(channel) })),
    h("button", { type: "button", class: "button button-primary is-solid", onclick: () => join(channel) }, t("join"))
  );
}

function beginning(channel) {
  const face = channel.type === "channel" ? h("span", { class: "beginning-face" }, icon("hash", 28))
    : channel.type === "app"              ? avatar({ is_bot: true }, 56)
    : channel.with                        ? avatar(userOf(channel.with), 56)
                                          : null;
  const text =
    channel.type === "app" ? t("empty_app", { app: state.app.name }) : t("empty_channel", { name: titleOf(channel) });
  return h("div", { class: "beginning" }, face, h("p", { class: "beginning-title" }, titleOf(channel)), h("p", {}, text));
}

function drawMessages(channel, messages) {
  list = h("ol", { class: "messages", id: "messages", role: "list", tabindex: -1, "aria-label": t("messages") });
  list.append(...messages.map(messageNode));
  shown = new Map(messages.map((message) => [message.ts, JSON.stringify(message)]));
  regroup(list, newSince);
  drawnOn = dayOf(now());
  latest = h("button", { type: "button", class: "latest", hidden: true, onclick: () => toEnd({ smooth: true }) });
  scroller = h("div", { class: "scroller" }, h("div", { class: "scroller-inner" }, beginning(channel), list));
  scroller.addEventListener("scroll", () => {
    if (!atEnd() || !missed) return;
    missed = 0;
    drawLatest();
  }, { passive: true });
  // Images arrive after the text: keep the end in sight while they do.
  scroller.addEventListener("load", () => missed === 0 && atEnd() && toEnd(), true);
  rove(list, ".message", { current: list.lastElementChild });
  return [h("div", { class: "scroll-holder" }, scroller, latest), foot(channel)];
}

/** Show the conversation chosen in the store, on *wanted* tab where it is the app's. */
export async function showConversation(wanted = null, { focus = false } = {}) {
  const channel = currentChannel();
  if (!channel) return;
  const mine = (turn += 1);
  tab = channel.type === "app" ? wanted ?? "messages" : "messages";
  newSince = null;
  missed = 0;
  list = null;
  scroller = null;
  early = null;
  if (tab === "home" || tab === "about") {
    const panel =
      h("div", { class: "panel", id: "panel", role: "tabpanel", "aria-labelledby": `tab-${tab}`, tabindex: 0 });
    fill(main, head(channel), panel);
    if (tab === "about")
      drawAbout(panel);
    else
      await drawHome(panel, { open: true });
    return;
  }
  let messages;
  early = [];
  try {
    ({ messages } = await get("messages", { user: state.me.id, channel: channel.id }));
  } catch (error) {
    toast(error.message, "error");
    return;
  }
  if (mine !== turn) return;
  if (channel.type === "app") tellOpened();
  const others = messages.filter((message) => message.user !== state.me.id && !message.ephemeral);
  if (channel.unread) newSince = others.length > channel.unread ? others.at(-channel.unread - 1).ts : "0";
  const panel =
    h("div", {
      class: "panel panel-messages",
      id: "panel",
      role: channel.type === "app" ? "tabpanel" : null,
      "aria-labelledby": channel.type === "app" ? "tab-messages" : null
    },
      drawMessages(channel, messages));
  fill(main, head(channel), panel);
  toEnd();
  const waiting = early;
  early = null;
  for (const run of waiting) run();
  markRead(channel);
  if (focus) focusComposer();
}

/** Bring the messages on show up to date after a time without news, without moving what is being read. */
export async function catchUpMessages() {
  const mine = turn;
  if (!list) return;
  const { messages } = await get("messages", { user: state.me.id, channel: state.channel });
  if (mine !== turn) return;
  const stay = atEnd();
  const present = new Set(messages.map(({ ts }) => ts));
  for (const node of list.querySelectorAll(":scope > .message"))
    if (!present.has(node.dataset.ts)) node.remove();
  for (const message of messages) {
    if (shown.get(message.ts) !== JSON.stringify(message)) put(message);
  }
  regroup(list, newSince);
  if (stay) toEnd();
}

function announce(message) {
  if (message.user === state.me.id && !message.ephemeral) return;
  announcer.lang = speech();
  announcer.textContent = `${authorOf(message)}: ${spoken(message.text)}`;
}

function put(message) {
  shown.set(message.ts, JSON.stringify(message));
  const old = list.querySelector(`[data-ts="${CSS.escape(message.ts)}"]`);
  const node = messageNode(message);
  if (old) {
    const focused =
      old.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key ?? "" : null;
    node.tabIndex = old.tabIndex;
    old.replaceWith(node);
    if (focused !== null)
      (node.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? node).focus({ preventScroll: true });
  } else {
    const after = [...list.querySelectorAll(":scope > .message")].find((other) => other.dataset.ts > message.ts);
    list.insertBefore(node, after ?? null);
    node.classList.add("is-new");
  }
  regroup(list, newSince);
  rove(list, ".message", { current: list.querySelector(".message[tabindex='0']") ?? list.lastElementChild });
}

/** Run *handler* at once, or after the messages it is about are drawn. */
const onceDrawn = (handler) => (event) => (early ? early.push(() => handler(event)) : handler(event));

on("message", onceDrawn(({ channel, message }) => {
  if (channel !== state.channel || !list) {
    if (channel === state.channel || message.ephemeral) announce(message);
    return;
  }
  const stay = atEnd() || message.user === state.me.id;
  put(message);
  announce(message);
  if (stay) {
    toEnd();
    markRead(currentChannel());
  } else {
    missed += 1;
    drawLatest();
  }
}));

on("message_changed", onceDrawn(({ channel, message }) => {
  if (channel !== state.channel || !list) return;
  const stay = atEnd();
  put(message);
  if (stay) toEnd();
}));

on("message_deleted", onceDrawn(({ channel, ts }) => {
  if (channel !== state.channel || !list) return;
  list.querySelector(`[data-ts="${CSS.escape(ts)}"]`)?.remove();
  regroup(list, newSince);
}));

on("channel", (channel) => {
  if (channel.id !== state.channel) return;
  const old = main.querySelector(".main-head");
  old?.replaceWith(head(channel));
  const join_ = main.querySelector(".join");
  if (join_ && channel.member) join_.replaceWith(foot(channel));
});

on("home", (view) => {
  const panel = document.getElementById("panel");
  if (tab === "home" && currentChannel()?.type === "app" && panel) drawHome(panel, { view });
});

// "Today" becomes "Yesterday" when time is moved.
on("time", () => {
  const today = dayOf(now());
  if (today === drawnOn || !list) return;
  drawnOn = today;
  regroup(list, newSince);
});

on("app", () => {
  const panel = document.getElementById("panel");
  if (tab === "about" && currentChannel()?.type === "app" && panel) drawAbout(panel);
});

document.addEventListener("visibilitychange", () => {
  const channel = currentChannel();
  if (!document.hidden && channel && list && atEnd()) markRead(channel);
});
