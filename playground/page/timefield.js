/** A time of day, typed ("9:15", "9h15", "2:30 pm") or taken from a list of half hours. */

import { format } from "./clock.js";
import { fill, h, openPopup, uid } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const HALF_HOURS =
  Array.from({ length: 48 }, (_, at) => `${String(Math.floor(at / 2)).padStart(2, "0")}:${at % 2 ? "30" : "00"}`);
const words = (time) => format(new Date(`2024-01-01T${time}:00Z`), { hour: "numeric", minute: "2-digit" }, "UTC");

/** "HH:MM" from what was typed, or null. */
function readTime(text) {
  const match = /^\s*(\d{1,2})\s*(?:[:h.\s]\s*(\d{2})?|(\d{2}))?\s*([ap])?\.?\s*m?\.?\s*$/i.exec(text);
  if (!match) return null;
  const [, hours, afterSign, together, half] = match;
  const minute = Number(afterSign ?? together ?? 0);
  let hour = Number(hours);
  if (half) hour = (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : null;
}

/** A time field. `value` is "HH:MM" or null; `onChange` hears of each new one. */
export function timeField({ value, onChange, placeholder, label, labelledBy = null, describedBy = null }) {
  let current = value;
  let close = null;
  let active = -1;
  const listId = uid("times");
  const input = h("input", {
    type: "text",
    class: "text-input time-input",
    role: "combobox",
    autocomplete: "off",
    placeholder: placeholder ?? t("choose_time"),
    "aria-expanded": "false",
    "aria-autocomplete": "none",
    "aria-labelledby": labelledBy,
    "aria-label": labelledBy ? null : label ?? t("choose_time"),
    "aria-describedby": describedBy,
  });
  const list = h("div", { class: "options", role: "listbox", id: listId, "aria-label": t("choose_time") });
  const draw = () => (input.value = current ? words(current) : "");
  const put = (time) => {
    current = time;
    draw();
  };
  const commit = (time) => {
    put(time);
    onChange(time);
  };
  const mark = (at) => {
    active = at;
    [...list.children].forEach((node, index) => node.classList.toggle("is-active", index === at));
    if (at < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    if (close) return;
    fill(list, HALF_HOURS.map((time) => h("div", {
      class: "option", role: "option", id: uid("time"), "aria-selected": String(time === current), dataset: { value: time },
      onpointerdown: (event) => {
        event.preventDefault();
        close();
        commit(time);
      },
    }, h("span", { class: "option-body" }, words(time)))));
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", listId);
    close = openPopup(h("div", { class: "popup popup-times" }, list), input, {
      onClose() {
        close = null;
        active = -1;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-controls");
        input.removeAttribute("aria-activedescendant");
      },
    });
    const near = HALF_HOURS.findIndex((time) => time >= (current ?? "09:00"));
    mark(current ? near : -1);
    list.children[Math.max(0, near)].scrollIntoView({ block: "center" });
  };
  input.addEventListener("click", open);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const from = active;
      open();
      const next = from < 0 ? HALF_HOURS.findIndex((time) => time >= (current ?? "09:00")) : from + step;
      mark(Math.max(0, Math.min(HALF_HOURS.length - 1, next)));
    } else if (event.key === "Enter" && close && active >= 0) {
      event.preventDefault();
      const time = HALF_HOURS[active];
      close();
      commit(time);
    }
  });
  input.addEventListener("blur", () => {
    close?.();
    const typed = input.value.trim();
    const time = readTime(typed);
    if (typed && !time) draw();
    else if (time !== current) commit(time);
    else draw();
  });
  draw();
  return { root: h("div", { class: "select time-field" }, icon("clock", 16), input), put };
}
