// The clips of a scene, played in step: the first leads, the others are held to its time.
class Player {
  constructor(scene) {
    this.scene = scene;
    this.videos = [...scene.querySelectorAll('video')];
    this.leader = this.videos[0];
    this.fps = Number(scene.dataset.fps);
    this.frames = Number(scene.dataset.frames);
    this.playing = false;
    this.speed = 1;
    this.shown = -1;
    this.scrub = scene.querySelector('.scrub');
    this.position = scene.querySelector('.position');
    this.button = scene.querySelector('.play');
    this.loop = scene.querySelector('.loop');
    this.cursor = scene.querySelector('.cursor');
    const videoOf = number => scene.querySelector(`.clip[data-variant="${number}"] video`);
    const comparison = scene.querySelector('.comparison');
    this.comparison = comparison && new Comparison(comparison, videoOf);

    this.button.addEventListener('click', () => this.toggle());
    scene.querySelector('.previous').addEventListener('click', () => this.step(-1));
    scene.querySelector('.next').addEventListener('click', () => this.step(1));
    this.scrub.addEventListener('input', () => this.seek(this.scrub.value - 1));
    scene.querySelector('.speed').addEventListener('change', event => {
      this.speed = Number(event.target.value);
      this.videos.forEach(video => { video.playbackRate = this.speed; });
    });
    for (const video of this.videos) {
      for (const event of ['seeked', 'loadeddata']) video.addEventListener(event, () => this.show());
    }
    this.show();
  }

  // Clips that wait to be shown are not loaded.
  load() {
    this.videos.forEach(video => { video.preload = 'auto'; });
  }

  frame() {
    return Math.min(this.frames - 1, Math.floor(this.leader.currentTime * this.fps + 1e-3));
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  pause() {
    this.playing = false;
    this.videos.forEach(video => video.pause());
    this.label('Play', 'M5 3l8 5-8 5z');
    // Where they stand may differ by a fraction of a frame: all show the leader's.
    return this.moveTo(this.frame());
  }

  async play() {
    if (this.playing) return;
    this.playing = true;
    this.label('Pause', 'M5 3v10M11 3v10');
    await this.moveTo(this.frame() >= this.frames - 1 ? 0 : this.frame());
    await this.start();
    requestAnimationFrame(() => this.tick());
  }

  start() {
    if (!this.playing) return undefined;
    this.videos.forEach(video => { video.playbackRate = this.speed; });
    // A browser that refuses, or is told to pause meanwhile, rejects.
    return Promise.all(this.videos.map(video => video.play())).catch(() => this.playing && this.pause());
  }

  seek(frame) {
    if (this.playing) this.pause();
    return this.moveTo(Math.max(0, Math.min(this.frames - 1, frame)));
  }

  step(by) {
    return this.seek(this.frame() + by);
  }

  // To the middle of a frame: no rounding of time stamps leads to its neighbor.
  async moveTo(frame) {
    const time = (frame + 0.5) / this.fps;
    await Promise.all(this.videos.map(video => new Promise(resolve => {
      const seek = () => {
        if (Math.abs(video.currentTime - time) < 1e-3) return resolve();
        video.addEventListener('seeked', resolve, { once: true });
        video.currentTime = time;
        return undefined;
      };
      if (video.readyState > 0) seek();
      else video.addEventListener('loadedmetadata', seek, { once: true });
    })));
    this.show();
  }

  async tick() {
    if (!this.playing) return;
    if (this.leader.ended) {
      if (!this.loop.checked) {
        this.pause();
        return;
      }
      await this.moveTo(0);
      await this.start();
    }
    this.keepInStep();
    if (this.frame() !== this.shown) this.show();
    requestAnimationFrame(() => this.tick());
  }

  keepInStep() {
    for (const video of this.videos) {
      if (video === this.leader || video.ended || video.seeking) continue;
      const ahead = (video.currentTime - this.leader.currentTime) * this.fps;
      if (Math.abs(ahead) > 1.5) video.currentTime = this.leader.currentTime;
      // Half a frame ahead runs a fifth slower; within a tenth nothing is done.
      else video.playbackRate = this.speed * (Math.abs(ahead) < 0.1 ? 1 : 1 - 0.4 * Math.max(-1, Math.min(1, ahead)));
    }
  }

  show() {
    const frame = this.frame();
    this.shown = frame;
    this.scrub.value = frame + 1;
    this.position.textContent = `${frame + 1} / ${this.frames}`;
    if (this.cursor) {
      const { start, stride } = this.cursor.ownerSVGElement.dataset;
      const x = Number(start) + frame * Number(stride);
      this.cursor.setAttribute('x1', x);
      this.cursor.setAttribute('x2', x);
    }
    if (this.comparison) this.comparison.draw();
  }

  label(name, icon) {
    this.button.setAttribute('aria-label', name);
    this.button.title = name;
    this.button.querySelector('path').setAttribute('d', icon);
  }
}
