// Turns the slides of a talk in the browser: all of them are drawn ahead, and no key waits for the server.
// All text is set as text, never as HTML.

const STEPS = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -Infinity, End: Infinity };
const SMALL = 300; // points: pictures narrower than this stand two in a row on a phone

function element(name, classes, text) {
  const made = document.createElement(name);
  made.className = classes.filter(Boolean).join(" ");
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawnText(block) {
  const classes = [block.tone, block.bold && "strong", block.centred && "centred", block.role === "figure" && "number"];
  if (block.role === "title") return element("h2", classes, block.paragraphs[0]);
  if (!block.bullets && block.paragraphs.length === 1) return element("p", classes, block.paragraphs[0]);
  const list = element(block.bullets ? "ul" : "div", classes);
  for (const paragraph of block.paragraphs) list.append(element(block.bullets ? "li" : "p", [], paragraph));
  return list;
}

function drawnTable(block) {
  const table = element("table", []);
  const columns = table.appendChild(element("colgroup", []));
  for (const width of block.widths) columns.appendChild(element("col", [])).style.width = `${100 * width}%`;
  block.rows.forEach((texts, line) => {
    const part = line === 0 ? table.createTHead() : table.tBodies[0] || table.createTBody();
    const row = part.insertRow();
    row.style.height = `${100 * block.heights[line]}%`;
    texts.forEach((text, place) => {
      const cell = element(line === 0 ? "th" : "td", [block.figures[place] && "figure"], text);
      if (line === 0) cell.scope = "col";
      row.append(cell);
    });
  });
  return table;
}

function drawnPicture(block) {
  const picture = element("img", [block.area[2] < SMALL && "small"]);
  picture.src = `data:image/png;base64,${block.png}`;
  picture.alt = block.alt;
  picture.decode().catch(() => {});
  return picture;
}

const DRAWN = { text: drawnText, table: drawnTable, picture: drawnPicture };

function drawnSlide(slide, number, count) {
  const made = element("div", ["slide"]);
  made.setAttribute("role", "group");
  made.setAttribute("aria-roledescription", "slide");
  made.setAttribute("aria-label", `${number} of ${count}`);
  for (const block of slide.blocks) {
    const drawn = DRAWN[block.kind](block);
    ["left", "top", "width", "height"].forEach((side, place) => drawn.style.setProperty(`--${side}`, block.area[place]));
    if (block.size) drawn.style.setProperty("--size", block.size);
    made.append(drawn);
  }
  return made;
}

// Whether a key is for the slides: what is written in, opened or chosen from keeps its own keys.
function isForSlides(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return false;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return true;
  if (target.closest("[role=dialog], [role=menu], [role=listbox], textarea, [contenteditable=true]")) return false;
  if (target.getAttribute("aria-expanded") === "true" && target.getAttribute("role") === "combobox") return false;
  // A list that is closed takes letters and the space bar only.
  if (target.matches("input")) return target.getAttribute("role") === "combobox" && event.key.length > 1;
  if (target.matches("[role=radio], [role=tab], [role=slider]")) return event.key.startsWith("Page");
  return event.key.length > 1 || !target.closest("button, a, summary");
}

function numberInAddress() {
  const number = Number.parseInt(new URL(window.location.href).searchParams.get("slide") ?? "1", 10);
  return Number.isFinite(number) ? number - 1 : 0;
}

function writeAddress(place) {
  const address = new URL(window.location.href);
  if (place) address.searchParams.set("slide", String(place + 1));
  else address.searchParams.delete("slide");
  window.history.replaceState(window.history.state, "", address);
}

export default function ({ data, parentElement }) {
  const talk = parentElement.querySelector(".talk");
  const [stage, count, notes] = [".stage", ".count", ".notes"].map((name) => talk.querySelector(name));
  const [before, after, whole] = [".before", ".after", ".whole"].map((name) => talk.querySelector(name));
  const slides = data.slides;
  if (talk.dataset.stamp !== data.stamp) {
    stage.replaceChildren(...slides.map((slide, place) => drawnSlide(slide, place + 1, slides.length)));
  }
  const isOther = talk.dataset.name !== undefined && talk.dataset.name !== data.name;
  talk.dataset.stamp = data.stamp;
  talk.dataset.name = data.name;
  let shown = -1;

  function show(place) {
    const next = Math.min(Math.max(place, 0), slides.length - 1);
    if (next === shown) return;
    shown = next;
    [...stage.children].forEach((slide, number) => { slide.hidden = number !== shown; });
    count.textContent = `${shown + 1} / ${slides.length}`;
    before.disabled = shown === 0;
    after.disabled = shown === slides.length - 1;
    notes.querySelector("p").textContent = slides[shown].notes;
    notes.hidden = !slides[shown].notes;
    talk.classList.remove("dark");
    writeAddress(shown);
  }

  function turn(step) {
    if (talk.classList.contains("dark")) talk.classList.remove("dark");
    else show(Number.isFinite(step) ? shown + step : step < 0 ? 0 : slides.length - 1);
  }

  function wholeScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else talk.requestFullscreen();
  }

  function onKey(event) {
    if (!isForSlides(event)) return;
    const key = event.key.toLowerCase();
    if (event.key in STEPS) turn(event.key === " " && event.shiftKey ? -1 : STEPS[event.key]);
    else if (key === "f") wholeScreen();
    else if (key === "b" || key === ".") talk.classList.toggle("dark");
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  let from = null;
  const started = (event) => { from = event.changedTouches[0]; };
  const ended = (event) => {
    const [across, down] = ["clientX", "clientY"].map((side) => event.changedTouches[0][side] - from[side]);
    if (Math.abs(across) > 40 && Math.abs(across) > 2 * Math.abs(down)) turn(across < 0 ? 1 : -1);
  };

  show(isOther ? 0 : numberInAddress());
  // A click leaves the keys to the slides; who came by keyboard stays where they are.
  const clicked = (act) => (event) => { act(); if (event.detail) talk.focus({ preventScroll: true }); };
  before.onclick = clicked(() => turn(-1));
  after.onclick = clicked(() => turn(1));
  whole.onclick = clicked(wholeScreen);
  whole.hidden = !document.fullscreenEnabled;
  stage.ontouchstart = started;
  stage.ontouchend = ended;
  // When data change, this runs again, and nobody takes the keys from the run before.
  talk.stopListening?.();
  talk.stopListening = () => window.removeEventListener("keydown", onKey, true);
  window.addEventListener("keydown", onKey, true);
  return talk.stopListening;
}
