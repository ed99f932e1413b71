/** Block Kit's interactive elements. */

import { fileUrl, get, upload } from "./api.js";
import { avatar, personRow } from "./avatar.js";
import { dateField } from "./calendar.js";
import { dayOf, instantOf, wallTimeOf } from "./clock.js";
import { confirmDialog } from "./dialog.js";
import { fill, h, openPopup, rove, uid } from "./dom.js";
import { icon } from "./icons.js";
import { plain, safeUrl, textNodes } from "./mrkdwn.js";
import { filtered, select } from "./picker.js";
import { state, userOf } from "./store.js";
import { t } from "./texts.js";
import { timeField } from "./timefield.js";
import { toast } from "./toasts.js";

/**
 * Where an element stands: `form` keeps its answer; `act(block, element, value)` tells the app of it and resolves when it
 * acknowledged; `where` names the message or view for option look-ups; `labelledBy`, `describedBy` are ids of its texts.
 */

const dispatches = (block) => block.type !== "input" || block.dispatch_action;

/** Tell the app that *element* now has *value*; with a `confirm`, only after a yes. Resolves to whether it was told. */
async function dispatch(block, element, value, context, node) {
  if (element.confirm && !(await confirmDialog(element.confirm))) return false;
  node.classList.add("is-busy");
  node.setAttribute("aria-busy", "true");
  try {
    await context.act(block, element, context.form.outgoing(element, value));
  } finally {
    node.classList.remove("is-busy");
    node.removeAttribute("aria-busy");
  }
  return true;
}

/** Keep an answer, and dispatch it where the block says so. `undo` puts back what was there when the person says no. */
async function answer(block, element, value, context, node, undo = () => {}) {
  const before = context.form.get(block, element);
  context.form.set(block, element, value);
  context.changed?.(block);
  if (!dispatches(block)) return;
  if (!(await dispatch(block, element, value, context, node))) {
    context.form.set(block, element, before);
    undo(before);
  }
}

function button(element, block, context) {
  const classes = ["button", element.style && `button-${element.style}`].filter(Boolean).join(" ");
  const label = h("span", { class: "button-label" }, textNodes(element.text));
  const node = h("button", { type: "button", class: classes, "aria-label": element.accessibility_label ?? null }, label);
  node.addEventListener("click", () => {
    if (node.classList.contains("is-busy")) return;
    if (element.url && safeUrl(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    dispatch(block, element, null, context, node);
  });
  return node;
}

function optionNode(option) {
  return () =>
           [h("span", { class: "option-text" }, textNodes(option.text)),
            option.description ? h("span", { class: "option-description" }, textNodes(option.description)) : null,
  ];
}

const optionItem = (option) => ({
  value: option.value,
  label: plain(option.text),
  search: `${plain(option.text)} ${plain(option.description)}`,
  node: optionNode(option),
  option
});

function groupsOf({ options, option_groups: groups }) {
  if (groups?.length) return groups.map((group) => ({ label: plain(group.label), items: group.options.map(optionItem) }));
  return [{ items: (options ?? []).map(optionItem) }];
}

const common = (element, context, fallback) => ({
  placeholder: plain(element.placeholder) || fallback,
  label: element.accessibility_label ?? (plain(element.placeholder) || fallback),
  labelledBy: context.labelledBy ?? null,
  describedBy: context.describedBy ?? null,
});

function chooser(element, block, context, { find, show, fallback, multiple = false }) {
  const picked = select({
    ...common(element, context, fallback),
    find,
    show,
    multiple,
    value: context.form.get(block, element),
    max: element.max_selected_items ?? null,
    clearable: block.type === "input" && Boolean(block.optional),
    onChange: (value) => answer(block, element, value, context, picked.root, picked.put),
  });
  return picked.root;
}

function staticSelect(multiple) {
  return (element, block, context) => {
    const groups = groupsOf(element);
    const byValue = new Map(groups.flatMap((group) => group.items).map((item) => [item.value, item]));
    return chooser(element, block, context, {
      multiple,
      fallback: t(multiple ? "choose_options" : "choose_option"),
      find: (query) => filtered(groups, query),
      show: (value) => ({ label: byValue.get(value)?.label ?? value }),
    });
  };
}

function externalSelect(multiple) {
  return (element, block, context) => {
    const least = element.min_query_length ?? 3;
    let waiting = null;
    const find = (query) => {
      clearTimeout(waiting?.timer);
      waiting?.give([]);
      if (query.length < least) return null;
      return new Promise((give) => {
        const timer = setTimeout(async () => {
          try {
            const found = await get("options", {
              user: state.me.id, ...context.where, block_id: block.block_id, action_id: element.action_id, query,
            });
            const groups = groupsOf(found);
            for (const { option } of groups.flatMap((group) => group.items)) context.form.suggest(option);
            give(groups);
          } catch (error) {
            toast(error.message, "error");
            give([]);
          }
        }, 200);
        waiting = { timer, give };
      });
    };
    return chooser(element, block, context, {
      multiple,
      find,
      fallback: t(multiple ? "choose_options" : "choose_option"),
      show: (value) => ({ label: plain(context.form.suggested(value)?.text) || value }),
    });
  };
}

function usersSelect(multiple) {
  return (element, block, context) => {
    const people = [...state.users.values()].filter((user) => !user.deleted && !user.is_bot)
      .sort((a, b) => a.real_name.localeCompare(b.real_name));
    const items = people.map((user) => ({
      value: user.id,
      label: user.real_name,
      search: `${user.real_name} ${user.name} ${user.title} ${user.department}`,
      node: () => personRow(user),
    }));
    return chooser(element, block, context, {
      multiple,
      fallback: t(multiple ? "choose_people" : "choose_person"),
      find: (query) => filtered([{ items }], query),
      show: (id) => {
        const user = userOf(id);
        return {
          label: user.real_name, node: () => h("span", { class: "picked-person" }, avatar(user, 20), user.real_name),
        };
      },
    });
  };
}

function channelsSelect(multiple, types) {
  return (element, block, context) => {
    const label = (channel) => (channel.type === "channel" ? `#${channel.name}` : channel.name);
    const items = [...state.channels.values()].filter((channel) => types.includes(channel.type))
      .map((channel) => ({ value: channel.id, label: label(channel) }));
    return chooser(element, block, context, {
      multiple,
      fallback: t(multiple ? "choose_options" : "choose_option"),
      find: (query) => filtered([{ items }], query),
      show: (id) => ({ label: state.channels.has(id) ? label(state.channels.get(id)) : id }),
    });
  };
}

function textInput(type, extra = {}) {
  return (element, block, context) => {
    const field = h(element.multiline ? "textarea" : "input", {
      ...(element.multiline ? { rows: 4 } : { type }),
      class: "text-input",
      placeholder: plain(element.placeholder) || null,
      maxlength: element.max_length ?? null,
      "aria-labelledby": context.labelledBy ?? null,
      "aria-describedby": context.describedBy ?? null,
      autocomplete: "off", dataset: { autofocus: element.focus_on_load ? "true" : null }, ...extra,
    });
    if (!element.focus_on_load) delete field.dataset.autofocus;
    field.value = context.form.get(block, element) ?? "";
    const counter = element.max_length ? h("div", { class: "counter", "aria-hidden": "true" }) : null;
    const count = () => {
      if (!counter) return;
      const left = element.max_length - field.value.length;
      fill(counter, left <= Math.max(20, element.max_length * 0.1) ? String(left) : "");
    };
    const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    field.addEventListener("input", () => {
      context.form.set(block, element, field.value);
      context.changed?.(block);
      count();
      if (dispatches(block) && on.includes("on_character_entered")) dispatch(block, element, field.value, context, field);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !dispatches(block) || !on.includes("on_enter_pressed")) return;
      if (element.multiline && event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      dispatch(block, element, field.value, context, field);
    });
    count();
    return counter ? h("div", { class: "counted" }, field, counter) : field;
  };
}

function choices(kind) {
  return (element, block, context) => {
    const name = uid("choice");
    const many = kind === "checkbox";
    const current = () => context.form.get(block, element);
    const picked = (value) => (many ? (current() ?? []).includes(value) : current() === value);
    const inputs = [];
    const draw = () => inputs.forEach((input) => (input.checked = picked(input.value)));
    const node = h("div", {
      class: "choices", role: many ? "group" : "radiogroup", "aria-labelledby": context.labelledBy ?? null,
      "aria-describedby": context.describedBy ?? null,
    },
      element.options.map((option) => {
        const input = h("input", { type: kind, name, value: option.value });
        inputs.push(input);
        input.addEventListener("change", () => {
          const value = many ? inputs.filter((one) => one.checked).map((one) => one.value) : option.value;
          answer(block, element, value, context, node, draw);
        });
        return h("label", { class: "choice" }, input, h("span", { class: "choice-text" },
          h("span", {}, textNodes(option.text)),
          option.description ? h("span", { class: "option-description" }, textNodes(option.description)) : null));
      }));
    draw();
    return node;
  };
}

function overflow(element, block, context) {
  const trigger =
    h("button", {
      type: "button",
      class: "button overflow",
      "aria-haspopup": "menu",
      "aria-label": element.accessibility_label ?? t("more_actions")
    },
      icon("dots", 18));
  let close = null;
  trigger.addEventListener("click", () => {
    if (close) {
      close();
      return;
    }
    const menu = h("div", { class: "popup menu", role: "menu" }, element.options.map((option) => h("button", {
      type: "button", class: "menu-item", role: "menuitem",
      onclick() {
        close({ refocus: true });
        if (option.url && safeUrl(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
        dispatch(block, element, option.value, context, trigger);
      },
    }, textNodes(option.text),
    option.description ? h("span", { class: "option-description" }, textNodes(option.description)) : null)));
    close = openPopup(menu, trigger, { align: "end", onClose: () => (close = null) });
    rove(menu, "[role='menuitem']");
    menu.querySelector("[role='menuitem']").focus();
  });
  return trigger;
}

function datePicker(element, block, context) {
  const field = dateField({
    ...common(element, context, t("choose_date")),
    value: context.form.get(block, element),
    onChange: (day) => answer(block, element, day, context, field.root, field.put),
  });
  return field.root;
}

function timePicker(element, block, context) {
  const field = timeField({
    ...common(element, context, t("choose_time")),
    value: context.form.get(block, element),
    onChange: (time) => answer(block, element, time, context, field.root, field.put),
  });
  return field.root;
}

function dateTimePicker(element, block, context) {
  const seconds = context.form.get(block, element);
  const start = seconds === null ? null : new Date(seconds * 1000);
  let day = start && dayOf(start);
  let time = start && wallTimeOf(start);
  const changed = () =>
    answer(block, element, day && time ? instantOf(day, time).getTime() / 1000 : null, context, root);
  const texts = { labelledBy: context.labelledBy ?? null, describedBy: context.describedBy ?? null };
  const root =
    h("div", { class: "date-time" },
      dateField(
        { ...texts, value: day, placeholder: t("choose_date"), onChange: (value) => ((day = value), changed()) }
      ).root,
      timeField(
        { ...texts, value: time, placeholder: t("choose_time"), onChange: (value) => ((time = value), changed()) }
      ).root);
  return root;
}

function fileInput(element, block, context) {
  const files = new Map();
  const list = h("ul", { class: "chips", role: "list" });
  const field = h("input", {
    type: "file",
    class: "visually-hidden",
    multiple: (element.max_files ?? 10) > 1,
    accept: (element.filetypes ?? []).map((type) => `.${type}`).join(",") || null,
    "aria-labelledby": context.labelledBy ?? null,
    "aria-describedby": context.describedBy ?? null,
  });
  const draw = () => fill(
    list,
    (context.form.get(block, element) ?? [])
      .map(
        (id) =>
          h("li", { class: "chip" }, icon("file", 14), files.get(id) ?? id,
            h("button", {
              type: "button",
              "aria-label": t("remove", { name: files.get(id) ?? id }),
              onclick: () => put(context.form.get(block, element).filter((one) => one !== id))
            },
              icon("close", 12)))
      )
  );
  const put = (ids) => {
    answer(block, element, ids.slice(0, element.max_files ?? 10), context, root);
    draw();
  };
  field.addEventListener("change", async () => {
    root.classList.add("is-busy");
    try {
      for (const file of field.files) {
        const kept = await upload(state.me.id, null, file);
        files.set(kept.file.id, kept.file.name);
        put([...(context.form.get(block, element) ?? []), kept.file.id]);
      }
    } catch (error) {
      toast(error.message, "error");
    } finally {
      root.classList.remove("is-busy");
      field.value = "";
    }
  });
  const root =
    h("div", { class: "file-input" }, list,
      h("label", { class: "button" }, icon("clip", 16), field, h("span", {}, t("choose_file"))));
  draw();
  return root;
}

/** An image as accessory or in a context. Only images of the workspace are loaded: the page reaches no other site. */
export function imageNode(image, className = "") {
  const own =
    image.slack_file?.id ? fileUrl(image.slack_file.id) : ownImage(image.image_url ?? image.slack_file?.url ?? "");
  if (own) return h("img", { class: className, src: own, alt: image.alt_text ?? "", loading: "lazy" });
  return h(
    "span", {
      class: `image-elsewhere ${className}`,
      role: "img",
      "aria-label": image.alt_text ?? "",
      title: `${image.alt_text ?? ""} (${t("image_elsewhere")})`
    },
    icon("eye", 16)
  );
}

function ownImage(url) {
  if (url.startsWith("data:image/")) return url;
  const file = /\/(F[A-Z0-9]{6,})(?:[/?.-]|$)/.exec(url);
  try {
    return new URL(url).origin === window.location.origin && file ? fileUrl(file[1]) : null;
  } catch {
    return null;
  }
}

const ELEMENTS = {
  button,
  overflow,
  image: (element) => imageNode(element, "accessory-image"),
  static_select: staticSelect(false),
  multi_static_select: staticSelect(true),
  external_select: externalSelect(false),
  multi_external_select: externalSelect(true),
  users_select: usersSelect(false),
  multi_users_select: usersSelect(true),
  conversations_select: channelsSelect(false, ["channel", "im", "app"]),
  multi_conversations_select: channelsSelect(true, ["channel", "im", "app"]),
  channels_select: channelsSelect(false, ["channel"]),
  multi_channels_select: channelsSelect(true, ["channel"]),
  plain_text_input: textInput("text"),
  email_text_input: textInput("email", { inputmode: "email" }),
  url_text_input: textInput("url", { inputmode: "url" }),
  number_input: textInput("text", { inputmode: "decimal", class: "text-input number-input" }),
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  datepicker: datePicker,
  timepicker: timePicker,
  datetimepicker: dateTimePicker,
  file_input: fileInput,
};

/** Draw one element of *block*. */
export function renderElement(element, block, context) {
  const draw = ELEMENTS[element.type];
  if (!draw) return h("span", { class: "unknown" }, t("unknown_block", { type: element.type }));
  const node = draw(element, block, context);
  // So that a redraw can give the focus back to the same element.
  node.dataset.key = `${block.block_id}/${element.action_id ?? ""}`;
  return node;
}
