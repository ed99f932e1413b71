/** The modal an app opened: the top of the person's stack of views, with a way back to those under it. */

import { post } from "./api.js";
import { renderBlocks, showProblems } from "./blocks.js";
import { fill, h } from "./dom.js";
import { explain } from "./failures.js";
import { Form } from "./form.js";
import { appGlyph, icon } from "./icons.js";
import { plain } from "./mrkdwn.js";
import { state } from "./store.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

const forms = new Map();
let stack = [];
let shown = null;
let dialog = null;
let busy = false;

const top = () => stack.at(-1) ?? null;

function formOf(view) {
  if (!forms.has(view.id)) forms.set(view.id, new Form());
  const form = forms.get(view.id);
  form.seed(view.blocks, view.state?.values);
  return form;
}

/** Tell the server something about the top view; a refusal becomes a notice. Returns the answer, or null. */
async function send(path, body) {
  try {
    const answer = await post(path, { user: state.me.id, ...body });
    if (answer.error) toast(explain(answer.error), "error");
    return answer;
  } catch (error) {
    toast(error.message, "error");
    return null;
  }
}

async function act(block, element, value) {
  const view = top();
  const form = formOf(view);
  await send(
    "action",
    { view_id: view.id, block_id: block.block_id, action_id: element.action_id, value, state: form.state(view.blocks) }
  );
}

function focusFirstProblem(body, problems) {
  const first = [...body.querySelectorAll(".input-block")].find((node) => problems[node.dataset.block]);
  if (!first) return;
  first.scrollIntoView({ block: "nearest" });
  first.querySelector("input, textarea, button")?.focus();
}

function refuse(body, problems) {
  showProblems(body, problems);
  focusFirstProblem(body, problems);
  const count = Object.keys(problems).length;
  const other =
    Object.keys(problems).filter((id) => !body.querySelector(`.input-block[data-block="${CSS.escape(id)}"]`));
  const text = [count ? t("errors_found", { count }) : "", ...other.map((id) => problems[id])].filter(Boolean).join(" ");
  fill(dialog.querySelector(".modal-status"), text);
}

async function submit() {
  const view = top();
  if (!view?.submit || busy) return;
  const body = dialog.querySelector(".modal-body");
  // Leaving the field commits what is half typed in it, such as a time.
  document.activeElement?.blur?.();
  const form = formOf(view);
  const problems = form.problems(view.blocks);
  if (Object.keys(problems).length) {
    refuse(body, problems);
    return;
  }
  setBusy(true);
  const answer = await send("submit", { view_id: view.id, state: form.state(view.blocks) });
  setBusy(false);
  if (answer?.errors && Object.keys(answer.errors).length && shown?.id === view.id) refuse(body, answer.errors);
}

function setBusy(value) {
  busy = value;
  if (!dialog) return;
  dialog.classList.toggle("is-sending", value);
  dialog.setAttribute("aria-busy", String(value));
  const button = dialog.querySelector(".modal-submit");
  button?.classList.toggle("is-busy", value);
}

async function close() {
  const view = top();
  if (!view || busy) return;
  // Gone at once for the person; the server's stack follows, and brings back the view underneath.
  showViews(stack.slice(0, -1));
  await send("close", { view_id: view.id });
}

function focusKey(node) {
  const element = node?.closest?.("[data-key]");
  return element && dialog.contains(element) ? element.dataset.key : null;
}

function draw(view, { fresh }) {
  const body = h("div", { class: "modal-body", tabindex: -1 });
  const kept = { key: focusKey(document.activeElement), scroll: dialog.querySelector(".modal-body")?.scrollTop ?? 0 };
  const selection = document.activeElement?.selectionStart;
  const form = formOf(view);
  const context =
    { surface: "modal", form, act, where: { view_id: view.id }, changed: (block) => clearProblem(body, block) };
  fill(body, renderBlocks(view.blocks, context));
  const back = stack.length > 1
    ? h("button", { type: "button", class: "icon-button", "aria-label": t("back"), onclick: close }, icon("back", 20))
    : h("span", { class: "avatar avatar-app avatar-small", "aria-hidden": "true" }, appGlyph(16));
  const title = plain(view.title);
  fill(
    dialog,
    h("div", { class: "modal-head" }, back,
      h("h2", { id: "modal-title" }, title,
        stack.length > 1 ? h("span", { class: "modal-under" }, plain(stack.at(-2).title)) : null),
      h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: close }, icon("close", 20))),
    body,
    h("div", { class: "modal-foot" }, h("div", { class: "modal-status", role: "alert" }),
      h("button", { type: "button", class: "button", onclick: close },
        view.close ? plain(view.close) : t(view.submit ? "cancel" : "close")),
      view.submit ? h("button", { type: "button", class: "button button-primary is-solid modal-submit", onclick: submit },
                      h("span", { class: "button-label" }, plain(view.submit)))
                  : null)
  );
  if (fresh) {
    const wanted = body.querySelector("[data-autofocus]") ??
      body.querySelector("input, textarea, .select-button, button") ??
      dialog.querySelector(".modal-foot .button:last-child");
    wanted?.focus({ preventScroll: true });
    return;
  }
  body.scrollTop = kept.scroll;
  const again = kept.key && body.querySelector(`[data-key="${CSS.escape(kept.key)}"]`);
  const target = again?.matches("input, textarea, button") ? again : again?.querySelector("input, textarea, button");
  (target ?? dialog.querySelector(".modal-submit"))?.focus({ preventScroll: true });
  if (
    selection !== undefined && target?.setSelectionRange && target.type !== "email" && target.type !== "checkbox" &&
    target.type !== "radio"
  )
    target.setSelectionRange(selection, selection);
}

function clearProblem(body, block) {
  const node = body.querySelector(`.input-block.has-error[data-block="${CSS.escape(block.block_id)}"]`);
  if (!node) return;
  node.classList.remove("has-error");
  node.querySelector(".input-error").textContent = "";
  for (const control of node.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/** Show the top of *views* (bottom first), or close the modal when there is none. */
export function showViews(views) {
  stack = views;
  for (const id of forms.keys())
    if (!views.some((view) => view.id === id)) forms.delete(id);
  const view = top();
  if (!view) {
    shown = null;
    dialog?.close();
    return;
  }
  if (!dialog) {
    dialog = h("dialog", { class: "dialog modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      dialog = null;
      busy = false;
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      const field = event.target;
      const line = field.matches("input:not([type=checkbox], [type=radio], [role=combobox])");
      if (event.ctrlKey || event.metaKey || line) {
        event.preventDefault();
        submit();
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  }
  const fresh = shown?.id !== view.id;
  const same = !fresh && shown.hash === view.hash && shown.depth === stack.length;
  shown = { id: view.id, hash: view.hash, depth: stack.length };
  if (same) return;
  setBusy(false);
  draw(view, { fresh });
}

/** Forget every view, without telling the app: the page now acts as somebody else. */
export function dropViews() {
  showViews([]);
  forms.clear();
}
