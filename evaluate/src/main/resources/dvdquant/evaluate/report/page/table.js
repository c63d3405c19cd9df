// The table of results: sorting by a column, showing the rows of one group.
for (const table of document.querySelectorAll('table.results')) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];

  const sort = column => {
    const heading = headings[column];
    // Numbers begin with the greatest, names with the first.
    const first = column === 0 ? 'ascending' : 'descending';
    const other = column === 0 ? 'descending' : 'ascending';
    const order = heading.getAttribute('aria-sort') === first ? other : first;
    headings.forEach(h => h.removeAttribute('aria-sort'));
    heading.setAttribute('aria-sort', order);
    const sign = order === 'ascending' ? 1 : -1;
    const compare = (a, b) => {
      if (column === 0) return sign * a.cells[0].innerText.localeCompare(b.cells[0].innerText);
      const [x, y] = [a, b].map(row => parseFloat(row.cells[column].dataset.value));
      // What was not measured goes last in both orders.
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return x === y ? 0 : sign * (x < y ? -1 : 1);
    };
    body.append(...[...body.rows].sort(compare));
  };
  headings.forEach((heading, column) => heading.querySelector('.sort').addEventListener('click', () => sort(column)));

  const chips = [...document.querySelectorAll('.filter .chip')];
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      chips.forEach(c => c.setAttribute('aria-pressed', c === chip));
      const group = chip.dataset.group;
      for (const row of body.rows) {
        row.hidden = group !== '' && row.dataset.group !== group && row.dataset.standing !== 'REFERENCE';
      }
    });
  }
}
