/** The `rich_text` block. */

import { dateTokens } from "./clock.js";
import { h } from "./dom.js";
import { broadcast, channelLink, emojiNode, link, mention } from "./mrkdwn.js";
import { t } from "./texts.js";

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]];

function dressed(content, style = {}) {
  return STYLES.reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), content);
}

function lines(text) { return text.split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line])); }

const INLINE = {
  text: (element) => dressed(lines(element.text), element.style),
  link: (element) => dressed(link(element.url, element.text ?? element.url), element.style),
  user: (element) => mention(element.user_id),
  channel: (element) => channelLink(element.channel_id),
  usergroup: () => h("span", { class: "mention" }, t("a_group")),
  broadcast: (element) => broadcast(element.range),
  emoji: (element) => emojiNode(element.name),
  date: (element) =>
    h("time", { datetime: new Date(element.timestamp * 1000).toISOString() },
      dateTokens(element.timestamp, element.format)),
  color: (element) => h("code", {}, element.value),
};

const inline = (elements) => elements.map((element) => INLINE[element.type]?.(element) ?? element.fallback ?? "");
const indented = (element) => ({ vars: { "--indent": element.indent ?? 0 } });

const SECTIONS = {
  rich_text_section: (element) => h("div", { class: "rich-section" }, inline(element.elements)),
  rich_text_quote: (element) => h("blockquote", {}, inline(element.elements)),
  rich_text_preformatted: (element) => h("pre", {}, inline(element.elements)),
  rich_text_list: (element) =>
    h(element.style === "ordered" ? "ol" : "ul",
      { class: "md-list", start: element.offset ? element.offset + 1 : null, ...indented(element) },
      element.elements.map((item) => h("li", {}, inline(item.elements)))),
};

/** Draw a `rich_text` block, or a cell of that type. */
export const richText = (block) => block.elements.map((element) => SECTIONS[element.type]?.(element) ?? "");
