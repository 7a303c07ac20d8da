// Make and update elements. Text only ever enters the page as text: there is no way in here for markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; children are elements or text, attributes that are null or false are left out. */
export function el(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The element with this id, which the page is known to have. */
export const byId = (id) => document.getElementById(id);

/** Set the text of an element only when it differs, so that screen readers are not told the same twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make the children of `list` stand for `items`, in their order. What is there already stays the same element, so
 * that focus, scroll and what has been unfolded survive; `update` is called only for what has changed.
 */
export function keep(list, items, { key, make, update = () => {} }) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const state = JSON.stringify(item);
    let child = known.get(name);
    known.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
      update(child, item, true);
    } else if (child.keptState !== state) {
      update(child, item, false);
    }
    child.keptState = state;
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
  }
  for (const child of known.values()) child.remove();
}

/** A line that unfolds: `head` is always seen, `body()` is made when it is first opened and again by `refill`. */
export function unfolding(head, body) {
  const inside = el("div", { class: "inside" });
  const details = el("details", {}, el("summary", {}, ...head), inside);
  details.refill = (makeBody) => {
    body = makeBody;
    if (details.open) inside.replaceChildren(...body());
    else inside.replaceChildren();
  };
  details.addEventListener("toggle", () => {
    if (details.open && !inside.childElementCount) inside.replaceChildren(...body());
  });
  return details;
}

/** A table of names and values. */
export function pairs(entries) {
  const list = el("dl", { class: "pairs" });
  for (const [name, value] of entries) list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}
