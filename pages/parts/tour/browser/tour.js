// The tour's bar. Whether it was closed is remembered in this browser and nowhere else.

const CLOSED = "diq-tour-closed";

export default function tour(component) {
  const { parentElement: root, data } = component;
  const bar = new Bar(data, (where) => component.setTriggerValue("go", where));
  root.querySelector(".tour")?.remove();
  root.append(bar.element);
  bar.draw();
  return () => bar.element.remove();
}

class Bar {
  constructor(data, go) {
    this.data = data;
    this.go = go;
    this.element = document.createElement("div");
    this.element.className = "tour";
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.isClosed) this.close();
      // The page's own keys are not meant while the focus is here.
      if (event.key !== "Tab") event.stopPropagation();
    });
  }

  get isFirst() {
    return this.data.number === 1;
  }

  get isLast() {
    return this.data.number === this.data.of;
  }

  // Away from the first step the tour is only there because somebody took it.
  get isClosed() {
    return this.isFirst && read() === "yes";
  }

  draw() {
    this.element.replaceChildren(...(this.isClosed ? [this.reopen()] : this.step()));
    this.element.classList.toggle("closed", this.isClosed);
  }

  reopen() {
    return button("Take the tour", "quiet", () => {
      write("no");
      this.draw();
      this.element.querySelector("button").focus();
    });
  }

  step() {
    const { number, of, title, text, onward } = this.data;
    const box = element("section", "step");
    box.setAttribute("aria-label", `Tour, step ${number} of ${of}`);
    const count = element("span", "count", `${number} of ${of}`);
    const words = element("p", "words");
    words.append(element("b", "", `${title}. `), text);
    const buttons = element("div", "buttons");
    buttons.append(button(onward, "main", () => (this.isLast ? this.close() : this.go("on"))));
    if (!this.isFirst) buttons.append(button("Back", "quiet", () => this.go("back")));
    if (!this.isLast) buttons.append(button("Close the tour", "quiet", () => this.close()));
    box.append(count, words, buttons);
    return [box];
  }

  close() {
    write("yes");
    if (this.isFirst) {
      this.draw();
      this.element.querySelector("button").focus();
    } else this.go("close");
  }
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(label, className, work) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", work);
  return made;
}

// A browser may forbid to keep anything; then the tour is there on every visit.
function read() {
  try {
    return localStorage.getItem(CLOSED);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(CLOSED, value);
  } catch {
    // Nothing to be done.
  }
}
