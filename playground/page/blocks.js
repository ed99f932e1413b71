/** Block Kit's layout blocks. */

import { fileUrl } from "./api.js";
import { chart } from "./charts.js";
import { h, uid } from "./dom.js";
import { imageNode, renderElement } from "./elements.js";
import { markdown } from "./markdown.js";
import { textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { t } from "./texts.js";

const CLIP = 700;

/** Long text in a message is folded, as people know it. */
function folded(nodes, length, surface) {
  if (surface !== "message" || length <= CLIP) return nodes;
  const id = uid("more");
  const body = h("div", { class: "folded", id }, nodes);
  const toggle =
    h("button", { type: "button", class: "link-button", "aria-expanded": "false", "aria-controls": id }, t("show_more"));
  toggle.addEventListener("click", () => {
    const open = body.classList.toggle("is-open");
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = t(open ? "show_less" : "show_more");
  });
  return [body, toggle];
}

function section(block, context) {
  const textId = uid("text");
  const length = (block.text?.text ?? "").length;
  const text =
    block.text ? h("div", { class: "text", id: textId }, folded(textNodes(block.text), length, context.surface)) : null;
  const fields = block.fields?.length
    ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text" }, textNodes(field))))
    : null;
  if (!block.accessory) return h("div", { class: "block section" }, text, fields);
  const wide = /select|date|time|checkbox|radio|input/.test(block.accessory.type);
  // A button speaks for itself; a select or a group of choices is named by the text beside it.
  const inner = wide && text ? { ...context, labelledBy: textId } : context;
  return h(
    "div", { class: `block section has-accessory ${wide ? "has-wide-accessory" : ""}` },
    h("div", { class: "section-text" }, text, fields),
    h("div", { class: "accessory" }, renderElement(block.accessory, block, inner))
  );
}

function actions(block, context) {
  return h("div", { class: "block actions" }, block.elements.map((element) => renderElement(element, block, context)));
}

function contextBlock(block) {
  return h(
    "div", { class: "block context" },
    block.elements.map(
      (element) =>
        (element.type === "image" ? imageNode(element, "context-image") : h("div", { class: "text" }, textNodes(element)))
    )
  );
}

function image(block) {
  const title = block.title ? h("figcaption", {}, textNodes(block.title)) : null;
  return h("figure", { class: "block image-block" }, title, imageNode(block, "block-image"));
}

function input(block, context) {
  const labelId = uid("label");
  const hintId = uid("hint");
  const errorId = uid("error");
  const described = [block.hint ? hintId : null, errorId].filter(Boolean).join(" ");
  const element = renderElement(block.element, block, { ...context, labelledBy: labelId, describedBy: described });
  const label =
    h("div", { class: "input-label", id: labelId }, textNodes(block.label),
      block.optional ? h("span", { class: "input-optional" }, ` ${t("optional")}`) : null);
  // The element may be a group or a button, for which a <label> does nothing: a press on the text moves the focus.
  label.addEventListener("click", () => element.querySelector("input, textarea, button")?.focus() ?? element.focus());
  return h(
    "div", { class: "block input-block", dataset: { block: block.block_id } }, label, element,
    h("div", { class: "input-error", id: errorId }),
    block.hint ? h("div", { class: "input-hint", id: hintId }, textNodes(block.hint)) : null
  );
}

function table(block) {
  const align = block.column_settings ?? [];
  const cell = (content, at, tag, scope) =>
    h(tag, { scope, class: `align-${align[at]?.align ?? "left"} ${align[at]?.is_wrapped ? "is-wrapped" : ""}` },
      content.type === "rich_text" ? richText(content) : content.text ?? "");
  const [head, ...rows] = block.rows;
  return h(
    "div", { class: "block table-scroll", tabindex: 0, role: "region", "aria-label": t("figures") },
    h("table", { class: "table" }, h("thead", {}, h("tr", {}, head.map((content, at) => cell(content, at, "th", "col")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((content, at) => cell(content, at, "td"))))))
  );
}

function fileBlock(block) {
  return h(
    "a", { class: "block file-card", href: fileUrl(block.file_id ?? ""), target: "_blank", rel: "noopener" },
    block.external_id ?? block.file_id ?? ""
  );
}

const BLOCKS = {
  section,
  actions,
  context: contextBlock,
  header: (block, context) =>
    h("div", { class: "block header-block", role: "heading", "aria-level": context.surface === "message" ? 4 : 3 },
      textNodes(block.text)),
  divider: () => h("hr", { class: "block divider" }),
  image,
  input,
  rich_text: (block) => h("div", { class: "block text rich-text" }, richText(block)),
  table,
  markdown: (block, context) =>
    h("div", { class: "block text markdown" }, folded(markdown(block.text), block.text.length, context.surface)),
  data_visualization: (block) => h("div", { class: "block" }, chart(block)),
  file: fileBlock,
};

/**
 * Draw *blocks*. `context` is `{surface: "message"|"modal"|"home", form, act, where}`; see elements.js for the last three.
 */
export function renderBlocks(blocks, context) {
  return (
           blocks ?? []
  ).map((block) => BLOCKS[block.type]?.(block, context) ?? h("div", { class: "block unknown" }, t("unknown_block", {
                                                               type: block.type
                                                             })));
}

/** Say beside each input of *root* what is wrong with it (`{block_id: sentence}`), or clear what was said. */
export function showProblems(root, problems) {
  for (const node of root.querySelectorAll(".input-block")) {
    const problem = problems[node.dataset.block] ?? "";
    node.classList.toggle("has-error", Boolean(problem));
    node.querySelector(".input-error").textContent = problem;
    for (const control of node.querySelectorAll("input, textarea, .select-button")) {
      if (problem)
        control.setAttribute("aria-invalid", "true");
      else
        control.removeAttribute("aria-invalid");
    }
  }
}
