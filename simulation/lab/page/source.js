"use strict";
// Where do frames come from? The server of the lab, by one websocket, or a run that this file itself holds.
window.Lab = window.Lab || {};

(function (Lab) {
  // told: {message(object), frame(ArrayBuffer), gone()}
  Lab.Server = class {
    constructor(told) {
      this.live = true;
      this.socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/[?#].*$/, "").replace(/[^/]*$/, "") + "talk");
      this.socket.binaryType = "arraybuffer";
      this.socket.onmessage = (event) => {
        if (typeof event.data === "string") told.message(JSON.parse(event.data));
        else told.frame(event.data);
      };
      this.socket.onclose = () => told.gone();
    }

    send(message) {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
    }

    acknowledge() { this.send({ do: "ack" }); }
  };

  // A run in one file: the same messages in, the same frames out, as far as a finished run can answer.
  Lab.Recording = class {
    constructor(told, lesson, frames, counters) {
      this.live = false;
      this.counters = counters; // of each world: what everybody did in every tick
      this.told = told;
      this.lesson = lesson;
      this.ticks = frames; // by tick: the frames of all worlds
      this.tick = 0;
      this.playing = false;
      this.speed = 8;
      told.message(lesson.hello);
      this.seek(0);
    }

    static async open(told, lesson) {
      const unpacked = (text) => {
        const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
      };
      const content = await unpacked(lesson.frames);
      const counters = await Promise.all(lesson.counters.map(async ({ names, bytes, came, counts }) => {
        const Kind = bytes === 1 ? Uint8Array : Uint32Array;
        return { names, came, counts: new Kind(await unpacked(counts)) };
      }));
      const ticks = [];
      let at = 0;
      for (const sizes of lesson.sizes) {
        ticks.push(sizes.map((size) => content.slice(at, at += size)));
      }
      return new Lab.Recording(told, lesson, ticks, counters);
    }

    send(message) {
      const last = this.ticks.length - 1;
      if (message.do === "play") {
        if (message.speed) this.speed = message.speed;
        if (message.on && this.tick === last) this.seek(0);
        this.playing = message.on;
        clearTimeout(this.timer);
        if (this.playing) this.timer = setTimeout(() => this.next(), 1000 / this.speed);
      } else if (message.do === "step") {
        this.playing = false;
        if (this.tick < last) this.seek(this.tick + 1);
      } else if (message.do === "reset") {
        this.playing = false;
        this.seek(0);
      } else if (message.do === "seek") {
        this.playing = false;
        this.seek(message.tick);
      } else if (message.do === "person") {
        this.told.message(this.person(message.slot, message.world));
        return;
      }
      this.told.message(this.state());
    }

    next() {
      if (!this.playing) return;
      this.seek(this.tick + 1);
      if (this.tick === this.ticks.length - 1) this.playing = false;
      else this.timer = setTimeout(() => this.next(), 1000 / this.speed);
      this.told.message(this.state());
    }

    // Frames tell changes only: going back means reading again from the start.
    seek(tick) {
      const first = tick === this.tick + 1 ? tick : 0;
      for (let t = first; t <= tick; t++) for (const frame of this.ticks[t]) this.told.frame(frame, t < tick);
      this.tick = tick;
      this.told.message(this.state());
    }

    state() {
      return { ...this.lesson.state, playing: this.playing, speed: this.speed, last: this.ticks.length - 1 };
    }

    acknowledge() {}

    // When who is there now came, and what it has done since.
    done(slot, which) {
      const { names, came, counts } = this.counters[which], slots = this.told.world(which).slots, last = this.ticks.length - 1;
      const since = Math.max(0, ...came.filter(([tick, who]) => who === slot && tick <= this.tick).map(([tick]) => tick));
      const sums = names.map((_, k) => {
        let sum = 0;
        for (let t = Math.max(1, since); t <= this.tick; t++) sum += counts[(k * slots + slot) * last + t - 1];
        return sum;
      });
      return { since, ...Object.fromEntries(names.map((name, k) => [name, sums[k]])) };
    }

    // What the ties that were told say about one person.
    person(slot, which) {
      const done = this.done(slot, which);
      const followed = new Map(), left = new Map(), recent = [];
      const reasons = this.lesson.hello.reasons;
      for (let t = Math.max(1, done.since); t <= this.tick; t++) {
        const frame = Lab.readFrame(this.ticks[t][which]);
        for (const [list, counts] of [[frame.go, left], [frame.appear, followed]]) {
          for (let k = 0; k < list.length; k += 3) {
            if (list[k + 1] !== slot || list[k + 2] === 0 || list === frame.go && t === done.since) continue; // of who was here before
            const words = reasons[list[k + 2]];
            counts.set(words, (counts.get(words) || 0) + 1);
            recent.unshift([t, list[k], list[k + 2] > 0, words]);
          }
        }
      }
      const sorted = (counts) => [...counts].sort((a, b) => b[1] - a[1]);
      const world = this.told.world(which);
      let followees = 0;
      for (const [from] of world.ties.values()) if (from === slot) followees++;
      return { is: "person", world: which, slot, generosity: world.generosity[slot] / 255, ...done,
        followers: world.followers[slot], followees: world.total > world.shown ? undefined : followees,
        by_hand: (world.flags[slot] & Lab.BY_HAND) !== 0, followed: sorted(followed), left: sorted(left),
        recent: recent.slice(0, 5) };
    }
  };
})(window.Lab);
