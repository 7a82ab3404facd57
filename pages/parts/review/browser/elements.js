// Elements and words. Text only ever becomes a text node: nothing of a sample is interpreted.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") {
      for (const [event, work] of Object.entries(value)) element.addEventListener(event, work);
    } else if (name in element && typeof value !== "string") {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function words(text, className) {
  return h("div", { class: `words ${className || ""}`, dir: "auto" }, text);
}
