/** "What to try first": a panel that can be put away, and stays so. Commands in it can be tried, people be acted as. */

import { compose } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { actAs } from "./people.js";
import { on, state, userOf } from "./store.js";
import { t } from "./texts.js";

const panel = document.getElementById("guide");
const KEY = "playground.guide.hidden";
const narrow = window.matchMedia("(max-width: 760px)");
/** Put away by the person; at first also where it would leave no room for the conversation. */
const hidden = () => (localStorage.getItem(KEY) ?? (narrow.matches ? "yes" : "no")) === "yes";

function put(away) {
  localStorage.setItem(KEY, away ? "yes" : "no");
  drawGuide();
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A command to press: it goes into the composer, where the rest is written. */
const tryOut = (text) => h("button", { type: "button", class: "try", onclick: () => compose(text) }, text);

const actAsButton = (id) => {
  const name = userOf(id).real_name;
  return h("button", { type: "button", class: "mention", title: t("act_as", { name }), onclick: () => actAs(id) }, name);
};

/** *text* with the people and commands it names made into something to press. */
function withNames(text) {
  const people = new Map([...state.users.values()].filter(
                                                    (user) => !user.is_bot && text.includes(user.real_name)
  ).map((user) => [user.real_name, user.id]));
  const commands = state.commands.map(({ command }) => `${escaped(command)}(?: [\\p{Ll}-]+)?`);
  const names = [...people.keys()].sort((one, other) => other.length - one.length).map(escaped);
  const all = [...names, ...commands];
  if (!all.length) return [text];
  const parts = text.split(new RegExp(`(?<![\\p{L}/])(${all.join("|")})(?!\\p{L})`, "u"));
  return parts.map((part, at) => (at % 2 ? (people.has(part) ? actAsButton(people.get(part)) : tryOut(part)) : part));
}

/** A line of the guide; it may be plain text for a terminal as well, with a number of its own, or mrkdwn. */
function lineNode(line) {
  const node = h("div", {}, mrkdwn(line.replace(/^\d+[.)]\s+/, "")));
  for (const code of node.querySelectorAll("code")) {
    const text = code.textContent;
    if (state.commands.some(({ command }) => text === command || text.startsWith(`${command} `)))
      code.replaceWith(tryOut(text));
  }
  for (const person of node.querySelectorAll(".mention[data-user]"))
    person.replaceWith(actAsButton(person.dataset.user));
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const plain = [];
  while (texts.nextNode())
    if (!texts.currentNode.parentElement.closest("button, a")) plain.push(texts.currentNode);
  for (const text of plain) text.replaceWith(...withNames(text.data));
  return h("li", {}, node);
}

/** Draw the panel anew. */
export function drawGuide() {
  const show = Boolean(state.guide.length) && !hidden();
  panel.hidden = !show;
  document.body.classList.toggle("has-guide", show);
  if (!show) return;
  panel.setAttribute("aria-label", t("guide"));
  fill(
    panel,
    h("div", { class: "guide-head" }, h("h2", {}, t("guide")),
      h("button", {
        type: "button",
        class: "icon-button",
        "aria-label": t("dismiss"),
        title: t("dismiss"),
        onclick: () => put(true)
      },
        icon("close", 18))),
    h("ol", { class: "guide-lines" }, state.guide.map(lineNode))
  );
}

on("guide_toggle", () => put(!hidden()));
