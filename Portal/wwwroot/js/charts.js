// <day-chart table="numbers"><canvas role="img" aria-label="the finding"></canvas></day-chart>: draws the table beneath it.
// Columns: day, answered, failed and, if there is one, the period before. The table is the only source.
import { Chart } from "/lib/chart.js";

const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

// light-dark() is only resolved where a colour is used, so a hidden element uses it.
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
    const rows = [...document.querySelectorAll(`#${this.getAttribute("table")} tbody tr`)].map(row => [...row.cells].map(cell => cell.textContent.trim()));
    const column = index => rows.map(row => Number(row[index].replace(/[^\d.-]/g, "")));
    const bar = { type: "bar", borderRadius: 3, stack: "day", maxBarThickness: 16, categoryPercentage: 0.72 };
    const datasets = [
      { ...bar, label: "Answered", data: column(1), backgroundColor: tone("c1") },
      { ...bar, label: "Failed", data: column(2), backgroundColor: tone("c2") },
    ];
    if (rows[0]?.length > 3) {
      datasets.unshift({
        type: "line", label: "Period before", data: column(3), order: 1, fill: true, borderWidth: 1.5, pointRadius: 0, tension: 0.35,
        borderColor: tone("c-compare"), backgroundColor: tone("c-grid"),
      });
    }

    this.#chart?.destroy();
    this.#chart = new Chart(this.querySelector("canvas"), { data: { labels: rows.map(row => row[0]), datasets }, options: options() });
  }
}

function options() {
  const font = { family: "Geist Variable", size: 12 };
  return {
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 240 },
    interaction: { mode: "index", intersect: false },
    plugins: {
      tooltip: {
        backgroundColor: tone("ink"), titleColor: tone("surface"), bodyColor: tone("surface"), titleFont: { ...font, weight: 500 }, bodyFont: font,
        padding: 10, cornerRadius: 8, boxPadding: 5, usePointStyle: true,
      },
    },
    scales: {
      x: { grid: { display: false }, border: { display: false }, ticks: { color: tone("ink-3"), font, maxRotation: 0, autoSkipPadding: 28 } },
      y: { beginAtZero: true, border: { display: false }, grid: { color: tone("c-grid") }, ticks: { color: tone("ink-3"), font, maxTicksLimit: 5, precision: 0, padding: 8 } },
    },
  };
}

customElements.define("day-chart", DayChart);
