// <day-chart table="numbers" max="1"><canvas role="img" aria-label="the finding"></canvas></day-chart>: draws the data table below it, its
// only source. A column is drawn as its heading says: <th data-draw="bar c1">, "line c1", or "before" for the previous period; a dash is a
// day without a value.
import { Chart } from "/lib/chart.js";

const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

// light-dark() is only resolved where a color is used, so a hidden element uses it.
const tone = name => {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
};

class DayChart extends HTMLElement {
  #chart = null;

  async connectedCallback() {
    await document.fonts.ready;
    this.#draw();
    this.redraw = () => this.#draw();
    document.addEventListener("themechange", this.redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    document.removeEventListener("themechange", this.redraw);
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.redraw);
    this.#chart?.destroy();
  }

  #draw() {
    const table = document.getElementById(this.getAttribute("table"));
    const rows = [...table.tBodies[0].rows];
    const datasets = [...table.tHead.rows[0].cells].flatMap((head, index) => {
      const [how, color] = head.dataset.draw?.split(" ") ?? [];
      return how
        ? [
            series(
              how,
              color,
              head.textContent.trim(),
              rows.map(row => valueOf(row.cells[index])),
            ),
          ]
        : [];
    });

    this.#chart?.destroy();
    this.#chart = new Chart(this.querySelector("canvas"), {
      data: { labels: rows.map(row => row.cells[0].textContent.trim()), datasets },
      options: options(Number(this.getAttribute("max")) || undefined),
    });
  }
}

function valueOf(cell) {
  const digits = cell.textContent.replace(/[^\d.-]/g, "");
  return /\d/.test(digits) ? Number(digits) : null;
}

function series(how, color, label, data) {
  if (how === "bar") {
    return {
      type: "bar",
      label,
      data,
      backgroundColor: tone(color),
      borderRadius: 3,
      stack: "day",
      maxBarThickness: 16,
      categoryPercentage: 0.72,
      order: 0,
    };
  }

  const line = {
    type: "line",
    label,
    data,
    borderWidth: how === "line" ? 2 : 1.5,
    pointRadius: how === "line" && data.length < 15 ? 3 : 0,
    tension: 0.35,
    spanGaps: true,
  };
  return how === "line"
    ? { ...line, borderColor: tone(color), pointBackgroundColor: tone(color) }
    : { ...line, borderColor: tone("c-compare"), backgroundColor: tone("c-grid"), fill: true, order: 1 };
}

function options(max) {
  const font = { family: "Geist Variable", size: 12 };
  return {
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 240 },
    interaction: { mode: "index", intersect: false },
    plugins: {
      tooltip: {
        backgroundColor: tone("ink"),
        titleColor: tone("surface"),
        bodyColor: tone("surface"),
        titleFont: { ...font, weight: 500 },
        bodyFont: font,
        padding: 10,
        cornerRadius: 8,
        boxPadding: 5,
        usePointStyle: true,
      },
    },
    scales: {
      x: {
        grid: { display: false },
        border: { display: false },
        ticks: { color: tone("ink-3"), font, maxRotation: 0, autoSkipPadding: 28 },
      },
      y: {
        beginAtZero: true,
        max,
        border: { display: false },
        grid: { color: tone("c-grid") },
        ticks: { color: tone("ink-3"), font, maxTicksLimit: 5, precision: max ? undefined : 0, padding: 8 },
      },
    },
  };
}

customElements.define("day-chart", DayChart);
