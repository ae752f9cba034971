"use strict";
// What does a frame say, and what is known after it? The same fields in the same order as simulation/lab/frames.py.
window.Lab = window.Lab || {};

(function (Lab) {
  const MAGIC = 0x4e4e4f43;
  const HEADER = ["magic", "version", "world", "whole", "tick", "slots", "present", "ties", "shown", "curves", "people",
    "appear", "go", "flashes"];
  const TOLD = { new: 800, lost: 900, news: 650 }; // milliseconds that a flash is seen
  Lab.PRESENT = 1;
  Lab.BY_HAND = 2;
  Lab.MINORITY = 4;
  Lab.CONNECTOR = 8;
  Lab.TOLD = TOLD;

  Lab.readFrame = function (buffer) {
    const words = new Int32Array(buffer, 0, HEADER.length);
    const frame = {};
    HEADER.forEach((name, place) => { frame[name] = words[place]; });
    if (frame.magic !== MAGIC || frame.version !== 1) throw new Error("not a frame of this version");
    let at = 4 * HEADER.length;
    const take = (Kind, count, size) => {
      const part = new Kind(buffer, at, count * size / Kind.BYTES_PER_ELEMENT);
      at += count * size;
      return part;
    };
    frame.curves = take(Float32Array, frame.curves, 4);
    frame.people = take(Int32Array, frame.people, 12);
    frame.appear = take(Int32Array, frame.appear, 12);
    frame.go = take(Int32Array, frame.go, 12);
    frame.flashes = take(Int32Array, frame.flashes, 12);
    return frame;
  };

  // Everything that the page knows of one world, from its frames alone.
  Lab.World = class {
    constructor(curves) {
      this.curveNames = curves;
      this.begun = -1; // how often it has begun; 0 until its first frame
      this.clear(0);
    }

    clear(slots) {
      this.begun++;
      this.slots = slots;
      this.tick = this.present = this.total = this.shown = 0;
      this.followers = new Int32Array(slots);
      this.generosity = new Uint8Array(slots);
      this.group = new Uint8Array(slots);
      this.level = new Uint8Array(slots);
      this.flags = new Uint8Array(slots);
      this.ties = new Map(); // follower * slots + followee -> [follower, followee]
      this.fresh = []; // ties that have just begun or ended, news just read: {kind, from, to, at}
      this.curves = this.curveNames.map(() => []);
      this.changes = (this.changes || 0) + 1; // grows with every tie that comes or goes
    }

    apply(frame, now) {
      if (frame.whole) this.clear(frame.slots);
      const stale = this.fresh.filter((each) => now - each.at < TOLD[each.kind]);
      this.fresh = stale.length > 600 ? stale.slice(-600) : stale; // a hidden page draws nothing, but data arrives
      const bytes = new Uint8Array(frame.people.buffer, frame.people.byteOffset, frame.people.byteLength);
      for (let k = 0; k < frame.people.length; k += 3) {
        const slot = frame.people[k];
        this.followers[slot] = frame.people[k + 1];
        this.generosity[slot] = bytes[4 * k + 8];
        this.group[slot] = bytes[4 * k + 9];
        this.level[slot] = bytes[4 * k + 10];
        this.flags[slot] = bytes[4 * k + 11];
      }
      for (let k = 0; k < frame.go.length; k += 3) this.change(frame.go, k, frame.whole, now, false);
      for (let k = 0; k < frame.appear.length; k += 3) this.change(frame.appear, k, frame.whole, now, true);
      for (let k = 0; k < frame.flashes.length; k += 3) {
        this.fresh.push({ kind: "news", from: frame.flashes[k], to: frame.flashes[k + 1], at: now });
      }
      this.changes += frame.go.length + frame.appear.length;
      this.tick = frame.tick;
      this.present = frame.present;
      this.total = frame.ties;
      this.shown = frame.shown;
      this.curves.forEach((values, place) => { values[frame.tick] = frame.curves[place]; });
    }

    change(list, k, whole, now, begins) {
      const from = list[k], to = list[k + 1], code = from * this.slots + to;
      if (begins) this.ties.set(code, [from, to]);
      else this.ties.delete(code);
      if (list[k + 2] !== 0 && !whole) this.fresh.push({ kind: begins ? "new" : "lost", from, to, at: now });
    }

    isThere(slot) {
      return slot >= 0 && slot < this.slots && (this.flags[slot] & Lab.PRESENT) !== 0;
    }

    // Mean followers of those who are there and have a flag, or have it not; NaN where there is nobody.
    meanFollowers(flag, has) {
      let sum = 0, count = 0;
      for (let slot = 0; slot < this.slots; slot++) {
        if (!this.isThere(slot) || ((this.flags[slot] & flag) !== 0) !== has) continue;
        sum += this.followers[slot];
        count++;
      }
      return sum / count;
    }

    byFollowers() {
      const there = [];
      for (let slot = 0; slot < this.slots; slot++) if (this.isThere(slot)) there.push(slot);
      return there.sort((a, b) => this.followers[b] - this.followers[a] || a - b);
    }
  };
})(window.Lab);
