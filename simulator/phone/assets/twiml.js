// Write a TwiML document so that a person can read it: indented, one verb a line, coloured by what a piece is.

import { el } from "./dom.js";

/** A block of the document's text; what is no XML is shown as it came. */
export function readable(body) {
  const block = el("pre", { class: "document", tabindex: "0", "aria-label": "The answer's body" });
  // What is no XML is not even tried: the parser's own report of an error is a document with styles of its own.
  const parsed = body.trimStart().startsWith("<") ? new DOMParser().parseFromString(body, "text/xml") : null;
  if (!parsed?.documentElement || parsed.querySelector("parsererror")) block.textContent = body;
  else write(block, parsed.documentElement, 0);
  return block;
}

function write(block, element, depth) {
  const indent = "  ".repeat(depth);
  block.append(indent, piece("tag", `<${element.nodeName}`));
  for (const { name, value } of element.attributes) {
    block.append(" ", piece("name", name), "=", piece("value", `"${value}"`));
  }
  const text = element.children.length ? "" : element.textContent.trim();
  if (!element.children.length && !text) {
    block.append(piece("tag", "/>"), "\n");
    return;
  }
  block.append(piece("tag", ">"));
  if (text) block.append(piece("words", text));
  else {
    block.append("\n");
    for (const child of element.children) write(block, child, depth + 1);
    block.append(indent);
  }
  block.append(piece("tag", `</${element.nodeName}>`), "\n");
}

function piece(kind, text) {
  return el("span", { class: `xml-${kind}` }, text);
}
