/** Small dialogs: the confirmation an element asks for, a short form. The browser's own `<dialog>` traps the focus. */

import { h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { plain, textNodes } from "./mrkdwn.js";
import { t } from "./texts.js";

/** Show *content* in a dialog of its own. Returns `{dialog, close}`; `onClose(result)` hears how it ended. */
export function openDialog({ title, content, footer = null, className = "", onClose = () => {} }) {
  const titleId = uid("dialog");
  let result = null;
  const dialog =
    h("dialog", { class: `dialog ${className}`, "aria-labelledby": titleId },
      h("div", { class: "dialog-head" }, h("h2", { id: titleId }, title),
        h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => close() },
          icon("close", 18))),
      h("div", { class: "dialog-body" }, content), footer ? h("div", { class: "dialog-foot" }, footer) : null);
  const close = (value = null) => {
    result = value;
    dialog.close();
  };
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose(result);
  });
  // A press on the backdrop lands on the dialog element itself, outside its box.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close };
}

/** Ask what a Block Kit `confirm` object asks. Resolves to true or false. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    const no = h("button", { type: "button", class: "button" }, confirm.deny ? plain(confirm.deny) : t("cancel"));
    const style = confirm.style === "danger" ? "danger" : "primary";
    const yes = h("button", { type: "button", class: `button button-${style} is-solid` },
      confirm.confirm ? plain(confirm.confirm) : t("confirm"));
    const shown = openDialog({
      title: plain(confirm.title) || t("confirm"),
      content: h("div", { class: "confirm-text" }, textNodes(confirm.text)),
      footer: [no, yes],
      className: "dialog-confirm",
      onClose: (value) => resolve(value === true),
    });
    no.addEventListener("click", () => shown.close(false));
    yes.addEventListener("click", () => shown.close(true));
    yes.focus();
  });
}
