/** Faces: a coloured tile with initials, and the rows people are listed in. */

import { h } from "./dom.js";
import { appGlyph } from "./icons.js";
import { state } from "./store.js";
import { t } from "./texts.js";

/** Black or white, whichever reads better on *color* ("#rrggbb"). */
function inkOn(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const level = parseInt(color.slice(at, at + 2), 16) / 255;
    return level <= 0.03928 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.22 ? "#14181c" : "#ffffff";
}

/** The tile of a person or of the app. Decorative: the name stands beside it. */
export function avatar(user, size = 36) {
  const vars = { "--avatar": `${size}px` };
  if (user.is_bot)
    return h("span", { class: "avatar avatar-app", vars, "aria-hidden": "true" }, appGlyph(Math.round(size * 0.62)));
  const color = /^#[0-9a-f]{6}$/i.test(user.avatar_color ?? "") ? user.avatar_color : "#5b6770";
  return h(
    "span",
    { class: "avatar", vars: { ...vars, "--avatar-color": color, "--avatar-ink": inkOn(color) }, "aria-hidden": "true" },
    user.initials
  );
}

/** "FR" for "fr-FR": the language a person reads. */
export const languageTag = (locale) => (locale ?? "").slice(0, 2).toUpperCase();

/** A person in a list: face, name, what they do and where, their language. */
export function personRow(user) {
  const mine = user.id === state.me?.id;
  return h(
    "span", { class: "person" }, avatar(user, 32),
    h("span", { class: "person-text" },
      h("span", { class: "person-name" }, user.real_name,
        mine ? h("span", { class: "person-you" }, ` (${t("you")})`) : null,
        user.guest ? h("span", { class: "tag" }, t("guest")) : null,
        user.deleted ? h("span", { class: "tag" }, t("left_company")) : null),
      h("span", { class: "person-role" }, [user.title, user.department, user.site].filter(Boolean).join(" · "))),
    h("span", { class: "person-locale", title: user.locale }, languageTag(user.locale))
  );
}
