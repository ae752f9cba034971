"use strict";
// How is a lesson taught? Question, prediction to commit to, run, answer from stored results, a question to take home.
window.Lab = window.Lab || {};

(function (Lab) {
  const STAGES = ["Question", "Prediction", "Run", "Answer", "Take home"];
  const signed = (value, digits) => (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(digits === undefined ? 1 : digits);
  const some = (value) => value >= 0;
  const counted = (value) => value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
  const percent = (value) => Math.round(100 * value) + " %";

  // What a lesson can tell of the class's own run: its value at the end, and how it is written.
  const TOLD = {
    givers: [(world) => world.curves[0][world.tick], counted],
    hoarders: [(world) => world.curves[1][world.tick], counted],
    ties: [(world) => world.curves[2][world.tick], counted],
    unread: [(world) => world.curves[3][world.tick], percent],
    inequality: [(world) => world.curves[4][world.tick], (value) => value.toFixed(2)],
    own: [(world) => world.curves[5][world.tick], percent],
    minority: [(world) => world.meanFollowers(Lab.MINORITY, true), counted],
    majority: [(world) => world.meanFollowers(Lab.MINORITY, false), counted],
    chosen: [(world, lesson) => world.followers[lesson.run.order], (value) => String(value)],
    connectors: [(world) => world.meanFollowers(Lab.CONNECTOR, true), counted],
    others: [(world) => world.meanFollowers(Lab.CONNECTOR, false), counted],
  };

  // told: {send(message), worlds(): [Lab.World], colour(name)}
  Lab.Lesson = class {
    constructor(lesson, told, left) {
      this.lesson = lesson;
      this.told = told;
      this.left = left;
      this.box = document.getElementById("lesson");
      this.stage = 0;
      this.predicted = null;
      this.ran = false;
      this.box.hidden = false;
      document.body.classList.add("teaching");
      this.show();
    }

    leave() {
      this.box.hidden = true;
      this.box.replaceChildren();
      document.body.classList.remove("teaching");
      this.left();
    }

    go(stage) {
      this.stage = stage;
      this.show();
      this.box.querySelector("h2").focus();
    }

    show() {
      const head = Lab.make("div", "lesson-head"), title = Lab.make("h2", "", this.lesson.title);
      title.tabIndex = -1;
      const leave = Lab.make("button", "", "Leave");
      leave.type = "button";
      leave.setAttribute("aria-label", "Leave the lesson");
      leave.addEventListener("click", () => this.leave());
      head.append(title, leave);
      const steps = Lab.make("ol", "stages");
      STAGES.forEach((name, k) => {
        const step = Lab.make("li", k < this.stage ? "done" : "", name);
        if (k === this.stage) step.setAttribute("aria-current", "step");
        steps.append(step);
      });
      const parts = [this.question, this.prediction, this.run, this.answer, this.home][this.stage].call(this);
      this.box.replaceChildren(head, steps, ...parts);
    }

    next(words, stage, off) {
      const button = Lab.make("button", "main", words);
      button.type = "button";
      button.id = "lesson-next";
      button.disabled = Boolean(off);
      button.addEventListener("click", () => this.go(stage));
      return button;
    }

    question() {
      return [...this.lesson.question.map((text) => Lab.make("p", "", text)), this.next("I have an opinion", 1)];
    }

    prediction() {
      const { ask, choices } = this.lesson.prediction, field = Lab.make("fieldset"), legend = Lab.make("legend", "", ask);
      const commit = this.next("I commit to this", 2, this.predicted === null);
      field.append(legend);
      for (const [value, words] of Object.entries(choices)) {
        const label = Lab.make("label", "choice"), input = Lab.make("input");
        Object.assign(input, { type: "radio", name: "prediction", value, checked: this.predicted === value });
        input.addEventListener("change", () => { this.predicted = value; commit.disabled = false; });
        label.append(input, " " + words);
        field.append(label);
      }
      return [field, Lab.make("p", "quiet", "Once committed, it stands."), commit];
    }

    run() {
      const { watch, ticks, colour } = this.lesson.run, start = Lab.make("button", "main", "Run it");
      start.type = "button";
      start.id = "lesson-run";
      start.addEventListener("click", () => {
        this.begin(this.lesson.run);
        this.told.colour(colour || "generosity");
        this.running = true;
        start.hidden = true;
      });
      start.hidden = this.running || this.ran;
      this.progress = Lab.make("p", "quiet", "");
      this.onward = this.next("What came out?", 3, !this.ran);
      const said = Lab.make("p", "", "You predicted: " + this.lesson.prediction.choices[this.predicted] + ".");
      const told = Lab.make("p", "", watch);
      this.end = ticks;
      return [said, told, start, this.progress, this.onward];
    }

    // Begin one world, or two side by side.
    begin({ settings, compare, order, switch: to }) {
      const { seed, speed } = this.lesson.run;
      this.from = this.told.worlds()[0].begun + (compare ? 2 : 1); // so often it will have begun when the run is this one
      this.told.send({ do: "start", settings, seed });
      if (compare) this.told.send({ do: "compare", ...compare });
      if (to !== undefined) {
        for (const world of compare ? [0, 1] : [0]) this.told.send({ do: "switch", slot: order, to, world });
      }
      if (order !== undefined) {
        this.told.send({ do: "order", slot: order });
        this.told.choose(order, 0);
      }
      this.told.send({ do: "play", on: true, speed });
    }

    // Called with every frame: the run is over with its last tick, also where nobody looks and nothing is drawn.
    follow() {
      if (this.stage !== 2 || !this.running) return;
      const worlds = this.told.worlds(), tick = Math.min(...worlds.map((world) => world.tick));
      if (worlds[0].begun < this.from) return; // still of the run before
      this.progress.textContent = `Tick ${Math.min(tick, this.end)} of ${this.end}`;
      if (tick < this.end) return;
      this.running = false;
      this.ran = true;
      this.told.send({ do: "play", on: false });
      this.mine = this.ownRun(worlds);
      this.onward.disabled = false;
    }

    // What came out of the class's own run, in one sentence for each world.
    ownRun(worlds) {
      return worlds.map((world, which) => {
        const parts = this.lesson.run.tell.map(({ what, words }) => {
          const [value, written] = TOLD[what], found = value(world, this.lesson);
          return words + " " + (some(found) ? written(found) : "none");
        });
        const where = worlds.length > 1 ? `world ${"AB"[which]}` : "your run";
        return `At the end of ${where}: ${parts.join(", ")}.`;
      }).join(" ");
    }

    answer() {
      const { prediction, answer } = this.lesson, right = this.predicted === prediction.right;
      const verdict = Lab.make("p", "verdict", (right ? "As you predicted: " : "Not what you predicted: ") +
        answer.verdict);
      const mine = Lab.make("p", "", this.mine);
      const again = Lab.make("button", "", answer.try.words);
      again.type = "button";
      again.id = "lesson-try";
      again.addEventListener("click", () => {
        this.begin(answer.try);
      });
      const more = [];
      if (answer.explore) {
        const link = Lab.make("a", "", "Explore all the runs behind it");
        Object.assign(link, { href: "explore.html#" + answer.explore, target: "_blank", rel: "noopener", id: "lesson-explore" });
        more.push(link);
      }
      if (answer.surprise) more.unshift(Lab.make("p", "surprise", "What surprised us: " + answer.surprise));
      return [verdict, mine, Lab.make("p", "", answer.lead), this.chart(answer.effects), Lab.make("p", "", answer.reading), ...more, again,
        this.next("One question to take home", 4)];
    }

    // Intervals against zero, drawn as boxes on a line, each unit on a scale of its own; the numbers stand beside them.
    chart(effects) {
      const most = {}, list = Lab.make("ul", "effects");
      for (const { unit, low, high } of effects) most[unit] = Math.max(most[unit] || 0, 1.05 * Math.abs(low), 1.05 * Math.abs(high));
      for (const each of effects) {
        const row = Lab.make("li"), line = Lab.make("div", "interval"), zero = Lab.make("span", "zero");
        const place = (value) => 50 + 50 * value / most[each.unit];
        const band = Lab.make("span", "band " + (each.low > 0 ? "above" : each.high < 0 ? "below" : "none"));
        band.style.left = place(each.low) + "%";
        band.style.width = Math.max(0.8, place(each.high) - place(each.low)) + "%";
        line.append(zero, band);
        const times = each.times || 1, number = (value) => signed(times * value, each.digits);
        row.append(Lab.make("span", "effect-words", each.words),
          Lab.make("span", "effect-number", `${number(each.mean)} [${number(each.low)}, ${number(each.high)}]`),
          line, Lab.make("span", "effect-unit", `${times === 1 ? "" : times === 100 ? "hundredths, " : "thousandths, "}${each.unit}`));
        row.title = `${each.effect}; ${each.replicates} replicates; results/${each.experiment}`;
        list.append(row);
      }
      return list;
    }

    home() {
      const back = Lab.make("button", "", "Play on by yourself");
      back.type = "button";
      back.id = "lesson-end";
      back.addEventListener("click", () => this.leave());
      return [Lab.make("p", "home", this.lesson.home), back];
    }
  };

  // The menu of lessons; begin(lesson) opens one.
  Lab.listLessons = function (lessons, begin) {
    const sheet = document.getElementById("lesson-list");
    sheet.replaceChildren(...lessons.map((lesson, k) => {
      const button = Lab.make("button", "", `${k + 1}. ${lesson.title} (${lesson.minutes} minutes)`);
      button.type = "button";
      button.dataset.lesson = lesson.name;
      button.addEventListener("click", () => begin(lesson));
      return button;
    }));
    const teacher = Lab.make("a", "", "For teachers");
    Object.assign(teacher, { href: "teaching.html", target: "_blank", rel: "noopener", id: "teaching" });
    if (lessons.length) sheet.append(teacher);
  };
})(window.Lab);
