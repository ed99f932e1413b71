/** Whom the page acts as, the card of a person, and the quick way to any conversation. */

import { get } from "./api.js";
import { avatar, languageTag, personRow } from "./avatar.js";
import { format, now } from "./clock.js";
import { openDialog } from "./dialog.js";
import { h, openPopup } from "./dom.js";
import { icon } from "./icons.js";
import { filtered, listBox } from "./picker.js";
import { inOrder } from "./sidebar.js";
import { state, userOf } from "./store.js";
import { t } from "./texts.js";

const RECENT = "playground.recent";
const recentIds = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");

/** Remember that *id* was acted as, for the quick list. */
export function rememberPerson(id) {
  localStorage.setItem(RECENT, JSON.stringify([id, ...recentIds().filter((one) => one !== id)].slice(0, 8)));
}

/** Act as somebody else: the page follows its address. */
export function actAs(id) {
  const channel = state.channels.get(state.channel);
  window.location.hash = channel?.type === "channel" ? `#/${id}/${channel.id}` : `#/${id}`;
}

const personItem = (user) => ({
  value: user.id,
  label: user.real_name,
  node: () => personRow(user),
  run: () => actAs(user.id),
  search: [
    user.real_name, user.name, user.title, user.department, user.site, languageTag(user.locale),
    user.guest ? t("guest") : ""
  ].join(" "),
});

/** Everybody, as groups for a list: who has news from the app, who was acted as lately, then all. */
function peopleGroups(query, waiting = []) {
  const everyone =
    [...state.users.values()].filter((user) => !user.is_bot).sort((a, b) => a.real_name.localeCompare(b.real_name));
  const all = { label: t("all_people"), items: everyone.map(personItem) };
  // While searching a person is listed once.
  if (query) return filtered([all], query);
  const known = (ids) => ids.map((id) => state.users.get(id)).filter((user) => user && user.id !== state.me.id);
  const news = known(waiting);
  const recent = known(recentIds()).filter((user) => !news.includes(user));
  return [
    { label: t("with_news"), items: news.map(personItem) }, { label: t("recent"), items: recent.map(personItem) }, all
  ];
}

function openList({ title, note, placeholder, find, chosen }) {
  const box = listBox({
    find,
    placeholder,
    label: title,
    chosen,
    choose(item) {
      shown.close();
      item.run();
    },
  });
  const shown =
    openDialog({ title, content: [note ? h("p", { class: "quiet" }, note) : null, box.root], className: "dialog-list" });
  box.input.focus();
  box.refresh();
  return box;
}

/** Open the "acting as" chooser. */
export function openPeople() {
  let waiting = [];
  const box = openList({
    title: t("choose_person_to_act"),
    note: t("acting_as_hint"),
    placeholder: t("search_people"),
    chosen: () => new Set([state.me.id]),
    find: (query) => peopleGroups(query, waiting),
  });
  get("news").then(({ users }) => {
    waiting = users;
    if (!box.input.value) box.refresh();
  }).catch(() => {});
}

/** Open the quick way to a conversation. */
export function openJump() {
  const joined = inOrder();
  const others = [...state.channels.values()].filter((channel) => !joined.includes(channel));
  const item = (channel) => {
    const label = channel.type === "app" ? state.app.name : channel.name;
    const face = () => {
      if (channel.type === "channel") return icon("hash", 18);
      if (channel.type === "app") return avatar({ is_bot: true }, 22);
      return channel.with ? avatar(userOf(channel.with), 22) : icon("people", 18);
    };
    return {
      value: channel.id,
      label,
      search: `${label} ${channel.topic ?? ""}`,
      run: () => (window.location.hash = `#/${state.me.id}/${channel.id}`),
      node: () => h("span", { class: "jump-row" }, face(),
        h("span", { class: channel.unread ? "jump-name is-unread" : "jump-name" }, label),
        h("span", { class: "quiet" }, channel.topic ?? "")),
    };
  };
  const conversations = [{ label: t("sidebar"), items: [...joined, ...others].map(item) }];
  openList({
    title: t("jump"),
    placeholder: t("jump_placeholder"),
    chosen: () => new Set([state.channel]),
    find: (query) =>
      [...filtered(conversations, query),
       ...(query ? peopleGroups(query).map((group) => ({ ...group, label: t("act_as", { name: "…" }) })) : [])],
  });
}

/** Show the card of a person beside *anchor*. */
export function openCard(id, anchor) {
  const user = userOf(id);
  const rows = [
    [t("profile_department"), user.department],
    [t("profile_site"), user.site],
    [t("profile_locale"), user.locale],
    [
      t("profile_local_time"),
      user.tz ? `${format(now(), { weekday: "short", hour: "numeric", minute: "2-digit" }, user.tz)} · ${user.tz}` : ""
    ],
  ].filter(([, value]) => value);
  const act =
    h("button", {
      type: "button",
      class: "button button-primary is-solid",
      disabled: user.id === state.me.id || user.deleted || user.is_bot
    },
      icon("swap", 16), t("act_as", { name: user.real_name.split(" ")[0] }));
  const card =
    h("div", { class: "popup card-popup", role: "dialog", "aria-label": user.real_name },
      h("div", { class: "card-head" }, avatar(user, 56),
        h("div", {}, h("p", { class: "card-name" }, user.real_name), h("p", { class: "quiet" }, user.title ?? ""),
          user.guest ? h("span", { class: "tag" }, t("guest")) : null,
          user.deleted ? h("span", { class: "tag" }, t("left_company")) : null)),
      h("dl", { class: "card-rows" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), act);
  const close = openPopup(card, anchor);
  act.addEventListener("click", () => {
    close();
    actAs(id);
  });
  act.focus();
}
