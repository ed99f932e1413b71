/** One message, and the marks between messages. */

import { fileUrl, post } from "./api.js";
import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { dayHeading, dayOf, format, timeOf } from "./clock.js";
import { h } from "./dom.js";
import { explain } from "./failures.js";
import { Form } from "./form.js";
import { icon } from "./icons.js";
import { link, mrkdwn } from "./mrkdwn.js";
import { state, userOf } from "./store.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

const GROUPED = 5 * 60 * 1000;
const forms = new Map();

function formOf(message) {
  const key = `${message.channel} ${message.ts}`;
  if (!forms.has(key)) forms.set(key, new Form());
  const form = forms.get(key);
  form.seed(message.blocks, message.state?.values);
  return form;
}

/** Forget what was chosen in messages: the page now acts as somebody else. */
export const dropForms = () => forms.clear();

const size = (bytes) =>
  (bytes < 1000 ? `${bytes} B`
     : bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB`
                         : `${(bytes / 1_000_000).toFixed(1)} MB`);

function fileNode(file) {
  if (file.mimetype.startsWith("image/") && file.mimetype !== "image/svg+xml") {
    return h(
      "figure", { class: "file-image" }, h("figcaption", {}, file.title || file.name),
      h("a", { href: fileUrl(file.id), target: "_blank", rel: "noopener" },
        h("img", { src: fileUrl(file.id), alt: file.alt || file.title || file.name, loading: "lazy" }))
    );
  }
  return h(
    "a", { class: "file-card", href: fileUrl(file.id), download: file.name },
    h("span", { class: "file-kind" }, icon("file", 20)),
    h("span", { class: "file-text" }, h("span", { class: "file-name" }, file.title || file.name),
      h("span", { class: "file-meta" },
        t("file_size", { size: size(file.size), type: (file.name.split(".").pop() ?? "").toUpperCase() }))),
    h("span", { class: "visually-hidden" }, t("download"))
  );
}

const COLORS = {
  good: "#2f9e6e",
  warning: "#d9a02b",
  danger: "#c23b32"
};

function attachmentNode(attachment, context) {
  const color = COLORS[attachment.color] ??
    (/^#?[0-9a-f]{6}$/i.test(attachment.color ?? "") ? `#${attachment.color.replace("#", "")}` : null);
  const title = attachment.title
    ? h("p", {},
        h("strong", {}, attachment.title_link ? link(attachment.title_link, attachment.title) : attachment.title))
    : null;
  return h(
    "div", { class: "attachment", vars: color ? { "--attachment": color } : {} },
    attachment.blocks ? renderBlocks(attachment.blocks, context)
                      : [title, h("div", { class: "text" }, mrkdwn(attachment.text ?? attachment.fallback ?? ""))]
  );
}

function body(message) {
  const form = formOf(message);
  const act = async (block, element, value) => {
    try {
      const answer = await post("action", {
        user: state.me.id, channel: message.channel, ts: message.ts, block_id: block.block_id,
        action_id: element.action_id, value, state: form.state(message.blocks),
      });
      if (answer.error) toast(explain(answer.error), "error");
    } catch (error) {
      toast(error.message, "error");
    }
  };
  const context = { surface: "message", form, act, where: { channel: message.channel, ts: message.ts } };
  const content =
    message.blocks?.length ? renderBlocks(message.blocks, context) : [h("div", { class: "text" }, mrkdwn(message.text))];
  if (message.edited) {
    const last = content.at(-1);
    const text = last.matches(".text") ? last : last.querySelector(":scope > .text:last-child");
    (text?.querySelector(":scope > .md-text:last-child") ?? text ?? last)
      .append(h("span", { class: "edited" }, ` ${t("edited")}`));
  }
  const attachments = (message.attachments ?? []).map((attachment) => attachmentNode(attachment, context));
  return [content, attachments, message.files?.length ? h("div", { class: "files" }, message.files.map(fileNode)) : null];
}

/** The name a message is signed with. */
export const authorOf = (message) =>
  message.username || (message.is_app ? state.app.name : userOf(message.user).real_name);

/** A message as a list item; `regroup` decides whether it shows its head. */
export function messageNode(message) {
  const at = new Date(message.at);
  const author = message.is_app ? { is_bot: true } : userOf(message.user);
  const name = message.is_app
    ? h("button", { type: "button", class: "author", dataset: { app: "true" } }, authorOf(message))
    : h("button", { type: "button", class: "author", dataset: { user: message.user } }, authorOf(message));
  const when =
    h("time", { class: "when", datetime: message.at, title: format(at, { dateStyle: "full", timeStyle: "short" }) },
      timeOf(at));
  const classes =
    ["message", message.ephemeral && "is-ephemeral", message.is_app && "is-app"].filter(Boolean).join(" ");
  return h(
    "li", {
      class: classes,
      id: `m-${message.ts.replace(".", "-")}`,
      tabindex: -1,
      dataset: {
        ts: message.ts,
        at: String(at.getTime()),
        day: dayOf(at),
        author: message.is_app ? "app" : message.user,
        ephemeral: String(Boolean(message.ephemeral))
      },
    },
    h("div", { class: "message-side" }, avatar(author, 36),
      h("span", { class: "side-time", "aria-hidden": "true" }, timeOf(at))),
    h("div", { class: "message-main" },
      message.ephemeral ? h("div", { class: "only-you" }, icon("eye", 14), t("ephemeral")) : null,
      h("div", { class: "message-head" }, name, message.is_app ? h("span", { class: "tag" }, t("app_badge")) : null, when),
      h("div", { class: "message-body" }, body(message)))
  );
}

/** Put the day headings and the mark of what is new in *list*, and hide the heads of messages that follow their kind. */
export function regroup(list, newSince = null) {
  for (const node of list.querySelectorAll(":scope > .divider-row")) node.remove();
  let previous = null;
  let marked = false;
  for (const node of [...list.children]) {
    const { day, author, at, ts, ephemeral } = node.dataset;
    const newDay = previous?.dataset.day !== day;
    const isNew = newSince !== null && !marked && ts > newSince && author !== state.me.id;
    if (newDay)
      node.before(
        h("li", { class: "divider-row day-row", role: "presentation" }, h("h3", {}, dayHeading(new Date(Number(at)))))
      );
    if (isNew) {
      marked = true;
      node.before(h("li", { class: "divider-row new-row", role: "presentation" }, h("span", {}, t("new_marker"))));
    }
    const follows = !newDay && !isNew && previous.dataset.author === author &&
      previous.dataset.ephemeral === ephemeral && ephemeral === "false" && at - previous.dataset.at < GROUPED;
    node.classList.toggle("is-compact", Boolean(follows));
    previous = node;
  }
}
