/** A month to pick a day from, as a button that opens it. */

import { addDays, dayOf, dayWords, now } from "./clock.js";
import { fill, h, openPopup, uid } from "./dom.js";
import { icon } from "./icons.js";
import { speech, t } from "./texts.js";

const weekday = (day) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
const monthOf = (day) => day.slice(0, 7);
const firstOf = (day) => `${monthOf(day)}-01`;

function addMonths(day, months) {
  const date = new Date(`${firstOf(day)}T12:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  const first = date.toISOString().slice(0, 10);
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return `${monthOf(first)}-${String(Math.min(days, Number(day.slice(8)))).padStart(2, "0")}`;
}

const KEYS = {
  ArrowLeft: (day) => addDays(day, -1),
  ArrowRight: (day) => addDays(day, 1),
  ArrowUp: (day) => addDays(day, -7),
  ArrowDown: (day) => addDays(day, 7),
  Home: (day) => addDays(day, -weekday(day)),
  End: (day) => addDays(day, 6 - weekday(day)),
  PageUp: (day) => addMonths(day, -1),
  PageDown: (day) => addMonths(day, 1),
};

/** The month grid; `choose(day)` hears of the choice. */
function calendar(chosen, choose) {
  const today = dayOf(now());
  let focused = chosen ?? today;
  const title = h("div", { class: "calendar-title", "aria-live": "polite" });
  const grid = h("table", { class: "calendar-grid", role: "grid" });

  const draw = (refocus) => {
    fill(title, dayWords(focused, { month: "long", year: "numeric" }));
    grid.setAttribute("aria-label", title.textContent);
    const start = addDays(firstOf(focused), -weekday(firstOf(focused)));
    const rows = Array.from({ length: 6 }, (_, week) => h("tr", {}, Array.from({ length: 7 }, (__, at) => {
      const day = addDays(start, week * 7 + at);
      const outside = monthOf(day) !== monthOf(focused);
      const classes = ["day", outside && "is-outside", day === today && "is-today", day === chosen && "is-chosen"];
      return h("td", { role: "gridcell", "aria-selected": String(day === chosen) }, h("button", {
        type: "button", class: classes.filter(Boolean).join(" "), tabindex: day === focused ? 0 : -1, dataset: { day },
        "aria-label": dayWords(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
        "aria-current": day === today ? "date" : null,
        onclick: () => choose(day),
      }, String(Number(day.slice(8)))));
    })));
    // Any week that begins on a Monday gives the names of the days.
    const week = Array.from({ length: 7 }, (_, at) => addDays("2024-01-01", at));
    const short = { weekday: speech() === "fr" ? "narrow" : "short" };
    const name = (day) => h("th", { scope: "col", abbr: dayWords(day, { weekday: "long" }) }, dayWords(day, short).slice(0, 2));
    fill(grid,
      h("thead", {}, h("tr", {}, week.map(name))),
      h("tbody", {}, rows));
    if (refocus) grid.querySelector("[tabindex='0']").focus();
  };
  const turn = (months) => {
    focused = addMonths(focused, months);
    draw(false);
  };
  grid.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    focused = move(focused);
    draw(true);
  });
  draw(false);
  const root =
    h("div", { class: "calendar" },
      h("div", { class: "calendar-bar" },
        h("button", { type: "button", class: "icon-button", "aria-label": t("previous_month"), onclick: () => turn(-1) },
          icon("back", 16)),
        title,
        h("button", { type: "button", class: "icon-button", "aria-label": t("next_month"), onclick: () => turn(1) },
          icon("next", 16))),
      grid, h("button", { type: "button", class: "link-button", onclick: () => choose(today) }, t("today")));
  return { root, focus: () => grid.querySelector("[tabindex='0']").focus() };
}

/** A date field. `value` is "YYYY-MM-DD" or null; `onChange` hears of each choice. */
export function dateField({ value, onChange, placeholder, label, labelledBy = null, describedBy = null }) {
  let current = value;
  const textId = uid("date");
  const text = h("span", { class: "select-text", id: textId });
  const button =
    h("button", {
      type: "button",
      class: "select-button date-button",
      "aria-haspopup": "dialog",
      "aria-describedby": describedBy,
      "aria-labelledby": labelledBy ? `${labelledBy} ${textId}` : null,
      "aria-label": labelledBy ? null : label,
    },
      icon("calendar", 16), text);
  const draw = () => {
    const empty = placeholder ?? t("choose_date");
    fill(text, current ? dayWords(current, { weekday: "short", day: "numeric", month: "long", year: "numeric" }) : empty);
    text.classList.toggle("is-placeholder", !current);
    if (!labelledBy) button.setAttribute("aria-label", `${label ?? empty} ${current ? text.textContent : ""}`.trim());
  };
  let close = null;
  button.addEventListener("click", () => {
    if (close) {
      close({ refocus: true });
      return;
    }
    const month = calendar(current, (day) => {
      close({ refocus: true });
      current = day;
      draw();
      onChange(day);
    });
    const popup = h("div", { class: "popup", role: "dialog", "aria-label": t("choose_date") }, month.root);
    close = openPopup(popup, button, { onClose: () => (close = null) });
    month.focus();
  });
  const put = (day) => {
    current = day;
    draw();
  };
  draw();
  return { root: h("div", { class: "select" }, button), put };
}
