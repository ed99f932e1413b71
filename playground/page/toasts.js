/** Short notices at the foot of the page; a screen reader hears them. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const ICONS = {
  error: "alert",
  success: "check",
  info: "spark"
};

/**
 * Show *text*. `kind` is "info", "success" or "error"; errors stay longer. One that is `about` the same thing takes the
 * place of the last.
 */
export function toast(text, kind = "info", { about = null } = {}) {
  const holder = document.getElementById("toasts");
  if (about) holder.querySelector(`[data-about="${about}"]`)?.remove();
  const node =
    h("div", { class: `toast toast-${kind}`, dataset: about ? { about } : {}, role: kind === "error" ? "alert" : "status" },
      icon(ICONS[kind] ?? "spark", 18), h("span", { class: "toast-text" }, text),
      h("button", { type: "button", class: "icon-button", "aria-label": t("dismiss"), onclick: () => node.remove() },
        icon("close", 14)));
  // A dialog makes the rest of the page inert, so the notices are shown above it, as a popover of their own.
  if (!holder.matches(":popover-open"))
    holder.showPopover();
  else {
    holder.hidePopover();
    holder.showPopover();
  }
  holder.append(node);
  setTimeout(() => node.remove(), kind === "error" ? 9000 : 5000);
}
