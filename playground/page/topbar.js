/** The strip at the top: the workspace, the way to jump, its time, the theme, and whom the page acts as. */

import { post } from "./api.js";
import { avatar, languageTag } from "./avatar.js";
import { format, now } from "./clock.js";
import { fill, h } from "./dom.js";
import { openHelp } from "./help.js";
import { icon, mark } from "./icons.js";
import { openJump, openPeople } from "./people.js";
import { moving, on, state, tell } from "./store.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

const bar = document.getElementById("topbar");
const THEMES = ["auto", "light", "dark"];
const STEPS = [["move_hour", 3_600], ["move_day", 86_400], ["move_week", 604_800]];

const theme = () => document.documentElement.dataset.theme ?? "auto";

/** Go to the next theme: as the system, light, dark. */
export function turnTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto")
    delete document.documentElement.dataset.theme;
  else
    document.documentElement.dataset.theme = next;
  localStorage.setItem("playground.theme", next);
  drawTopbar();
}

const when = () => format(
  now(), { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" }
);

function showTime() {
  const clock = bar.querySelector(".clock-text");
  if (clock && clock.textContent !== when()) clock.textContent = when();
}

/** Show whether time is being moved: the steps wait, and the bar says so. */
function showMoving() {
  const holder = bar.querySelector(".timebar");
  if (!holder) return;
  const busy = asked || moving();
  holder.classList.toggle("is-moving", busy);
  holder.setAttribute("aria-busy", String(busy));
  holder.querySelector(".moving-text").textContent = busy ? t("moving") : "";
  for (const button of holder.querySelectorAll("button")) button.disabled = busy;
}

/** Whether this page has asked for a move that is not answered yet. */
let asked = false;

async function move(seconds) {
  if (asked || moving()) return;
  asked = true;
  showMoving();
  try {
    const { now: reached, turn, told } = await post("time", { user: state.me.id, seconds });
    state.turn = Math.max(state.turn, turn);
    tell("clock", reached);
    const when = format(now(), { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" });
    toast(
      [t("time_done", { when }), told ? t("people_told", { count: told, app: state.app.name }) : ""].join(" "), "success",
      { about: "time" }
    );
  } catch (error) {
    toast(error.message, "error");
  } finally {
    asked = false;
    showMoving();
  }
}

/** Draw the strip anew. */
export function drawTopbar() {
  if (!state.me) return;
  const names = { auto: t("theme_auto"), light: t("light"), dark: t("dark") };
  const themeName = t("theme", { name: names[theme()] });
  const command = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
  const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  fill(
    bar,
    h("button", {
      type: "button",
      class: "icon-button on-dark only-narrow",
      dataset: { key: "menu" },
      "aria-label": t("menu"),
      "aria-controls": "sidebar",
      "aria-expanded": String(document.body.classList.contains("has-menu")),
      onclick: () => tell("menu")
    },
      icon("menu")),
    h("div", { class: "brand" }, mark(28), h("span", { class: "brand-name" }, state.workspace.name)),
    h("button", {
      type: "button",
      class: "jump",
      dataset: { key: "jump" },
      onclick: openJump,
      "aria-keyshortcuts": "Control+K Meta+K"
    },
      icon("search", 16), h("span", {}, t("jump")), h("kbd", {}, `${command} K`)),
    h("div", { class: "timebar", role: "group", "aria-label": t("what_day") },
      h("div", { class: "clock", title: `${t("what_day")} · ${state.me.tz}` }, icon("clock", 16),
        h("span", { class: "clock-text" }, when()),
        h("span", { class: "moving-text", role: "status" })),
      h("div", { class: "steps" },
        STEPS.map(
          ([key, seconds]) =>
            h("button", {
              type: "button",
              class: "step",
              dataset: { key },
              "aria-label": t(`${key}_long`),
              title: t(`${key}_long`),
              onclick: () => move(seconds)
            },
              t(key))
        ))),
    h("div", { class: "topbar-end" },
      h("button", {
        type: "button",
        class: "icon-button on-dark",
        dataset: { key: "guide" },
        "aria-label": t("guide_show"),
        title: t("guide"),
        hidden: !state.guide.length,
        onclick: () => tell("guide_toggle")
      },
        icon("spark")),
      h("button", {
        type: "button",
        class: "icon-button on-dark",
        dataset: { key: "theme" },
        "aria-label": themeName,
        title: themeName,
        onclick: turnTheme
      },
        icon({ auto: "auto", light: "sun", dark: "moon" }[theme()])),
      h("button", {
        type: "button",
        class: "icon-button on-dark",
        dataset: { key: "help" },
        "aria-label": t("help"),
        title: t("help"),
        onclick: openHelp
      },
        icon("help")),
      h("button", {
        type: "button",
        class: "acting",
        dataset: { key: "acting" },
        onclick: openPeople,
        "aria-keyshortcuts": "Control+J Meta+J",
        title: t("acting_as_hint")
      },
        avatar(state.me, 30),
        h("span", { class: "acting-text" }, h("span", { class: "acting-label" }, t("acting_as")),
          h("span", { class: "acting-name" }, state.me.real_name)),
        h("span", { class: "acting-locale" }, languageTag(state.me.locale)), icon("down", 14)))
  );
  showMoving();
  if (focused) bar.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
}

on("time", () => {
  showTime();
  showMoving();
});
setInterval(showTime, 1000);
