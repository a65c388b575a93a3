// Hands the keys of a round to the server in the order in which they were pressed: none waits for the page, and none
// is lost. All keys since this page was opened are handed over each time; the server knows which it has taken.

const KEYS = /^([1-9]|ArrowRight)$/;
const WRITTEN_IN = "input, textarea, [contenteditable=true], [role=dialog], [role=menu], [role=listbox], [role=slider]";

let pressed = [];
const opened = `${Date.now()}-${Math.random()}`;

function isForTheRound(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || !KEYS.test(event.key)) return false;
  const target = event.composedPath()[0];
  return !(target instanceof Element && target.closest(WRITTEN_IN));
}

export default function ({ setStateValue }) {
  function onKey(event) {
    if (!isForTheRound(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    pressed = [...pressed, event.key];
    setStateValue("pressed", { opened, keys: pressed });
  }
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
