// The legend: which variants the charts show.
{
  const chips = [...document.querySelectorAll('.legend .chip')];
  const show = (chip, shown) => {
    chip.setAttribute('aria-pressed', shown);
    const number = chip.dataset.toggles;
    const drawn = `#charts .series[data-variant="${number}"], #charts .lane[data-variant="${number}"]`;
    for (const element of document.querySelectorAll(drawn)) element.toggleAttribute('hidden', !shown);
  };
  for (const chip of chips) {
    const shown = () => chip.getAttribute('aria-pressed') === 'true';
    show(chip, shown());
    chip.addEventListener('click', () => show(chip, !shown()));
  }
  for (const only of document.querySelectorAll('.legend .only')) {
    only.addEventListener('click', () => chips.forEach(chip => show(chip, chip.dataset.group === only.dataset.only)));
  }
}
