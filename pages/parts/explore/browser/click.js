// A click on a dot of the map opens its sample. Streamlit's chart tells of regions only, and its
// dots are no markers, so the chart is listened to here: Plotly says which point lies under the
// pointer, and only its two positions go to the server.

const LOOK_AGAIN = 400;
const EARS = new WeakMap();

export default function listen(component) {
  const root = component.parentElement;
  const ear = EARS.get(root) ?? new Ear();
  EARS.set(root, ear);
  ear.frame = component.data.frame;
  ear.send = (at) => component.setTriggerValue("clicked", at);
  ear.bind();
  return () => {
    ear.end();
    EARS.delete(root);
  };
}

class Ear {
  constructor() {
    this.chart = null;
    this.told = (event) => this.tell(event);
    // The chart is made after this, and anew when the page draws another one.
    this.clock = setInterval(() => this.bind(), LOOK_AGAIN);
  }

  tell(event) {
    const point = event.points.find((one) => one.data && one.data.type === "scatter");
    if (point) this.send([point.x, point.y]);
  }

  bind() {
    const chart = document.querySelector(`.st-key-${CSS.escape(this.frame)} .js-plotly-plot`);
    if (!chart || !chart.on || chart.diqTold === this.told) return;
    chart.on("plotly_click", this.told);
    chart.diqTold = this.told;
    this.chart = chart;
  }

  end() {
    clearInterval(this.clock);
    if (this.chart && this.chart.diqTold === this.told) {
      this.chart.removeListener("plotly_click", this.told);
      delete this.chart.diqTold;
    }
  }
}
