/** Building and placing elements. Text always goes in as text nodes: nothing here parses HTML. */

const SVG = "http://www.w3.org/2000/svg";
let counter = 0;

/** An id no other element of the page has, for labels and descriptions. */
export function uid(prefix = "id") {
  counter += 1;
  return `${prefix}-${counter}`;
}

function apply(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else if (name === "dataset")
      Object.assign(element.dataset, value);
    else if (name === "vars")
      for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else
      element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Make an element: `h("button", {class: "x", onclick: f}, "text", node, [more])`; null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  apply(element, attributes);
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
  );
  return element;
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  apply(element, attributes);
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
  );
  return element;
}

/** Replace what *element* holds. */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
  );
  return element;
}

/**
 * Let the arrow keys move within *container*, which then holds a single stop in the tab order.
 * Call it again after the items changed; *current* is the item to keep as that stop.
 */
export function rove(container, selector, { horizontal = false, current = null } = {}) {
  const items = () => [...container.querySelectorAll(selector)].filter((item) => item.offsetParent !== null);
  const all = [...container.querySelectorAll(selector)];
  const stop = current ?? all.find((item) => item.tabIndex === 0) ?? all[0];
  for (const item of all) item.tabIndex = item === stop ? 0 : -1;
  if (container.dataset.roving) return;
  container.dataset.roving = "true";
  const [back, forth] = horizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const list = items();
    const at = list.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { [back]: at - 1, [forth]: at + 1, Home: 0, End: list.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = list[Math.max(0, Math.min(list.length - 1, to))];
    for (const item of list) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  });
}

/**
 * Show *popup* in the top layer beside *anchor*, and hide it on Escape or a press elsewhere.
 * Returns the function that closes it. It lives inside the open dialog, if any: the rest of the page is inert then.
 */
export function openPopup(popup, anchor, { align = "start", matchWidth = false, onClose = () => {} } = {}) {
  popup.setAttribute("popover", "manual");
  (anchor.closest("dialog") ?? document.body).append(popup);
  popup.showPopover();
  const place = () => {
    const box = anchor.getBoundingClientRect();
    if (matchWidth) popup.style.setProperty("min-width", `${Math.max(box.width, 220)}px`);
    const size = popup.getBoundingClientRect();
    const room = window.innerHeight - box.bottom - 12;
    const above = size.height > room && box.top > room;
    const left = align === "end" ? box.right - size.width : box.left;
    popup.style.setProperty("left", `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`);
    popup.style.setProperty("top", `${above ? Math.max(8, box.top - size.height - 6) : box.bottom + 6}px`);
    popup.style.setProperty("--room", `${Math.max(160, above ? box.top - 24 : room)}px`);
  };
  place();
  place();
  const controller = new AbortController();
  const close = ({ refocus = false } = {}) => {
    if (controller.signal.aborted) return;
    controller.abort();
    popup.remove();
    if (refocus) anchor.focus();
    onClose();
  };
  const listen = (target, type, handler, options = {}) =>
    target.addEventListener(type, handler, { ...options, signal: controller.signal });
  listen(document, "pointerdown", (event) => {
    if (!popup.contains(event.target) && !anchor.contains(event.target)) close();
  }, { capture: true });
  // Captured, so that Escape closes the list and not the dialog it is in.
  listen(window, "keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close({ refocus: true });
  }, { capture: true });
  listen(window, "resize", place);
  listen(document, "scroll", (event) => {
    if (!popup.contains(event.target)) place();
  }, { capture: true });
  return close;
}
