/** Choosing from a list by typing: selects of every kind, times, and the people chooser share it. */

import { fill, h, openPopup, uid } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const SHOWN = 60;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether every word of *query* occurs in *text*, whatever the accents and case. */
function matches(text, query) {
  const folded = fold(text);
  return fold(query).split(/\s+/).every((word) => folded.includes(word));
}

/**
 * A list under a search field.
 *
 * `find(query)` gives groups, `[{label, items: [{value, label, search, node}]}]`, a promise of them, or null when the
 * query is too short to look anything up; `choose(item)` is told of the choice. `chosen()` gives the set of values to mark. Returns `{root, input, refresh}`.
 */
export function listBox({ find, choose, chosen = () => new Set(), multiple = false, placeholder, label }) {
  const listId = uid("list");
  const list =
    h("div",
      { class: "options", role: "listbox", id: listId, "aria-label": label, "aria-multiselectable": multiple || null });
  const input = h("input", {
    class: "options-search",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder,
    "aria-label": label,
    "aria-expanded": "true",
    "aria-controls": listId,
    "aria-autocomplete": "list",
  });
  let items = [];
  let active = 0;
  let turn = 0;

  const mark = (index, { scroll = true } = {}) => {
    active = Math.max(0, Math.min(items.length - 1, index));
    items.forEach(({ node }, at) => node.classList.toggle("is-active", at === active));
    const node = items[active]?.node;
    if (node) input.setAttribute("aria-activedescendant", node.id);
    else input.removeAttribute("aria-activedescendant");
    if (node && scroll) node.scrollIntoView({ block: "nearest" });
  };

  const draw = (groups) => {
    items = [];
    let left = 0;
    const selected = chosen();
    const nodes = (groups ?? []).filter((group) => group.items.length).map((group) => {
      const rows = group.items.flatMap((item) => {
        if (items.length >= SHOWN) {
          left += 1;
          return [];
        }
        const at = items.length;
        const node = h("div", {
          class: "option", role: "option", id: uid("option"), "aria-selected": String(selected.has(item.value)),
          onclick: () => choose(item),
          onpointermove: () => active !== at && mark(at, { scroll: false }),
        }, h("span", { class: "option-body" }, item.node?.() ?? item.label),
        h("span", { class: "option-check" }, icon("check", 16)));
        items.push({ ...item, node });
        return [node];
      });
      if (!rows.length) return null;
      return group.label
        ? h("div", { role: "group", "aria-label": group.label },
          h("div", { class: "options-heading", "aria-hidden": "true" }, group.label), rows)
        : rows;
    });
    const why = groups ? t("no_results", { query: input.value }) : t("type_to_search");
    const nothing = items.length ? null : h("div", { class: "options-none" }, why);
    const more = left ? h("div", { class: "options-none" }, t("lists_more", { count: left })) : null;
    fill(list, nodes, nothing, more);
    const at = items.findIndex((item) => selected.has(item.value));
    mark(input.value || at < 0 ? 0 : at);
  };

  const refresh = async () => {
    const mine = (turn += 1);
    const groups = find(input.value.trim());
    if (groups instanceof Promise) {
      list.setAttribute("aria-busy", "true");
      fill(list, h("div", { class: "options-none" }, t("loading")));
    }
    const found = await groups;
    if (mine !== turn) return;
    list.removeAttribute("aria-busy");
    draw(found);
  };

  input.addEventListener("input", refresh);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      event.preventDefault();
      mark(active + step);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      if (items[active]) choose(items[active]);
    }
  });
  const root = h("div", { class: "listbox" }, h("div", { class: "options-field" }, icon("search", 16), input), list);
  return { root, input, refresh };
}

/** How well *label* fits: its beginning, then the beginning of a word of it, then anything else. */
function fit(label, query) {
  const at = ` ${fold(label)}`.indexOf(` ${fold(query)}`);
  return at === 0 ? 0 : at > 0 ? 1 : 2;
}

/** Those of *groups*' items whose `search` text (or label) has every word of *query*, the best fits first. */
export function filtered(groups, query) {
  if (!query) return groups;
  return groups.map((group) => {
    const items = group.items.filter((item) => matches(item.search ?? item.label, query));
    return { ...group, items: items.sort((a, b) => fit(a.label, query) - fit(b.label, query)) };
  });
}

/**
 * A select: a button that shows what is chosen, and a list box that opens from it.
 *
 * `find` as in `listBox`; `value` is a value or, with `multiple`, a list; `show(value)` gives `{label, node}` for a
 * chosen value; `onChange(value)` hears of each choice; the returned `put(value)` shows another without telling. Arrow
 * down and Enter open it, typing searches at once.
 */
export function select({
  find,
  show,
  value,
  onChange,
  multiple = false,
  max = null,
  placeholder,
  label,
  describedBy = null,
  labelledBy = null,
  clearable = false
}) {
  let current = multiple ? [...(value ?? [])] : value;
  let close = null;
  const textId = uid("select");
  const text = h("span", { class: "select-text", id: textId });
  const button =
    h("button", {
      type: "button",
      class: "select-button",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-describedby": describedBy,
      "aria-labelledby": labelledBy ? `${labelledBy} ${textId}` : null,
      "aria-label": labelledBy ? null : label,
    },
      text, icon("down", 16));
  const chips = h("ul", { class: "chips", role: "list" });
  const root = h("div", { class: multiple ? "select select-multiple" : "select" }, button);

  const draw = () => {
    const empty = multiple ? !current.length : current === null || current === undefined;
    const clear = h("button", {
      type: "button", class: "select-clear", "aria-label": t("clear"), onclick: () => set(null),
    }, icon("close", 14));
    if (multiple) {
      fill(chips, current.map((one) => {
        const shown = show(one);
        const remove = h("button", {
          type: "button", "aria-label": t("remove", { name: shown.label }),
          onclick: () => set(current.filter((other) => other !== one)),
        }, icon("close", 12));
        return h("li", { class: "chip" }, shown.node?.() ?? shown.label, remove);
      }));
      fill(text, empty ? placeholder : t("add_option"));
      text.classList.toggle("is-placeholder", true);
      fill(root, empty ? null : chips, button);
    } else {
      fill(text, empty ? placeholder : show(current).node?.() ?? show(current).label);
      text.classList.toggle("is-placeholder", empty);
      fill(root, button, clearable && !empty ? clear : null);
    }
  };
  const put = (next) => {
    current = multiple ? [...(next ?? [])] : next;
    draw();
  };
  const set = (next) => {
    put(next);
    onChange(next);
  };

  const open = (typed = "") => {
    if (close) {
      close({ refocus: true });
      return;
    }
    const box = listBox({
      find, multiple, label: label ?? placeholder, placeholder: t("search_options"),
      chosen: () => new Set(multiple ? current : [current]),
      choose(item) {
        if (!multiple) {
          close({ refocus: true });
          set(item.value);
        } else if (current.includes(item.value)) {
          set(current.filter((one) => one !== item.value));
          box.refresh();
        } else if (max === null || current.length < max) {
          set([...current, item.value]);
          box.input.select();
          box.refresh();
        }
      },
    });
    button.setAttribute("aria-expanded", "true");
    close = openPopup(h("div", { class: "popup" }, box.root), button, {
      matchWidth: true,
      onClose() {
        close = null;
        button.setAttribute("aria-expanded", "false");
      },
    });
    box.input.value = typed;
    box.input.focus();
    box.input.addEventListener("keydown", (event) => {
      if (event.key === "Tab" && close) close({ refocus: true });
    });
    box.refresh();
  };
  button.addEventListener("click", () => open());
  button.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      open();
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      open(event.key);
    }
  });
  draw();
  return { root, put };
}
