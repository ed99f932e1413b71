/** The `markdown` block: the common subset of standard Markdown, to elements. */

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`", "!?\\[([^\\]\\n]+)\\]\\(([^)\\s]+)\\)", "\\*\\*(?=\\S)([^\\n]+?)\\*\\*", "__(?=\\S)([^\\n]+?)__",
    "~~(?=\\S)([^\\n]+?)~~", "(?<![\\w*])[*_](?=\\S)([^*_\\n]+?)[*_](?!\\w)", "(https?:\\/\\/[^\\s<>)]+)",
  ].join("|"),
  "g",
);

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, address, bold, strong, strike, italic, url] = match;
    if (match.index > last) nodes.push(withEmoji(text.slice(last, match.index)));
    last = match.index + whole.length;
    if (code !== undefined)
      nodes.push(h("code", {}, code));
    else if (label !== undefined)
      nodes.push(link(address, inline(label)));
    else if (bold ?? strong)
      nodes.push(h("strong", {}, inline(bold ?? strong)));
    else if (strike !== undefined)
      nodes.push(h("s", {}, inline(strike)));
    else if (italic !== undefined)
      nodes.push(h("em", {}, inline(italic)));
    else
      nodes.push(link(url, url));
  }
  if (last < text.length) nodes.push(withEmoji(text.slice(last)));
  return nodes;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function listFrom(rows) {
  const root = h(/\d/.test(rows[0][2]) ? "ol" : "ul", { class: "md-list" });
  const open = [{ indent: rows[0][1].length, list: root }];
  for (const [, space, bullet, text] of rows) {
    while (open.length > 1 && space.length < open.at(-1).indent) open.pop();
    if (space.length > open.at(-1).indent && open.at(-1).list.lastElementChild) {
      const list = h(/\d/.test(bullet) ? "ol" : "ul", { class: "md-list" });
      open.at(-1).list.lastElementChild.append(list);
      open.push({ indent: space.length, list });
    }
    const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
    open.at(-1).list.append(
      task ? h("li", { class: "md-task" },
               h("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": task[2] }),
               inline(task[2]))
           : h("li", {}, inline(text))
    );
  }
  return root;
}

/** A Markdown text as nodes. */
export function markdown(source) {
  const lines = source.replace(/\r/g, "").split("\n");
  const out = [];
  const takeWhile = (at, test) => {
    let end = at;
    while (end < lines.length && test(lines[end])) end += 1;
    return end;
  };
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (!line.trim())
      at += 1;
    else if (line.startsWith("```")) {
      const end = takeWhile(at + 1, (row) => !row.startsWith("```"));
      out.push(h("pre", {}, lines.slice(at + 1, end).join("\n")));
      at = end + 1;
    } else if (heading) {
      out.push(
        h("p", {
          class: `md-heading md-heading-${heading[1].length}`,
          role: "heading",
          "aria-level": Math.min(6, heading[1].length + 2)
        },
          inline(heading[2]))
      );
      at += 1;
    } else if (/^(-{3,}|\*{3,}|_{3,})\s*$/.test(line)) {
      out.push(h("hr"));
      at += 1;
    } else if (line.startsWith(">")) {
      const end = takeWhile(at, (row) => row.startsWith(">"));
      out.push(h("blockquote", {}, markdown(lines.slice(at, end).map((row) => row.replace(/^>\s?/, "")).join("\n"))));
      at = end;
    } else if (ITEM.test(line)) {
      const end = takeWhile(at, (row) => ITEM.test(row));
      out.push(listFrom(lines.slice(at, end).map((row) => ITEM.exec(row))));
      at = end;
    } else if (line.includes("|") && /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(lines[at + 1] ?? "")) {
      const end = takeWhile(at + 2, (row) => row.includes("|"));
      const body = lines.slice(at + 2, end);
      out.push(
        h("div", { class: "table-scroll" },
          h("table", { class: "table" },
            h("thead", {}, h("tr", {}, cells(line).map((cell) => h("th", { scope: "col" }, inline(cell))))),
            h("tbody", {}, body.map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, inline(cell))))))))
      );
      at = end;
    } else {
      const end = takeWhile(at, (row) => row.trim() && !/^(#{1,6}\s|>|```)/.test(row) && !ITEM.test(row));
      const rows = lines.slice(at, end);
      out.push(h("p", {}, rows.flatMap((row, index) => (index ? [h("br"), ...inline(row)] : inline(row)))));
      at = Math.max(end, at + 1);
    }
  }
  return out;
}
