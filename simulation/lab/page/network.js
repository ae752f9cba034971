"use strict";
// How is a world drawn? Points, ties and flashes on a canvas; hovering, choosing and walking through people.
window.Lab = window.Lab || {};

(function (Lab) {
  // Okabe & Ito's colours: told apart by colour-blind eyes too.
  const GROUPS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#7F7F7F"];
  const KINDS = ["#56B4E9", "#D55E00"]; // majority, minority
  const KEEPS = [44, 105, 176], MIDDLE = [176, 176, 176], GIVES = [226, 124, 20];
  const MANY = 500; // people beyond which flashes are plain lines

  const mix = (a, b, share) => "rgb(" + a.map((from, k) => Math.round(from + (b[k] - from) * share)).join(",") + ")";
  Lab.generosityColour = (share) => share < 0.5 ? mix(KEEPS, MIDDLE, 2 * share) : mix(MIDDLE, GIVES, 2 * share - 1);
  const SHADES = Array.from({ length: 256 }, (_, k) => Lab.generosityColour(k / 255));
  Lab.groupColour = (group) => GROUPS[group % GROUPS.length];
  Lab.kindColour = (flags) => KINDS[flags & Lab.MINORITY ? 1 : 0];
  Lab.levelColour = (level, levels) => mix([122, 28, 104], [240, 196, 120], Math.min(1, level / Math.max(1, levels - 1)));

  Lab.Network = class {
    constructor(canvas, world, told) {
      this.canvas = canvas;
      this.world = world;
      this.told = told; // functions: choose(slot), hover(slot, x, y), reason in words
      this.colour = "generosity";
      this.chosen = this.hovered = -1;
      this.layout = new Lab.Layout(0);
      this.view = { x: 0, y: 0, scale: 1 };
      this.seen = -1;
      this.pictures = 0;
      this.drawnTies = 0;
      this.dirty = true;
      canvas.addEventListener("pointermove", (event) => this.point(event));
      canvas.addEventListener("pointerleave", () => this.hover(-1));
      canvas.addEventListener("click", (event) => { this.point(event); told.choose(this.hovered); });
      canvas.addEventListener("keydown", (event) => this.walk(event));
      new ResizeObserver(() => this.resize()).observe(canvas);
    }

    // A frame has been read: new ties pull, new people stand somewhere.
    changed(whole) {
      const world = this.world;
      if (this.layout.slots !== world.slots) {
        this.layout = new Lab.Layout(world.slots);
        this.view.scale = 0;
        this.relink();
        this.layout.settle(900);
      } else if (whole) { // begun anew: everybody stays where they were, as far as their ties let them
        this.relink();
        this.layout.alpha = 0.3;
        this.layout.settle(300);
      } else if (this.seen !== world.changes) {
        this.relink();
        this.layout.warm();
      }
      this.dirty = true;
    }

    // Let the next frame place everybody from scratch, as two worlds that are compared begin with the same picture.
    forget() { this.layout = new Lab.Layout(0); }

    relink() {
      const there = [];
      for (let slot = 0; slot < this.world.slots; slot++) if (this.world.isThere(slot)) there.push(slot);
      this.layout.set(there, this.world.ties);
      this.seen = this.world.changes;
    }

    resize() {
      const ratio = window.devicePixelRatio || 1, box = this.canvas.getBoundingClientRect();
      this.canvas.width = Math.max(1, Math.round(box.width * ratio));
      this.canvas.height = Math.max(1, Math.round(box.height * ratio));
      this.ratio = ratio;
      this.dirty = true;
    }

    radius(slot) { return (1.6 + 1.5 * Math.sqrt(this.world.followers[slot])) * this.size; }

    // Fit everybody into the picture, slowly, so that nothing jumps.
    fit(width, height) {
      const { x, y, people } = this.layout;
      if (!people.length) return;
      let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
      for (const k of people) {
        left = Math.min(left, x[k]); right = Math.max(right, x[k]);
        top = Math.min(top, y[k]); bottom = Math.max(bottom, y[k]);
      }
      const room = 34;
      const scale = Math.min((width - room) / (right - left + 40), (height - room) / (bottom - top + 40), 3);
      const target = { x: (left + right) / 2, y: (top + bottom) / 2, scale };
      const share = this.view.scale ? 0.08 : 1;
      for (const name of ["x", "y", "scale"]) this.view[name] += (target[name] - this.view[name]) * share;
      this.moving = Math.abs(target.scale - this.view.scale) > 0.002 * scale;
    }

    draw(now) {
      const world = this.world, moved = this.layout.step();
      if (!this.ratio) this.resize();
      if (!moved && !this.dirty && !this.moving && !world.fresh.length) return false;
      this.dirty = false;
      const width = this.canvas.width / this.ratio, height = this.canvas.height / this.ratio;
      const pen = this.canvas.getContext("2d"), style = getComputedStyle(this.canvas);
      this.size = Math.max(0.55, Math.min(1.5, Math.sqrt(width * height / (1400 * Math.max(60, world.present)))));
      this.fit(width, height);
      this.ink = { tie: style.getPropertyValue("--tie"), edge: style.getPropertyValue("--edge"),
        fresh: style.getPropertyValue("--new"), lost: style.getPropertyValue("--lost"),
        news: style.getPropertyValue("--news"), text: style.color };
      pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      this.at = (slot) => [(this.layout.x[slot] - this.view.x) * this.view.scale + width / 2,
        (this.layout.y[slot] - this.view.y) * this.view.scale + height / 2];
      this.drawTies(pen);
      this.drawFresh(pen, now);
      this.drawPeople(pen);
      this.pictures++;
      return true;
    }

    drawTies(pen) {
      const shown = this.world.ties, chosen = this.chosen;
      pen.lineWidth = 0.8;
      pen.strokeStyle = this.ink.tie;
      pen.globalAlpha = Math.max(0.13, Math.min(0.6, 450 / (shown.size + 1))) * (chosen >= 0 ? 0.55 : 1);
      pen.beginPath();
      for (const [from, to] of shown.values()) this.line(pen, from, to);
      pen.stroke();
      this.drawnTies = shown.size;
      if (chosen < 0) { pen.globalAlpha = 1; return; }
      pen.globalAlpha = 0.8;
      pen.lineWidth = 1.3;
      for (const [end, colour] of [[0, this.ink.news], [1, this.ink.fresh]]) {
        pen.strokeStyle = colour;
        pen.beginPath();
        for (const tie of shown.values()) if (tie[end] === chosen) this.line(pen, tie[0], tie[1]);
        pen.stroke();
      }
      pen.globalAlpha = 1;
    }

    line(pen, from, to) {
      const [x, y] = this.at(from), [u, v] = this.at(to);
      pen.moveTo(x, y);
      pen.lineTo(u, v);
    }

    drawFresh(pen, now) {
      const colours = { new: this.ink.fresh, lost: this.ink.lost, news: this.ink.news };
      const plain = this.world.present > MANY || Lab.calm(), chosen = this.world.isThere(this.chosen) ? this.chosen : -1;
      for (const each of this.world.fresh) {
        const age = (now - each.at) / Lab.TOLD[each.kind];
        if (age >= 1 || !this.world.isThere(each.from) || !this.world.isThere(each.to)) continue;
        pen.strokeStyle = pen.fillStyle = colours[each.kind];
        const weight = chosen < 0 || each.from === chosen || each.to === chosen ? 1 : 0.25; // the chosen person stands out
        if (each.kind === "news" && !plain) {
          const [x, y] = this.at(each.from), [u, v] = this.at(each.to);
          pen.globalAlpha = 0.9 * weight * (1 - age * age);
          pen.beginPath();
          pen.arc(x + (u - x) * age, y + (v - y) * age, 1.9, 0, 7);
          pen.fill();
        } else {
          pen.globalAlpha = (each.kind === "news" ? 0.25 : 0.75) * weight * (1 - age);
          pen.lineWidth = each.kind === "news" ? 1 : 1.4;
          pen.setLineDash(each.kind === "lost" ? [4, 3] : []);
          pen.beginPath();
          this.line(pen, each.from, each.to);
          pen.stroke();
        }
      }
      pen.setLineDash([]);
      pen.globalAlpha = 1;
      const world = this.world;
      world.fresh = world.fresh.filter((each) => now - each.at < Lab.TOLD[each.kind]);
    }

    colourOf(slot) {
      if (this.colour === "group") return Lab.groupColour(this.world.group[slot]);
      if (this.colour === "identity") return Lab.kindColour(this.world.flags[slot]);
      if (this.colour === "level") return Lab.levelColour(this.world.level[slot], this.levels());
      return SHADES[this.world.generosity[slot]];
    }

    levels() { return 1 + Math.max(0, ...this.world.level); }

    drawPeople(pen) {
      const order = [...this.layout.people].sort((a, b) => this.world.followers[a] - this.world.followers[b]);
      const levels = this.colour === "level" ? this.levels() : 1;
      pen.lineWidth = 0.8;
      for (const slot of order) {
        const [x, y] = this.at(slot);
        pen.beginPath();
        const radius = this.radius(slot);
        if (this.world.flags[slot] & Lab.CONNECTOR) pen.rect(x - radius, y - radius, 2 * radius, 2 * radius);
        else pen.arc(x, y, radius, 0, 7);
        pen.fillStyle = this.colour === "level" ? Lab.levelColour(this.world.level[slot], levels) : this.colourOf(slot);
        pen.fill();
        pen.strokeStyle = this.ink.edge;
        pen.stroke();
      }
      for (const slot of order) {
        if (this.world.flags[slot] & Lab.BY_HAND) this.ring(pen, slot, 2.5, [2, 2]);
      }
      if (this.world.isThere(this.hovered)) this.ring(pen, this.hovered, 2, []);
      if (this.world.isThere(this.chosen)) this.ring(pen, this.chosen, 4, []);
    }

    ring(pen, slot, away, dash) {
      const [x, y] = this.at(slot);
      pen.strokeStyle = this.ink.text;
      pen.lineWidth = 1.8;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.arc(x, y, this.radius(slot) + away, 0, 7);
      pen.stroke();
      pen.setLineDash([]);
    }

    point(event) {
      const box = this.canvas.getBoundingClientRect();
      const x = event.clientX - box.left, y = event.clientY - box.top;
      let best = -1, least = 1;
      if (this.at) {
        for (const slot of this.layout.people) {
          const [u, v] = this.at(slot), reach = this.radius(slot) + 6;
          const far = ((u - x) ** 2 + (v - y) ** 2) / reach ** 2;
          if (far < least) { best = slot; least = far; }
        }
      }
      this.hover(best, event.clientX, event.clientY);
    }

    hover(slot, x, y) {
      if (slot !== this.hovered) this.dirty = true;
      this.hovered = slot;
      this.canvas.style.cursor = slot >= 0 ? "pointer" : "default";
      this.told.hover(slot, x, y);
    }

    choose(slot) {
      this.chosen = this.world.isThere(slot) ? slot : -1;
      this.dirty = true;
    }

    // Arrow keys walk through people, most followed first.
    walk(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const order = this.world.byFollowers();
      if (!order.length) return;
      const place = order.indexOf(this.chosen);
      this.told.choose(order[place < 0 ? 0 : (place + step + order.length) % order.length]);
    }
  };
})(window.Lab);
