// The theme: that of the system, until one is chosen.
{
  const button = document.getElementById('theme');
  const themes = ['auto', 'light', 'dark'];
  let chosen = 0;
  button.addEventListener('click', () => {
    chosen = (chosen + 1) % themes.length;
    if (chosen === 0) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = themes[chosen];
    button.textContent = `Theme: ${themes[chosen]}`;
  });
}
