/** The app's Home and About tabs. */

import { get, post } from "./api.js";
import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { compose } from "./composer.js";
import { fill, h } from "./dom.js";
import { explain } from "./failures.js";
import { Form } from "./form.js";
import { icon } from "./icons.js";
import { state } from "./store.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

let form = { id: null, answers: new Form() };

async function tellAct(view, block, element, value) {
  try {
    const answer = await post("action", {
      user: state.me.id,
      view_id: view.id,
      block_id: block.block_id,
      action_id: element.action_id,
      value,
      state: form.answers.state(view.blocks),
    });
    if (answer.error) toast(explain(answer.error), "error");
  } catch (error) {
    toast(error.message, "error");
  }
}

function showHome(panel, view) {
  if (!view) {
    fill(
      panel,
      h("div", { class: "home" },
        h("div", { class: "beginning" }, avatar({ is_bot: true }, 56), h("p", {}, t("empty_home", { app: state.app.name }))))
    );
    return;
  }
  // The same view again, told by the stream and asked for as well: what is open in it stays open.
  if (panel.dataset.hash === view.hash) return;
  panel.dataset.hash = view.hash;
  if (form.id !== view.id) form = { id: view.id, answers: new Form() };
  form.answers.seed(view.blocks, view.state?.values);
  const focused =
    panel.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
  const scroll = panel.scrollTop;
  const context =
    { surface: "home", form: form.answers, act: (...action) => tellAct(view, ...action), where: { view_id: view.id } };
  fill(panel, h("div", { class: "home" }, renderBlocks(view.blocks, context)));
  panel.scrollTop = scroll;
  if (focused) panel.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Draw the Home tab. With `open`, first tell the app that it was opened, as Slack does, then ask for what it shows. */
export async function drawHome(panel, { open = false, view = null } = {}) {
  if (!open) {
    showHome(panel, view);
    return;
  }
  panel.setAttribute("aria-busy", "true");
  const { view: before } = await get("home", { user: state.me.id });
  if (before && panel.isConnected)
    showHome(panel, before);
  else
    fill(
      panel,
      h("div", { class: "home" },
        h("div", { class: "skeleton", "aria-label": t("loading") }, h("span"), h("span"), h("span"), h("span")))
    );
  try {
    const answer = await post("home/open", { user: state.me.id });
    if (answer.error) toast(explain(answer.error), "error");
  } catch (error) {
    toast(error.message, "error");
  }
  const { view: after } = await get("home", { user: state.me.id });
  panel.removeAttribute("aria-busy");
  if (panel.isConnected) showHome(panel, after);
}

/** Run a global shortcut of the app. */
export async function runShortcut(callbackId) {
  try {
    const answer = await post("shortcut", { user: state.me.id, callback_id: callbackId });
    if (answer.error) toast(explain(answer.error), "error");
  } catch (error) {
    toast(error.message, "error");
  }
}

/** Draw the About tab: what the app is, whether it runs, and what can be asked of it. */
export function drawAbout(panel) {
  const { app } = state;
  const shortcuts = state.shortcuts.filter((shortcut) => shortcut.type !== "message");
  fill(
    panel,
    h("div", { class: "home about" },
      h("div", { class: "about-head" }, avatar({ is_bot: true }, 64),
        h("div", {}, h("p", { class: "about-name" }, app.name), app.description ? h("p", {}, app.description) : null,
          h("p", { class: app.connected ? "app-state is-connected" : "app-state" }, h("span", { class: "app-dot" }),
            t(app.connected ? "about_connected" : "about_disconnected")),
          app.connected ? null : h("p", { class: "quiet" }, t("about_disconnected_hint")))),
      h("h2", {}, t("about_commands")),
      h("ul", { class: "cards", role: "list" },
        state.commands.map(
          (command) =>
            h("li", { class: "card" },
              h("button", { type: "button", class: "card-button", onclick: () => compose(`${command.command} `) },
                h("span", { class: "card-icon" }, icon("bolt", 18)),
                h("span", {}, h("code", {}, command.command),
                  h("span", { class: "card-hint" }, ` ${command.usage_hint ?? ""}`),
                  h("span", { class: "card-text" }, command.description))))
        )),
      shortcuts.length ? h("h2", {}, t("about_shortcuts")) : null,
      h("ul", { class: "cards", role: "list" },
        shortcuts.map(
          (shortcut) =>
            h("li", { class: "card" },
              h("button", { type: "button", class: "card-button", onclick: () => runShortcut(shortcut.callback_id) },
                h("span", { class: "card-icon" }, icon("spark", 18)),
                h("span", {}, h("strong", {}, shortcut.name), h("span", { class: "card-text" }, shortcut.description))))
        )))
  );
}
