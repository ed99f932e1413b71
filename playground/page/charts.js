/** The `data_visualization` block: pie, bar, line and area as inline SVG, with the figures as a table beside. */

import { language } from "./clock.js";
import { h, svg } from "./dom.js";
import { t } from "./texts.js";

const WIDTH = 520;
const HEIGHT = 240;
const EDGE = {
  left: 44,
  right: 14,
  top: 14,
  bottom: 34
};
const number = (value) => new Intl.NumberFormat(language(), { maximumFractionDigits: 2 }).format(value);
const share = (value) => new Intl.NumberFormat(language(), { style: "percent" }).format(value);
const tone = (index) => `chart-${(index % 6) + 1}`;

function pie(chart) {
  const total = chart.segments.reduce((sum, { value }) => sum + value, 0) || 1;
  const radius = 84;
  let angle = -Math.PI / 2;
  const slices = chart.segments.map(({ label, value }, index) => {
    const turn = (value / total) * Math.PI * 2;
    const title = svg("title", {}, `${label}: ${number(value)}`);
    if (turn >= Math.PI * 2 - 1e-6) return svg("circle", { r: radius, class: `slice ${tone(index)}` }, title);
    const point = (at) => `${(Math.cos(at) * radius).toFixed(2)} ${(Math.sin(at) * radius).toFixed(2)}`;
    const path = `M0 0L${point(angle)}A${radius} ${radius} 0 ${turn > Math.PI ? 1 : 0} 1 ${point(angle + turn)}Z`;
    angle += turn;
    return svg("path", { d: path, class: `slice ${tone(index)}` }, title);
  });
  const drawing = svg(
    "svg", { viewBox: "-92 -92 184 184", class: "chart-pie", "aria-hidden": "true" }, slices,
    svg("circle", { r: 46, class: "chart-hole" }),
    svg(
      "text", { class: "chart-total", "text-anchor": "middle", y: 7 },
      number(chart.segments.reduce((sum, { value }) => sum + value, 0))
    )
  );
  const keys =
    chart.segments.map(({ label, value }, index) => [label, index, `${number(value)} · ${share(value / total)}`]);
  return { drawing, keys, columns: [t("figures")], rows: chart.segments.map(({ label, value }) => [label, [value]]) };
}

/** Round steps for an axis that reaches from *low* to *high*. */
function ticks(low, high) {
  const rough = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const from = Math.floor(low / step) * step;
  return Array.from({ length: Math.ceil((high - from) / step + 1e-9) + 1 }, (_, at) => from + at * step);
}

function cartesian(chart) {
  const categories = chart.axis_config?.categories ?? chart.series[0].data.map(({ label }) => label);
  const series = chart.series.map(
    ({ name, data }) =>
      ({ name, values: categories.map((category) => data.find(({ label }) => label === category)?.value ?? 0) })
  );
  const all = series.flatMap(({ values }) => values);
  const marks = ticks(Math.min(0, ...all), Math.max(0, ...all));
  const [low, high] = [marks[0], marks.at(-1)];
  const inner = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const y = (value) => EDGE.top + inner.height * (1 - (value - low) / (high - low || 1));
  const slot = inner.width / categories.length;
  const middle = (index) => EDGE.left + slot * (index + 0.5);
  const every = Math.ceil(categories.length / 10);

  const grid = marks.map(
    (value) =>
      [svg("line", {
         x1: EDGE.left,
         x2: WIDTH - EDGE.right,
         y1: y(value),
         y2: y(value),
         class: value === 0 ? "chart-axis" : "chart-grid"
       }),
       svg("text", { x: EDGE.left - 8, y: y(value) + 4, "text-anchor": "end", class: "chart-label" }, number(value)),
  ]
  );
  const names = categories.map(
    (category, index) =>
      (index % every ? null
                     : svg(
                         "text", { x: middle(index), y: HEIGHT - 12, "text-anchor": "middle", class: "chart-label" },
                         category.length > 12 ? `${category.slice(0, 11)}…` : category
                       ))
  );

  const drawn = series.map(({ name, values }, index) => {
    const title = (at) => svg("title", {}, `${name}, ${categories[at]}: ${number(values[at])}`);
    if (chart.type === "bar") {
      const width = Math.min(46, (slot * 0.72) / series.length);
      return values.map((value, at) => svg("rect", {
        x: middle(at) - (width * series.length) / 2 + width * index + 1,
        y: Math.min(y(value), y(0)),
        width: Math.max(2, width - 2),
        height: Math.max(1, Math.abs(y(value) - y(0))), rx: 3, class: `bar ${tone(index)}`,
      }, title(at)));
    }
    const line = values.map((value, at) => `${at ? "L" : "M"}${middle(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const area = `${line}L${middle(values.length - 1).toFixed(1)} ${y(0)}L${middle(0).toFixed(1)} ${y(0)}Z`;
    return [
      chart.type === "area" ? svg("path", { d: area, class: `area ${tone(index)}` }) : null,
      svg("path", { d: line, class: `line ${tone(index)}` }),
      values.map((value, at) =>
        svg("circle", { cx: middle(at), cy: y(value), r: 3.5, class: `dot ${tone(index)}` }, title(at))),
    ];
  });
  const drawing =
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart-plane", "aria-hidden": "true" }, grid, names, drawn);
  return {
    drawing,
    keys: series.length > 1 ? series.map(({ name }, index) => [name, index, ""]) : [],
    columns: series.map(({ name }) => name),
    rows: categories.map((category, at) => [category, series.map(({ values }) => values[at])])
  };
}

/** Draw a `data_visualization` block. */
export function chart(block) {
  const { drawing, keys, columns, rows } = block.chart.type === "pie" ? pie(block.chart) : cartesian(block.chart);
  const spoken =
    `${block.title}. ${rows.map(([label, values]) => `${label}: ${values.map(number).join(", ")}`).join("; ")}`;
  const axes = [block.chart.axis_config?.y_label, block.chart.axis_config?.x_label].filter(Boolean).join(" / ");
  return h(
    "figure", { class: `chart chart-of-${block.chart.type}` },
    h("figcaption", {}, block.title, axes ? h("span", { class: "chart-axes" }, axes) : null),
    h("div", { class: "chart-body", role: "img", "aria-label": spoken }, drawing,
      keys.length
        ? h("ul", { class: "chart-keys", "aria-hidden": "true" },
            keys.map(
              ([label, index, text]) =>
                h("li", {}, h("span", { class: `swatch ${tone(index)}` }), label, h("span", { class: "chart-value" }, text))
            ))
        : null),
    h("details", { class: "chart-figures" }, h("summary", {}, t("figures")),
      h("div", { class: "table-scroll" },
        h("table", { class: "table" },
          h("thead", {}, h("tr", {}, h("td"), columns.map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {},
            rows.map(
              ([label, values]) =>
                h("tr", {}, h("th", { scope: "row" }, label),
                  values.map((value) => h("td", { class: "align-right" }, number(value))))
            )))))
  );
}
