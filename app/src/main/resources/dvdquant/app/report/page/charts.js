// The legend: which variants the charts show.
{
  const show = chip => {
    const hidden = chip.getAttribute('aria-pressed') !== 'true';
    const drawn = `#charts .series[data-variant="${chip.dataset.toggles}"], #charts .lane[data-variant="${chip.dataset.toggles}"]`;
    for (const element of document.querySelectorAll(drawn)) element.toggleAttribute('hidden', hidden);
  };
  for (const chip of document.querySelectorAll('.legend .chip')) {
    show(chip);
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', chip.getAttribute('aria-pressed') !== 'true');
      show(chip);
    });
  }
}
