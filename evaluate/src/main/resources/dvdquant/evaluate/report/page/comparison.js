// A clip held against the reference's, on a canvas: |clip − reference| × gain, or one wiped over the other.
class Comparison {
  constructor(figure, videoOf) {
    this.figure = figure;
    this.videoOf = videoOf;
    this.reference = videoOf(figure.dataset.reference);
    this.canvas = figure.querySelector('canvas');
    this.context = this.canvas.getContext('2d');
    this.subject = figure.querySelector('.subject');
    this.gain = figure.querySelector('.gain');
    this.wipe = figure.querySelector('.wipe');
    this.modes = [...figure.querySelectorAll('[data-mode]')];
    this.mode = 'difference';
    this.canvas.width = this.reference.width;
    this.canvas.height = this.reference.height;
    figure.style.setProperty('--ratio', this.canvas.width / this.canvas.height);
    for (const control of [this.subject, this.gain]) control.addEventListener('change', () => this.draw());
    this.wipe.addEventListener('input', () => this.draw());
    this.modes.forEach(button => button.addEventListener('click', () => this.choose(button.dataset.mode)));
    const drag = event => {
      if (this.mode !== 'wipe' || !(event.buttons & 1)) return;
      const box = this.canvas.getBoundingClientRect();
      this.wipe.value = 1000 * (event.clientX - box.left) / box.width;
      this.draw();
    };
    this.canvas.addEventListener('pointerdown', drag);
    this.canvas.addEventListener('pointermove', drag);
    this.choose('difference');
  }

  choose(mode) {
    this.mode = mode;
    this.modes.forEach(button => button.setAttribute('aria-pressed', button.dataset.mode === mode));
    this.wipe.hidden = mode !== 'wipe';
    this.figure.querySelector('.gain-label').hidden = mode !== 'difference';
    this.draw();
  }

  draw() {
    const video = this.videoOf(this.subject.value);
    if (video.readyState < 2 || this.reference.readyState < 2) return;
    const name = this.subject.selectedOptions[0].textContent;
    if (this.mode === 'difference') this.drawDifference(video, name);
    else this.drawWipe(video, name);
  }

  // The canvas's own arithmetic: no pixel is read, so that it works for clips beside the page too, and is fast.
  drawDifference(video, name) {
    const { context, canvas } = this;
    context.globalCompositeOperation = 'copy';
    context.drawImage(this.reference, 0, 0, canvas.width, canvas.height);
    context.globalCompositeOperation = 'difference';
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    context.globalCompositeOperation = 'lighter';
    for (let gain = 1; gain < Number(this.gain.value); gain *= 2) context.drawImage(canvas, 0, 0);
    this.explain(`|${name} − reference| × ${this.gain.value}: black is equal.`, `Difference of ${name} and the reference`);
  }

  drawWipe(video, name) {
    const { context, canvas } = this;
    const x = Math.round(canvas.width * this.wipe.value / 1000);
    context.globalCompositeOperation = 'copy';
    context.drawImage(this.reference, 0, 0, canvas.width, canvas.height);
    context.globalCompositeOperation = 'source-over';
    context.save();
    context.beginPath();
    context.rect(x, 0, canvas.width - x, canvas.height);
    context.clip();
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    context.restore();
    context.fillStyle = 'white';
    context.fillRect(x - canvas.width / 512, 0, canvas.width / 256, canvas.height);
    this.explain(`Left of the line the reference, right of it ${name}; drag the line.`, `The reference beside ${name}`);
  }

  explain(text, label) {
    const caption = this.figure.querySelector('.explanation');
    if (caption.textContent !== text) caption.textContent = text;
    this.canvas.setAttribute('aria-label', label);
  }
}
