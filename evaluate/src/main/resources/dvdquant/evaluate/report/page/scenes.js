// Which scene is shown, plays and takes the keys.
{
  const scenes = [...document.querySelectorAll('.scene')];
  const players = scenes.map(scene => new Player(scene));
  const chips = [...document.querySelectorAll('.picker .chip')];
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let current = 0;

  // Clips begin to play when the first of them is seen, unless the reader asked for less motion.
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      players[scenes.indexOf(entry.target.closest('.scene'))].play();
    }
  }, { threshold: 0.2 });
  if (!calm) scenes.forEach(scene => seen.observe(scene.querySelector('.clips').firstElementChild));

  const pick = index => {
    const playing = players[current].playing;
    if (playing) players[current].pause();
    current = index;
    scenes.forEach((scene, i) => { scene.hidden = i !== current; });
    chips.forEach((chip, i) => chip.setAttribute('aria-pressed', i === current));
    players[current].load();
    if (playing) players[current].play();
  };
  chips.forEach((chip, i) => chip.addEventListener('click', () => pick(i)));
  if (chips.length > 0) pick(0);

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || players.length === 0) return;
    if (event.target.closest('input, select, button, summary, a, .scroll, pre')) return;
    const act = { ' ': p => p.toggle(), ArrowLeft: p => p.step(-1), ArrowRight: p => p.step(1) }[event.key];
    if (!act) return;
    event.preventDefault();
    act(players[current]);
  });
}
