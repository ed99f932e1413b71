/** The page's own line drawings, on a 20 by 20 grid. */

import { svg } from "./dom.js";

const PATHS = {
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.200h14M2.5 12.800h14",
  home: "M3 9.2 10 3.500l7 5.700V16a1 1 0 0 1-1 1h-3.800v-4.600H7.800V17H4a1 1 0 0 1-1-1z",
  search: "M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13.5 13.5 17 17",
  send: "M3 10h6M3.2 3.6 17 10 3.2 16.4 5 10z",
  clip: "M14.8 9.3 9.4 14.700a3.4 3.4 0 0 1-4.8-4.800l6-6a2.3 2.3 0 0 1 3.2 3.200l-5.9 5.900a1.1 1.1 0 0 1-1.6-1.600l5.2-5.2",
  bolt: "M11 2.5 4.5 11.500H10L9 17.500l6.5-9H10z",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.200l2.7 1.6",
  sun: "M10 13.200a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400zM10 2v1.800M10 16.200V18M2 10h1.800M16.2 10H18M4.3 4.300l1.3 1.300M14.4 14.400l1.3 1.300M15.7 4.300l-1.3 1.300M5.6 14.400l-1.3 1.3",
  moon: "M16.5 11.800A7 7 0 0 1 8.2 3.500a7 7 0 1 0 8.3 8.300z",
  auto: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 3v14M12.5 3.500v13M15 5.200v9.6",
  help: "M10 17.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM7.9 7.800a2.1 2.1 0 1 1 3 1.900c-.6.3-.9.7-.9 1.300v.4M10 13.900v.1",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4.5 6.5 10l5.5 5.5",
  next: "M8 4.5 13.5 10 8 15.5",
  down: "M5 7.5 10 12.500l5-5",
  check: "M4 10.500l4 4 8-9",
  plus: "M10 4v12M4 10h12",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  eye: "M2 10s3-5.5 8-5.500S18 10 18 10s-3 5.5-8 5.500S2 10 2 10zM10 12.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600z",
  calendar: "M4 5h12a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM3 8.800h14M6.7 3v3.500M13.3 3v3.5",
  file: "M5 2.500h6.500L15.5 6.500V17a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5V3a.5.5 0 0 1 .5-.5zM11.3 2.700v4h4",
  people: "M7.5 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.500c0-3 2.4-5 5.5-5s5.5 2 5.5 5M13.5 9.200a2.6 2.6 0 0 0 0-5.100M15 11.800c1.8.6 3 2.2 3 4.4",
  swap: "M4 7h11.500M12.5 4l3 3-3 3M16 13H4.500M7.5 10l-3 3 3 3",
  spark: "M10 3l1.6 4.900L16.5 9.500l-4.9 1.600L10 16l-1.6-4.900L3.5 9.500l4.9-1.600z",
  alert: "M10 3.2 17.5 16h-15zM10 8v3.800M10 13.900v.1",
  link: "M8.5 11.500a3 3 0 0 0 4.2 0l2.6-2.600a3 3 0 0 0-4.2-4.200l-.9.900M11.5 8.500a3 3 0 0 0-4.2 0l-2.6 2.600a3 3 0 0 0 4.2 4.200l.9-.9",
};

/** An icon that follows the colour of the text; hidden from screen readers, so the control needs a name of its own. */
export function icon(name, size = 20) {
  return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }));
}

/** The mark of the workspace: two speech bubbles that overlap. */
export function mark(size = 26) {
  return svg("svg", { class: "mark", viewBox: "0 0 28 28", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "mark-back", x: 2, y: 3, width: 17, height: 14, rx: 6 }),
    svg("path", { class: "mark-front", d: "M15 9h5a6 6 0 0 1 6 6v2a6 6 0 0 1-6 6h-.5L16 26v-3h-1a6 6 0 0 1-6-6v-2a6 6 0 0 1 6-6z" }));
}

const APP_SHAPES = ["M6 15a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M16 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M9.5 9.5 12.5 14.5"];

/** The app's face where it brings no icon of its own. */
export function appGlyph(size = 22) {
  return svg("svg", { class: "icon", viewBox: "0 0 22 24", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    APP_SHAPES.map((d) => svg("path", { d })));
}
