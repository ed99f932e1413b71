/** The list of conversations. */

import { avatar } from "./avatar.js";
import { fill, h, rove, uid } from "./dom.js";
import { icon } from "./icons.js";
import { on, state, userOf } from "./store.js";
import { t } from "./texts.js";

const nav = document.getElementById("sidebar");

/** Channels, direct messages, then the app: the order they are listed and stepped through in. */
export function conversations() {
  const all = [...state.channels.values()];
  const named = (type) => all.filter((channel) => channel.type === type).sort((a, b) => a.name.localeCompare(b.name));
  return {
    channels: named("channel").filter((channel) => channel.member),
    direct: [...named("im"), ...named("mpim")],
    app: named("app")
  };
}

/** The conversations in the order shown. */
export function inOrder() {
  const { channels, direct, app } = conversations();
  return [...app, ...channels, ...direct];
}

function face(channel) {
  if (channel.type === "channel") return icon("hash", 16);
  if (channel.type === "app") return avatar({ is_bot: true }, 20);
  return channel.with ? avatar(userOf(channel.with), 20) : icon("people", 16);
}

function row(channel) {
  const current = channel.id === state.channel;
  const unread = channel.unread > 0 && !current;
  const name = channel.type === "app" ? state.app.name : channel.name;
  const classes =
    ["row", current && "is-current", unread && "is-unread", !channel.member && "is-outside"].filter(Boolean).join(" ");
  const count = unread && channel.mentions ? channel.mentions : 0;
  return h(
    "li", {},
    h("a", {
      class: classes,
      href: `#/${state.me.id}/${channel.id}`,
      "aria-current": current ? "page" : null,
      dataset: { channel: channel.id, stop: "true" },
    },
      h("span", { class: "row-face" }, face(channel)), h("span", { class: "row-name" }, name),
      channel.type === "app" ? h("span", { class: "tag" }, t("app_badge")) : null,
      count ? h("span", { class: "badge", "aria-hidden": "true" }, String(count)) : null,
      unread ? h("span", { class: "visually-hidden" }, `, ${t("unread", { count: channel.unread })}`) : null)
  );
}

function group(title, channels, extra = null) {
  if (!channels.length && !extra) return null;
  const id = uid("group");
  return h(
    "section", { class: "group", "aria-labelledby": id }, h("h2", { id }, title),
    h("ul", { role: "list" }, channels.map(row)), extra
  );
}

/** Draw the list anew. */
export function drawSidebar({ create, browse } = {}) {
  if (create) drawSidebar.actions = { create, browse };
  if (!state.me) return;
  const { channels, direct, app } = conversations();
  const focused = nav.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const others = [...state.channels.values()].some((channel) => channel.type === "channel" && !channel.member);
  const more =
    h("div", { class: "group-more" },
      others ? h("button", { type: "button", class: "row row-action", onclick: drawSidebar.actions.browse },
                 icon("search", 16), t("browse_channels"))
             : null,
      h("button", { type: "button", class: "row row-action", onclick: drawSidebar.actions.create }, icon("plus", 16),
        t("add_channel")));
  nav.setAttribute("aria-label", t("sidebar"));
  const connected =
    h("div", { class: state.app.connected ? "app-state is-connected" : "app-state" }, h("span", { class: "app-dot" }),
      state.app.connected ? t("app_online", { app: state.app.name }) : t("app_offline", { app: state.app.name }));
  fill(
    nav,
    h("div", { class: "sidebar-scroll" }, group(t("apps"), app), group(t("channels"), channels, more),
      group(t("direct_messages"), direct)),
    connected
  );
  const stop = nav.querySelector(`[data-channel="${CSS.escape(focused ?? state.channel ?? "")}"]`);
  delete nav.dataset.roving;
  rove(nav.querySelector(".sidebar-scroll"), ".row", { current: stop });
  if (focused) stop?.focus({ preventScroll: true });
  const total = [...state.channels.values()].filter(
                                              (channel) => channel.member && channel.id !== state.channel
  ).reduce((sum, channel) => sum + channel.mentions, 0);
  const here = state.channels.get(state.channel);
  const title = here ? (here.type === "channel" ? `#${here.name}`
                          : here.type === "app" ? state.app.name
                                                : here.name)
                     : "";
  document.title = `${total ? `(${total}) ` : ""}${t("page_title", { channel: title, workspace: state.workspace.name })}`;
}

for (const topic of ["channels", "app", "channel"]) on(topic, () => drawSidebar());
