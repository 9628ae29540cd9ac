// Pointing at a mark, a chip or a table row lights up the whole event: its trigger, its arguments and its row.
const light = (event, on) => {
  const chip = event.target.closest(".chip");
  for (let node = event.target; node; node = chip ? null : node.parentElement) {
    const key = (chip ?? node).dataset.e;
    if (key) document.querySelectorAll(`[data-e="${key}"]`).forEach((mark) => mark.classList.toggle("lit", on));
  }
};
for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]])
  document.addEventListener(type, (event) => light(event, on));
