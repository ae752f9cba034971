"use strict";
// Where do people stand? A force layout: ties pull, people push each other away, all drift to the middle.
// Forces as in Fruchterman & Reingold (1991) with velocities; pushes are summed over a quadtree (Barnes & Hut 1986).
window.Lab = window.Lab || {};

(function (Lab) {
  const THETA2 = 0.81, FRICTION = 0.6, PULL_IN = 0.035, GOLDEN = Math.PI * (3 - Math.sqrt(5));
  const GENTLE = 0.06; // heat after a change of ties: positions must not jump between ticks

  Lab.Layout = class {
    constructor(slots) {
      this.slots = slots;
      for (const name of ["x", "y", "vx", "vy", "degree"]) this[name] = new Float64Array(slots);
      for (let k = 0; k < slots; k++) {
        const r = 14 * Math.sqrt(k + 0.5);
        this.x[k] = r * Math.cos(k * GOLDEN);
        this.y[k] = r * Math.sin(k * GOLDEN);
      }
      this.people = [];
      this.links = new Int32Array(0);
      this.alpha = 1;
    }

    // people: slots that are there; ties: iterable of [follower, followee]
    set(people, ties) {
      this.people = people;
      this.links = new Int32Array(2 * ties.size);
      this.degree.fill(0);
      let at = 0;
      for (const [from, to] of ties.values()) {
        this.links[at++] = from;
        this.links[at++] = to;
        this.degree[from]++;
        this.degree[to]++;
      }
    }

    warm() { this.alpha = Math.max(this.alpha, GENTLE); }

    // Many steps before the first picture, so that a class does not watch people being sorted.
    settle(milliseconds) {
      const end = performance.now() + milliseconds, steps = this.people.length > 800 ? 30 : 80;
      for (let k = 0; k < steps && performance.now() < end; k++) this.step(0.93);
    }

    step(cooling) {
      if (this.alpha < 0.004) return false;
      this.alpha *= cooling || 0.985;
      this.pull();
      this.push();
      const { x, y, vx, vy } = this;
      for (const k of this.people) {
        const inward = (this.degree[k] < 2 ? 3 : 1) * PULL_IN * this.alpha; // else those whom nothing holds drift away
        vx[k] = (vx[k] - inward * x[k]) * FRICTION;
        vy[k] = (vy[k] - inward * y[k]) * FRICTION;
        x[k] += vx[k];
        y[k] += vy[k];
      }
      return true;
    }

    pull() {
      const { x, y, vx, vy, degree, links } = this;
      for (let k = 0; k < links.length; k += 2) {
        const a = links[k], b = links[k + 1];
        const dx = x[b] + vx[b] - x[a] - vx[a] || 0.01, dy = y[b] + vy[b] - y[a] - vy[a] || 0.01;
        const length = Math.sqrt(dx * dx + dy * dy);
        const force = (length - 40) / length * this.alpha * 0.7 / Math.min(degree[a], degree[b]);
        const share = degree[a] / (degree[a] + degree[b]);
        vx[b] -= dx * force * share;
        vy[b] -= dy * force * share;
        vx[a] += dx * force * (1 - share);
        vy[a] += dy * force * (1 - share);
      }
    }

    push() {
      const root = this.tree();
      if (!root) return;
      const strength = 70 * this.alpha, stack = [];
      for (const k of this.people) {
        stack.push(root);
        while (stack.length) {
          const cell = stack.pop();
          const dx = this.x[k] - cell.cx, dy = this.y[k] - cell.cy, d2 = dx * dx + dy * dy;
          if (cell.parts && cell.size * cell.size > THETA2 * d2) {
            for (const part of cell.parts) if (part) stack.push(part);
          } else if (cell.one !== k) {
            const force = strength * cell.mass / Math.max(d2, 36);
            this.vx[k] += dx * force;
            this.vy[k] += dy * force;
          }
        }
      }
    }

    tree() {
      let low = Infinity, high = -Infinity;
      for (const k of this.people) {
        low = Math.min(low, this.x[k], this.y[k]);
        high = Math.max(high, this.x[k], this.y[k]);
      }
      if (!(high >= low)) return null;
      const build = (members, left, top, size, depth) => {
        let cx = 0, cy = 0;
        for (const k of members) { cx += this.x[k]; cy += this.y[k]; }
        const cell = { cx: cx / members.length, cy: cy / members.length, mass: members.length, size, one: -1, parts: null };
        if (members.length === 1) cell.one = members[0];
        if (members.length === 1 || depth > 16) return cell;
        const half = size / 2, quarters = [[], [], [], []];
        for (const k of members) quarters[(this.x[k] >= left + half) + 2 * (this.y[k] >= top + half)].push(k);
        cell.parts = quarters.map((those, q) => those.length &&
          build(those, left + (q & 1) * half, top + (q >> 1) * half, half, depth + 1));
        return cell;
      };
      return build(this.people, low, low, high - low + 1e-6, 0);
    }
  };
})(window.Lab);
