/** The keyboard shortcuts: what they are, and the list of them. */

import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

const LIST = [
  [["mod", "K"], "shortcut_jump"],
  [["mod", "J"], "shortcut_act"],
  [["Alt", "↑"], "shortcut_next", ["Alt", "↓"]],
  [["/"], "shortcut_compose"],
  [["↑"], "shortcut_history"],
  [["F6"], "shortcut_region"],
  [["↑", "↓"], "shortcut_messages"],
  [["mod", "."], "shortcut_theme"],
  [["Esc"], "shortcut_close"],
  [["?"], "help"],
];

/** Open the list. */
export function openHelp() {
  const mod = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
  const keys = (combination) =>
    h("span", { class: "keys" }, combination.map((key) => h("kbd", {}, key === "mod" ? mod : key)));
  openDialog({
    title: t("help"),
    className: "dialog-help",
    content:
      h("dl", { class: "shortcuts" },
        LIST.map(([combination, text,
                   other]) => [h("dt", {}, keys(combination), other ? keys(other) : null), h("dd", {}, t(text))])),
  });
}
