/** Slack's mrkdwn to elements. Everything ends as text nodes, so nothing a person wrote can become markup. */

import { dateTokens } from "./clock.js";
import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { state, userOf } from "./store.js";
import { t } from "./texts.js";

const UNESCAPED = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&"
};
const unescape = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => UNESCAPED[entity]);

/** Only addresses that cannot run anything may become links. */
export const safeUrl = (url) => (/^(https?:|mailto:|tel:)/i.test(url) || url.startsWith("/ui/files/") ? url : null);

/** A link that opens elsewhere, or its text alone where the address is of another kind. */
export function link(url, children) {
  const safe = safeUrl(url);
  return safe ? h("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, children) : h("span", {}, children);
}

/** `@Name`, which opens the person's card. */
export function mention(id, label = null) {
  const known = state.users.has(id);
  const name = known ? userOf(id).real_name : label ?? id;
  const mine = id === state.me?.id;
  return h("button", { type: "button", class: mine ? "mention mention-me" : "mention", dataset: { user: id } }, `@${name}`);
}

/** `#channel`, which opens it. */
export function channelLink(id, label = null) {
  const channel = state.channels.get(id);
  return h("button", { type: "button", class: "mention", dataset: { channel: id } }, `#${channel?.name ?? label ?? id}`);
}

/** `@here` and its kind. */
export const broadcast = (range) => h("span", { class: "mention mention-me" }, `@${range}`);

function special(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? null : body.slice(bar + 1);
  if (/^@[UW]/.test(target)) return mention(target.slice(1), label);
  if (target.startsWith("#C")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, seconds, tokens, url] = target.split("^");
    const text = Number.isFinite(Number(seconds)) && tokens ? dateTokens(Number(seconds), unescape(tokens))
                                                            : unescape(label ?? "");
    const time = h("time", { datetime: new Date(Number(seconds) * 1000 || 0).toISOString() }, text);
    return url ? link(unescape(url), time) : time;
  }
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label ?? t("a_group"));
  if (target.startsWith("!")) return broadcast(target.slice(1));
  return link(unescape(target), withEmoji(unescape(label ?? target)));
}

const WORD = "\\p{L}\\p{N}";
const styled = (mark) =>
  `(?<![${WORD}${mark}])[${mark}](?=[^\\s${mark}])([^${mark}\\n]*?[^\\s${mark}]|[^\\s${mark}])[${mark}](?![${WORD}])`;
const INLINE = new RegExp(
  [
    "<([^<>\\n]+)>",
    "`([^`\\n]+)`",
    styled("*"),
    styled("_"),
    styled("~"),
    ":([a-z0-9_+-]+):",
    "(https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?)\\]'\"])",
  ].join("|"),
  "gu",
);

/** One line of mrkdwn as a list of nodes and strings. */
export function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, entity, code, bold, italic, strike, shortcode, url] = match;
    if (match.index > last) nodes.push(unescape(text.slice(last, match.index)));
    last = match.index + whole.length;
    if (entity !== undefined)
      nodes.push(special(entity));
    else if (code !== undefined)
      nodes.push(h("code", {}, unescape(code)));
    else if (bold !== undefined)
      nodes.push(h("strong", {}, inline(bold)));
    else if (italic !== undefined)
      nodes.push(h("em", {}, inline(italic)));
    else if (strike !== undefined)
      nodes.push(h("s", {}, inline(strike)));
    else if (shortcode !== undefined)
      nodes.push(emojiNode(shortcode, whole));
    else
      nodes.push(link(unescape(url), unescape(url)));
  }
  if (last < text.length) nodes.push(unescape(text.slice(last)));
  return nodes;
}

/** An emoji a screen reader names, or the shortcode as typed where we do not have it. */
export function emojiNode(name, fallback = `:${name}:`) {
  const character = emoji(name);
  return character ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, character)
                   : fallback;
}

const BULLET = /^[•◦▪-]\s+/;
const QUOTE = /^(?:&gt;|>)\s?/;

function lines(text) {
  const blocks = [];
  let group = null;
  for (const line of text.split("\n")) {
    const kind = QUOTE.test(line) ? "quote" : BULLET.test(line) ? "list" : "text";
    if (group?.kind !== kind) blocks.push((group = { kind, lines: [] }));
    group.lines.push(line);
  }
  return blocks.map(({ kind, lines: rows }) => {
    if (kind === "quote") return h("blockquote", {}, broken(rows.map((row) => row.replace(QUOTE, ""))));
    if (kind === "list") return h("ul", { class: "md-list" }, rows.map((row) => h("li", {}, inline(row.replace(BULLET, "")))));
    return h("span", { class: "md-text" }, broken(rows));
  });
}

function broken(rows) { return rows.flatMap((row, at) => (at ? [h("br"), ...inline(row)] : inline(row))); }

/** A whole mrkdwn text: code fences, quotes, lists, lines. */
export function mrkdwn(text) {
  const parts = (text ?? "").split(/```([\s\S]+?)```/);
  return parts.flatMap((part, at) => {
    if (at % 2) return [h("pre", {}, unescape(part.replace(/^\n|\n$/g, "")))];
    const trimmed = parts.length > 1 ? part.replace(/^\n|\n$/g, "") : part;
    return trimmed ? lines(trimmed) : [];
  });
}

/** A Slack text object (`plain_text` or `mrkdwn`) as nodes. */
export function textNodes(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return [object.emoji === false ? object.text : withEmoji(object.text)];
}

/** A text object as a plain string, for labels. */
export const plain = (object) => (object ? withEmoji(object.text ?? "") : "");

/** What a screen reader or a notification says of a message. */
export function spoken(text) {
  const holder = h("div", {}, mrkdwn(text));
  return holder.textContent.replace(/\s+/g, " ").trim();
}
