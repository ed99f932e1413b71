/** "What to try first": a panel that can be put away, and stays so. Commands in it can be tried, people be acted as. */

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { compose } from "./composer.js";
import { mrkdwn } from "./mrkdwn.js";
import { actAs } from "./people.js";
import { on, state } from "./store.js";
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

/** Make the commands among *nodes* something to press: it puts them in the composer of the app's conversation. */
function withCommands(node) {
  for (const code of node.querySelectorAll("code")) {
    const text = code.textContent;
    if (!state.commands.some(({ command }) => text === command || text.startsWith(`${command} `))) continue;
    code.replaceWith(h("button", { type: "button", class: "try", onclick: () => compose(text) }, text));
  }
  for (const person of node.querySelectorAll(".mention[data-user]")) {
    const id = person.dataset.user;
    person.replaceWith(h("button", { type: "button", class: "mention", title: t("act_as", { name: person.textContent.slice(1) }), onclick: () => actAs(id) }, person.textContent.slice(1)));
  }
  return node;
}

/** Draw the panel anew. */
export function drawGuide() {
  const show = Boolean(state.guide.length) && !hidden();
  panel.hidden = !show;
  document.body.classList.toggle("has-guide", show);
  if (!show) return;
  panel.setAttribute("aria-label", t("guide"));
  fill(panel, h("div", { class: "guide-head" }, h("h2", {}, t("guide")),
    h("button", { type: "button", class: "icon-button", "aria-label": t("dismiss"), title: t("dismiss"), onclick: () => put(true) }, icon("close", 18))),
  h("ol", { class: "guide-lines" }, state.guide.map((line) => withCommands(h("li", {}, h("div", {}, mrkdwn(line)))))));
}

on("guide_toggle", () => put(!hidden()));
